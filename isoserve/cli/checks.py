"""What `doctor` looks at, one function per concern. Changes nothing and opens no outside socket."""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

from isoserve.cli.live import state_dir
from isoserve.engine import present_engine
from isoserve.errors import ServingError
from isoserve.runtime.client import AgentClient

OLDEST_PYTHON = (3, 11)
PORTS = range(18100, 19000)
"""Where the agent opens its endpoints; isoserve/runtime/ports.py itself needs the extra `local`."""
_DISK_WARN_BYTES = 2 * 1024**3
_DISK_FAIL_BYTES = 200 * 1024**2


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    level: Level
    detail: str
    fix: str = ""

    def to_json(self) -> Mapping[str, str]:
        """JSON form."""
        return {**asdict(self), "level": self.level.value}


def check_python() -> Finding:
    """Is the interpreter new enough."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding(
            name="python", level=Level.FAIL, detail=version, fix="install isoserve under Python 3.11 or newer"
        )
    return Finding(name="python", level=Level.OK, detail=f"{version} ({sys.executable})")


def check_engine() -> Finding:
    """Is there a Pulumi engine; gets none, which the first `up` does."""
    try:
        found, tried = present_engine()
    except ServingError as exc:
        return _failed("engine", exc)
    if found is not None:
        return Finding(name="engine", level=Level.OK, detail=f"pulumi {found.version} ({found.path})")
    fix = "none needed: the first `isoserve up` downloads or builds one"
    return Finding(name="engine", level=Level.WARN, detail="; ".join(tried), fix=fix)


def check_target(target: str) -> Finding:
    """Is the target known, has it an adapter, and is its extra installed."""
    from isoserve.adapters.base.registry import BUILT_IN, has_adapter

    name = f"target {target}"
    try:
        adapter = has_adapter(target)
    except ServingError as exc:
        return _failed(name, exc)
    if not adapter:
        fix = "explain works; up does not yet: choose another target to deploy"
        return Finding(name=name, level=Level.WARN, detail="has no adapter yet", fix=fix)
    entry = BUILT_IN.get(target)
    missing = [need for need in entry.needs if not _importable(need)] if entry else []
    if missing and entry:
        fix = f"pip install '{entry.package}[{entry.extra}]'"
        return Finding(name=name, level=Level.FAIL, detail=f"missing: {', '.join(missing)}", fix=fix)
    return Finding(name=name, level=Level.OK, detail="installed")


def check_programs() -> Sequence[Finding]:
    """Are the gateway and the model servers of this machine there."""
    envoy = _importable("envoy") or shutil.which("envoy")
    found = [
        Finding(name="gateway", level=Level.OK, detail="envoy is installed")
        if envoy
        else Finding(
            name="gateway", level=Level.FAIL, detail="envoy is missing", fix="pip install 'isoserve[local]'"
        )
    ]
    if _importable("mlserver"):
        found.append(Finding(name="mlserver", level=Level.OK, detail="installed"))
    else:
        fix = "pip install 'isoserve[local]'; servers of kind custom work without"
        found.append(Finding(name="mlserver", level=Level.WARN, detail="missing", fix=fix))
    return found


def check_state_dir(root: Path) -> Finding:
    """Can the project's own folder for state be written."""
    folder = root / ".isoserve"
    place = folder if folder.is_dir() else root
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as exc:
        detail = f"{place} cannot be written: {exc.strerror}"
        return Finding(
            name="state folder", level=Level.FAIL, detail=detail, fix="mend its owner and permissions"
        )
    return Finding(name="state folder", level=Level.OK, detail=str(folder))


def check_disk(root: Path) -> Finding:
    """Is there room for copies of artifacts, logs and state."""
    free = shutil.disk_usage(root).free
    detail = f"{free / 1024**3:.1f} GiB free"
    fix = "free space: artifacts are copied, and the state is written often"
    if free < _DISK_FAIL_BYTES:
        return Finding(name="disk", level=Level.FAIL, detail=detail, fix=fix)
    if free < _DISK_WARN_BYTES:
        return Finding(name="disk", level=Level.WARN, detail=detail, fix=fix)
    return Finding(name="disk", level=Level.OK, detail=detail)


def check_ports(ports: range = PORTS) -> Finding:
    """Is a port free for the next endpoint."""
    free = next((port for port in ports if _bindable(port)), None)
    span = f"{ports.start}-{ports.stop - 1}"
    if free is None:
        fix = f"end what uses 127.0.0.1:{span}"
        return Finding(name="ports", level=Level.FAIL, detail=f"none of {span} is free", fix=fix)
    return Finding(name="ports", level=Level.OK, detail=f"next free of {span}: {free}")


def check_agent(root: Path) -> Finding:
    """Does the project's agent answer, if it should run."""
    folder = state_dir(root)
    if not (folder / "state.json").exists():
        return Finding(name="agent", level=Level.OK, detail="not running; `isoserve up` starts it")
    try:
        client = AgentClient.connect(folder, start=False)
    except ServingError:
        fix = "isoserve status restores it"
        return Finding(name="agent", level=Level.WARN, detail="has ended with endpoints to serve", fix=fix)
    return Finding(name="agent", level=Level.OK, detail=f"answers (pid {client.pid})")


def check_spec(root: Path, stack: str) -> Sequence[Finding]:
    """Do the stack's files load; every fault is a finding."""
    from isoserve.spec import load_serving

    name = f"spec {stack}"
    try:
        load_serving(root, stack)
    except ServingError as exc:
        return [
            Finding(
                name=name, level=Level.FAIL, detail=" ".join((fault.what, fault.at)).strip(), fix=fault.fix
            )
            for fault in exc.faults
        ]
    return [Finding(name=name, level=Level.OK, detail="valid")]


def _failed(name: str, exc: ServingError) -> Finding:
    fault = exc.faults[0]
    return Finding(name=name, level=Level.FAIL, detail=fault.what, fix=fault.fix)


def _importable(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # a parent package is missing
        return False


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
