"""`up` and `destroy` killed before and after every provider call, then run again: as if never killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from isoserve.runtime.client import AgentClient, EndpointStatus

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

# What the plugin's launcher starts in these tests: the real plugin, with an
# interceptor that ends the engine at one call. STEP holds "<number> <before|after>".
KILLER = """\
#!{python}
import os, signal, sys, threading
from pathlib import Path
import grpc
from isoserve.provider.serve import serve

STEP = Path({step!r})
DONE = Path({done!r})
CALLS = ("Create", "Update", "Delete")
lock = threading.Lock()
seen = 0

class Killer(grpc.ServerInterceptor):
    def intercept_service(self, continuation, details):
        handler = continuation(details)
        if details.method.rsplit("/", 1)[1] not in CALLS or not STEP.exists():
            return handler
        number, moment = STEP.read_text().split()
        inner = handler.unary_unary

        def call(request, context):
            global seen
            if getattr(request, "preview", False):
                return inner(request, context)
            with lock:
                seen += 1
                mine = seen == int(number)
            if mine and moment == "before":
                end()
            answer = inner(request, context)
            if mine and moment == "after":
                end()
            return answer

        return grpc.unary_unary_rpc_method_handler(
            call,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

def end():
    STEP.unlink()
    DONE.write_text(str(os.getpid()))
    os.kill(os.getppid(), signal.SIGKILL)
    threading.Event().wait()

os.environ["ISOSERVE_PROJECT"] = {root!r}
serve([Killer()])
"""


@pytest.fixture
def killer(echo) -> Iterator[tuple[Path, Path]]:
    """Put the killing plugin in place; yield the file that arms it and the one that tells it fired."""
    step, done = echo.root / "step", echo.root / "done"
    launcher = echo.root / "stacks" / "bin" / "pulumi-resource-isoserve"
    plain = launcher.read_text()
    launcher.write_text(
        KILLER.format(python=sys.executable, step=str(step), done=str(done), root=str(echo.root))
    )
    yield step, done
    launcher.write_text(plain)


def live(project) -> EndpointStatus:
    """The project's one endpoint, as its agent knows it."""
    agent = AgentClient.connect(project.root / ".isoserve" / "local", start=False)
    (name,) = agent.status().endpoints
    found = agent.get_endpoint(name)
    assert found is not None
    return found


def answered(project) -> str:
    endpoint = live(project)
    request = urllib.request.Request(endpoint.url, headers={"x-api-key": endpoint.key or ""})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())["version"]


def killed(project, killer: tuple[Path, Path], step: int, moment: str, *words: str) -> bool:
    """Run a command with the kill armed; return whether it came to that call at all."""
    armed, fired = killer
    fired.unlink(missing_ok=True)
    armed.write_text(f"{step} {moment}")
    done = project.run(*words)
    armed.unlink(missing_ok=True)
    if not fired.exists():
        assert done.returncode == 0, done.stderr
        return False
    assert done.returncode != 0
    plugin = int(fired.read_text())
    assert wait_until(lambda: not _runs(plugin)), "the plugin outlived its engine"
    return True


def _runs(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_until(condition, within_s: float = 5.0) -> bool:
    import time

    until = time.monotonic() + within_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def settled(project, version: str) -> None:
    """Nothing doubled, nothing orphaned: one agent, one gateway, one replica; a further `up` has no work."""
    assert set(project.up()) == {"same"}
    assert answered(project) == version
    assert len(live(project).revisions) == 1
    servers = [process for process in project.processes() if "server.py" in " ".join(process.cmdline())]
    assert len(servers) == 1
    assert len(list((project.root / ".isoserve" / "local" / "artifacts").iterdir())) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_first_up(echo, killer, moment: str) -> None:
    for step in range(1, 9):
        if not killed(echo, killer, step, moment, "up", "-s", "dev"):
            break
        echo.up()
        settled(echo, "1")
        echo.ok("destroy", "-s", "dev", "--yes")
        assert echo.processes() == []
    assert step > 4, "artifact, endpoint, revision and release are four calls at least"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_promotion(echo, killer, moment: str) -> None:
    echo.up()
    version = "1"
    for step in range(1, 12):
        version = "2" if version == "1" else "1"
        echo.pin("echo", version)
        if not killed(echo, killer, step, moment, "up", "-s", "dev"):
            break
        assert answered(echo) in {"1", "2"}
        echo.up()
        settled(echo, version)
    assert step > 5, "artifact, revision, release and two deletes are five calls at least"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_destroy(echo, killer, moment: str) -> None:
    for step in range(1, 9):
        echo.up()
        if not killed(echo, killer, step, moment, "destroy", "-s", "dev", "--yes"):
            break
        echo.ok("destroy", "-s", "dev", "--yes")
        assert echo.processes() == []
        assert not (echo.root / ".isoserve" / "local").exists()
    assert step > 4


def test_a_promotion_killed_in_its_midst_and_taken_back(echo, killer) -> None:
    """What the killed run had made, and the program no longer has, goes; whatever the call it came to."""
    echo.up()
    for step in range(1, 4):
        echo.pin("echo", "2")
        assert killed(echo, killer, step, "after", "up", "-s", "dev")
        echo.pin("echo", "1")
        echo.up()
        settled(echo, "1")
        assert pending(echo) == []


def test_a_first_up_killed_in_its_midst_and_destroyed(echo, killer) -> None:
    for step in range(1, 5):
        assert killed(echo, killer, step, "after", "up", "-s", "dev")
        echo.ok("destroy", "-s", "dev", "--yes")
        assert echo.processes() == []
        assert not (echo.root / ".isoserve").exists()


def pending(project) -> list[object]:
    """The operations that the engine's state holds as begun and not ended."""
    exports = project.ok("env", "-s", "dev")
    script = f"{exports}\npulumi stack export --stack dev"
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=project.root,
        env={**os.environ, **project.env},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)["deployment"].get("pending_operations") or []
