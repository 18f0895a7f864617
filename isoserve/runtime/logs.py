"""Structured log of the agent, and what bounds and reads every log file. Decides no event."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
"""A log is cut when it has grown past this; one older piece is kept."""
_TAIL_BYTES = 256 * 1024
_SHUTDOWN = re.compile(
    r"^INFO:     (Shutting down|Waiting for application shutdown|Finished server)"
    r"|^INFO:     Application shutdown complete"
    r"|gRPC server shutdown"
)


def log(event: str, level: str = "info", /, **fields: object) -> None:
    """Write one JSON line to stdout, which is the agent's log file. Never fails."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"time": time, "level": level, "event": event, **fields}, default=str)
    try:
        os.write(sys.stdout.fileno(), line.encode() + b"\n")
    except (OSError, ValueError):  # a full disk must not end the agent
        return


def bound(path: Path, *, max_bytes: int = MAX_BYTES) -> bool:
    """Cut a log that others append to: copy it to `<name>.1`, then empty it. True if it was cut.

    The writer keeps its descriptor (replicas and gateway outlive the agent), so the file must stay.
    """
    try:
        if path.stat().st_size <= max_bytes:
            return False
        shutil.copyfile(path, path.with_name(path.name + ".1"))
    except FileNotFoundError:
        return False
    except OSError:  # no room for the copy: bounding matters more than keeping
        path.with_name(path.name + ".1").unlink(missing_ok=True)
    os.truncate(path, 0)
    return True


def without_shutdown(lines: Sequence[str]) -> Sequence[str]:
    """Leave out what uvicorn and MLServer say while they end: it would push the cause out of sight."""
    return [line for line in lines if not _SHUTDOWN.search(line)]


def tail(path: Path, lines: int) -> Sequence[str]:
    """The last lines of a log, across the cut; empty where there is none."""
    found: list[str] = []
    for piece in (path.with_name(path.name + ".1"), path):
        try:
            with piece.open("rb") as file:
                file.seek(max(0, piece.stat().st_size - _TAIL_BYTES))
                found += file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            continue
    return found[-lines:] if lines else []
