"""Which Pulumi engine isoserve is made for, and how a binary's own version is read and remembered.

Where a binary comes from is install.py's business.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from isoserve.engine.files import write_atomically
from isoserve.engine.project import strings_of

ENGINE_VERSION = "3.246.0"
"""The version that is downloaded or built, and the oldest that is accepted."""

_VERSION_LINE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)([-+][0-9A-Za-z.+-]*)?")
_ANSWER_WITHIN_S = 20.0


class NotAnEngineError(Exception):
    """The file does not run, or does not answer like a Pulumi engine; the text says why."""


def version_of(binary: Path) -> str:
    """Ask a binary for its version, `3.246.0`-like, without the leading v. Raises NotAnEngineError."""
    try:
        answer = subprocess.run(  # noqa: S603 - an engine the user chose, or one that was verified
            [str(binary), "version"],
            capture_output=True,
            text=True,
            timeout=_ANSWER_WITHIN_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env=_quiet_environment(),
        )
    except OSError as error:
        raise NotAnEngineError(f"cannot be run ({error.strerror or error})") from error
    except subprocess.TimeoutExpired as error:
        raise NotAnEngineError(f"gave no version within {_ANSWER_WITHIN_S:.0f} s") from error
    found = _VERSION_LINE.fullmatch(answer.stdout.strip())
    if answer.returncode != 0 or found is None:
        said = (answer.stderr or answer.stdout).strip().splitlines()
        raise NotAnEngineError(f"`{binary} version` failed: {said[-1] if said else 'no output'}")
    return answer.stdout.strip().removeprefix("v")


def remembered_version(binary: Path, notes: Path) -> str:
    """Like `version_of`, asking only when the file changed: its size and time are kept in `notes`.

    Saves 0.2 s a command; a note that cannot be read or written costs only that. Raises NotAnEngineError.
    """
    try:
        stat = binary.stat()
    except OSError as error:
        raise NotAnEngineError(f"cannot be read ({error.strerror})") from error
    mark = f"{stat.st_size}:{stat.st_mtime_ns}"
    known = _read_notes(notes)
    entry = known.get(str(binary), "")
    if entry.startswith(mark + " "):
        return entry.removeprefix(mark + " ")
    version = version_of(binary)
    _write_notes(notes, {**known, str(binary): f"{mark} {version}"})
    return version


def new_enough(version: str) -> bool:
    """Whether isoserve can work with an engine of this version."""
    return (
        _numbers(version) >= _numbers(ENGINE_VERSION) and _numbers(version)[0] == _numbers(ENGINE_VERSION)[0]
    )


def _numbers(version: str) -> tuple[int, int, int]:
    found = _VERSION_LINE.fullmatch(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)


def _quiet_environment() -> dict[str, str]:
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}


def _read_notes(notes: Path) -> dict[str, str]:
    try:
        raw: object = json.loads(notes.read_text())
    except (OSError, ValueError):
        return {}
    return {key: str(value) for key, value in strings_of(raw).items()}


def _write_notes(notes: Path, known: dict[str, str]) -> None:
    try:
        notes.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(notes, json.dumps(known, indent=1), mode=0o600)
    except OSError:
        return
