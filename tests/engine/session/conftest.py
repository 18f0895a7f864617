"""A small project with a provider that fails and waits on demand, for the real engine."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from isoserve.engine import EngineInstall, locate_engine

HERE = Path(__file__).parent

PROGRAM = """
import json
from pathlib import Path
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, opts=None, **inputs):
        super().__init__("probe:index:Thing", name, inputs, opts)

things = json.loads(Path("things.json").read_text())
log = str(Path("calls.log").resolve())
last = None
for name, inputs in things.items():
    last = Thing(name, log=log, **inputs, opts=pulumi.ResourceOptions(depends_on=[last] if last else []))
pulumi.export("count", len(things))
pulumi.export("key", pulumi.Output.secret("hunter2"))
"""

STACK_FILE = """\
# a comment of the user's
config:
  serving:environment: dev   # and another
  serving:pins: {fraud: "1"}
"""

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def no_bad(args, report):
    if args.props.get("value") == "bad":
        report("value is bad: change it")

def advice(args, report):
    if args.resource_type == "probe:index:Thing":
        report("only a thought")

PolicyPack("probe", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("no-bad", "Values are good.", no_bad),
    ResourceValidationPolicy("advice", "A thought.", advice, enforcement_level=EnforcementLevel.ADVISORY),
])
"""


class ProbeProject:
    """The project's files; `root` is what `open_stack` takes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "stacks" / "environments").mkdir(parents=True)
        (root / "bin").mkdir()
        self.write("Pulumi.yaml", _PULUMI_YAML)
        self.write("stacks/Pulumi.demo.yaml", STACK_FILE)
        self.write("stacks/environments/dev.yaml", "isoserve: 1\ntarget: local\n")
        self.write("stacks/__main__.py", PROGRAM)
        launcher = self.write(
            "bin/pulumi-resource-probe", f'#!/bin/sh\nexec "$ISOSERVE_PYTHON" {HERE / "probe_provider.py"}\n'
        )
        launcher.chmod(0o755)
        self.things(fraud={"value": "1"})

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    def things(self, **things: dict[str, str]) -> None:
        import json

        self.write("stacks/things.json", json.dumps(things))

    def pack(self) -> None:
        self.write("policies/PulumiPolicy.yaml", "runtime: python\nmain: .\nversion: 0.0.1\n")
        self.write("policies/__main__.py", PACK)

    @property
    def stack_file(self) -> Path:
        return self.root / "stacks" / "Pulumi.demo.yaml"

    @property
    def calls(self) -> list[str]:
        log = self.root / "stacks" / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def locks(self) -> list[Path]:
        return list((self.root / ".isoserve" / "state" / ".pulumi" / "locks").rglob("*.json"))


_PULUMI_YAML = """\
name: serving
runtime: python
main: stacks
stackConfigDir: stacks
plugins:
  providers:
    - {name: probe, path: bin}
"""


@pytest.fixture(scope="session")
def engine() -> EngineInstall:
    return locate_engine()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: EngineInstall) -> ProbeProject:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))
    monkeypatch.setenv("ISOSERVE_ENGINE", str(engine.path))
    for name in [name for name in os.environ if name.startswith("PULUMI_") and name != "PULUMI_HOME"]:
        monkeypatch.delenv(name)
    return ProbeProject(tmp_path / "project")


class Run:
    """`session.<verb>()` in a process of its own, to be interrupted or killed."""

    def __init__(self, project: ProbeProject, verb: str) -> None:
        script = f"""
            import sys
            from pathlib import Path
            from isoserve.engine import open_stack
            from isoserve.errors import ServingError
            try:
                print(open_stack(Path({str(project.root)!r}), "demo", create=True).{verb}(on_event=print))
            except ServingError as error:
                print(type(error).__name__, error)
                sys.exit(error.exit_code)
        """
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.children: list[psutil.Process] = []

    def until(self, condition: Callable[[], bool], within_s: float = 20) -> None:
        until = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < until, "the run did not get there"
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.02)
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        self.engine = next(child for child in self.children if Path(child.cmdline()[0]).name == "pulumi")

    def ended(self, within_s: float = 20) -> tuple[int, str]:
        said, _ = self.process.communicate(timeout=within_s)
        return self.process.returncode, said


@pytest.fixture
def start(project: ProbeProject) -> Iterator[Callable[[str], Run]]:
    runs = list[Run]()

    def begin(verb: str) -> Run:
        runs.append(Run(project, verb))
        return runs[-1]

    yield begin
    for run in runs:
        for process in [run.process, *run.children]:
            if psutil.pid_exists(process.pid):
                process.kill()
        run.process.communicate()
