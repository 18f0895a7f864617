"""Projects for tests that run the real command line: made in a temporary folder, ended by pid."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
UP_WITHIN_S = 90

ECHO_SERVER = '''\
"""Answers every request with its version; ready at once."""
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

VERSION = (Path(__file__).parent / "version").read_text().strip()

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"version": VERSION}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def log_message(self, *args):
        pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''

ECHO_SERVICE = """\
isoserve: 1
name: echo
owner: tests
models:
  echo:
    format: custom
    versions:
      "1": {{uri: ../../models/echo/1, sha256: {one}}}
      "2": {{uri: ../../models/echo/2, sha256: {two}}}
endpoints:
  echo:
    model: echo
    server:
      kind: custom
      command: [{python}, "{{artifact}}/server.py", "{{port}}"]
    ready_within: 20s
    requests: {{timeout: 5s, protocol: raw}}
    autoscaling: {{min_replicas: 1, max_replicas: 1}}
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A user's project and the installed command line, run as a user would."""

    root: Path
    stack: str
    env: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, within_s: float = UP_WITHIN_S) -> subprocess.CompletedProcess[str]:
        """Run one command; never raises for its exit code."""
        return subprocess.run(
            [sys.executable, "-m", "isoserve.cli", *words],
            cwd=self.root,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
            stdin=subprocess.DEVNULL,
        )

    def ok(self, *words: str, within_s: float = UP_WITHIN_S) -> str:
        """Run one command that must succeed; return what it printed."""
        done = self.run(*words, within_s=within_s)
        assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def up(self) -> Mapping[str, int]:
        """Bring the stack up; return the number of changes per operation."""
        return json.loads(self.ok("up", "-s", self.stack, "--json"))["changes"]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start one command in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "isoserve.cli", *words],
            cwd=self.root,
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def outputs(self) -> Mapping[str, Mapping[str, str]]:
        """Return the stack's endpoints, keys in clear."""
        return json.loads(self.ok("outputs", "-s", self.stack, "--json", "--show-secrets"))["endpoints"]

    def pin(self, model: str, version: str) -> None:
        """Change one line of the stack file, as a promotion does."""
        file = self.root / "stacks" / f"Pulumi.{self.stack}.yaml"
        lines = [
            f'    {model}: "{version}"' if line.strip().startswith(f"{model}:") else line
            for line in file.read_text().splitlines()
        ]
        file.write_text("\n".join(lines) + "\n")

    def processes(self) -> list[psutil.Process]:
        """Return every process whose folder, or whose command, is this project's."""
        return [process for process in psutil.process_iter() if _belongs(process, str(self.root))]

    def kill_all(self) -> None:
        """End what a failed test left behind."""
        for process in self.processes():
            process.kill()


def _belongs(process: psutil.Process, root: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and (
            process.cwd().startswith(root) or any(root in word for word in process.cmdline())
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
        return False


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pulumi-home")


def _frame(root: Path, stack: str, service: str, pins: str) -> None:
    shutil.copy(REPOSITORY / "Pulumi.yaml", root)
    for part in ("bin", "__main__.py"):
        source = REPOSITORY / "stacks" / part
        if source.is_dir():
            shutil.copytree(source, root / "stacks" / part)
        else:
            (root / "stacks").mkdir(exist_ok=True)
            shutil.copy(source, root / "stacks" / part)
    (root / "stacks" / "environments").mkdir()
    (root / "stacks" / "services").mkdir()
    (root / "stacks" / "environments" / "local.yaml").write_text("isoserve: 1\nclass: dev\ntarget: local\n")
    (root / "stacks" / f"Pulumi.{stack}.yaml").write_text(
        f"config:\n  serving:environment: local\n  serving:service: {service}\n  serving:pins:\n    {pins}\n"
    )


def _ended(project: Project) -> Iterator[Project]:
    yield project
    if (project.root / ".isoserve" / "local").exists():
        project.run("destroy", "-s", project.stack, "--yes")
    project.kill_all()


@pytest.fixture
def echo(tmp_path: Path, pulumi_home: Path) -> Iterator[Project]:
    """A project whose model answers its own version; up and down in a few seconds."""
    from isoserve.runtime.artifacts import tree_sha256

    root = tmp_path / "project"
    root.mkdir()
    _frame(root, "dev", "echo", 'echo: "1"')
    sums: dict[str, str] = {}
    for version in ("1", "2"):
        folder = root / "models" / "echo" / version
        folder.mkdir(parents=True)
        (folder / "server.py").write_text(ECHO_SERVER)
        (folder / "version").write_text(version)
        sums[version] = tree_sha256(folder)
    service = ECHO_SERVICE.format(one=sums["1"], two=sums["2"], python=sys.executable)
    (root / "stacks" / "services" / "echo.yaml").write_text(service)
    yield from _ended(Project(root=root, stack="dev", env={"PULUMI_HOME": str(pulumi_home)}))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's two versions, trained once."""
    root = tmp_path_factory.mktemp("trained")
    shutil.copytree(
        REPOSITORY / "examples", root / "examples", ignore=shutil.ignore_patterns("models", "__pycache__")
    )
    (root / "stacks" / "services").mkdir(parents=True)
    shutil.copy(REPOSITORY / "stacks" / "services" / "digits.yaml", root / "stacks" / "services")
    subprocess.run([sys.executable, root / "examples" / "digits" / "train.py"], check=True, timeout=120)
    return root


@pytest.fixture
def digits(tmp_path: Path, trained: Path, pulumi_home: Path) -> Iterator[Project]:
    """The example that the demo shows: MLServer, two replicas, two versions."""
    root = tmp_path / "project"
    root.mkdir()
    _frame(root, "demo", "digits", 'digits: "1"')
    shutil.copytree(trained / "examples", root / "examples")
    shutil.copy(trained / "stacks" / "services" / "digits.yaml", root / "stacks" / "services")
    yield from _ended(Project(root=root, stack="demo", env={"PULUMI_HOME": str(pulumi_home)}))
