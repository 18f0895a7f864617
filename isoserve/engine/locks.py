"""Reads the engine's lock files of a file backend and tells a running holder from a dead one.

The engine takes and releases the lock; a killed holder cannot, and the engine then waits for a person.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from isoserve.engine.project import strings_of

_IN_ENGINES_WORDS = re.compile(
    r"(?P<file>\S+?\.json)\S*: created by (?P<username>.*)@(?P<hostname>[^@\s]+)"
    r" \(pid (?P<pid>\d+)\) at (?P<timestamp>\S+)"
)
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")
_START_SLACK_S = 2.0
"""Between a process's start and the lock it writes; clocks of the two sources differ by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One update that holds, or held, a stack."""

    file: str
    pid: int
    user: str
    host: str
    since: datetime

    def __str__(self) -> str:
        since = f"{self.since.astimezone():%Y-%m-%d %H:%M:%S}"
        return f"{self.user} on {self.host}, process {self.pid}, since {since}"

    @property
    def here(self) -> bool:
        """Whether the holder is, or was, a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def dead(self) -> bool:
        """True only when it is certain: the holder's machine is this one, and that process is gone."""
        return self.here and not _is_that_process(self.pid, self.since)


class UnreadableLockError(Exception):
    """A lock file that holds no lock; `file` is its path."""

    def __init__(self, file: Path) -> None:
        super().__init__(str(file))
        self.file = file


def locks_in(folder: Path) -> Sequence[Lock]:
    """The locks in a file backend's folder for one stack; a file that vanishes meanwhile was released.

    Raises UnreadableLockError: the engine puts a lock there whole, so the file is damaged.
    """
    found = list[Lock]()
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            content = strings_of(json.loads(file.read_text()))
            if "pid" not in content:
                raise UnreadableLockError(file)
            found.append(_lock(str(file), content))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise UnreadableLockError(file) from error
    return found


def locks_named(said: str) -> Sequence[Lock]:
    """The locks that the engine's refusal lists; this is all that is known of a bucket's."""
    return [_lock(found["file"], found.groupdict()) for found in _IN_ENGINES_WORDS.finditer(said)]


def _lock(file: str, content: Mapping[str, object]) -> Lock:
    return Lock(
        file=file,
        pid=int(str(content.get("pid") or 0)),
        user=str(content.get("username") or "?"),
        host=str(content.get("hostname") or "?"),
        since=_time(str(content.get("timestamp") or "")),
    )


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(_NANOSECONDS.sub(r"\1", text))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _is_that_process(pid: int, since: datetime) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs, as another user
    started = _started(pid)
    return started is None or started <= since.timestamp() + _START_SLACK_S


def _started(pid: int) -> float | None:
    """When the process began, seconds since the epoch; None where the system does not say.

    A pid is used again sooner or later: a process that began after the lock was written does not hold it.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = next(
            float(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime")
        )
        if fields[0] == "Z":
            return float("inf")  # a zombie holds nothing
        return boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return None
