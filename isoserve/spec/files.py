"""Files under `stacks/`: where they are, which there are, and reading one within bounds. No YAML here."""

from __future__ import annotations

import difflib
import errno
import stat
from collections.abc import Collection
from pathlib import Path

from isoserve.errors import SpecError

LARGEST = 8 * 1024**2
"""Bytes a file may have."""

_ENVIRONMENTS = Path("stacks/environments")
_SERVICES = Path("stacks/services")
_LONGEST_NAME = 64
"""Characters of the longest accepted name, a version."""


def environment_file(name: str) -> Path:
    """Return the path of an environment, relative to the project."""
    return _ENVIRONMENTS / f"{name}.yaml"


def service_file(name: str) -> Path:
    """Return the path of a service, relative to the project."""
    return _SERVICES / f"{name}.yaml"


def stack_file(name: str) -> Path:
    """Return the path of a stack, relative to the project."""
    return Path("stacks") / f"Pulumi.{name}.yaml"


def names_like(root: Path, pattern: Path) -> list[str]:
    """Return, sorted, what stands for `*` in the names of the files that match `pattern` under `root`."""
    before, _, after = pattern.name.partition("*")
    found = (root / pattern.parent).glob(pattern.name)
    return sorted(file.name[len(before) : len(file.name) - len(after)] for file in found if file.is_file())


def stack_names(root: Path) -> list[str]:
    """Return the names of all stacks of the project, sorted."""
    return names_like(root, stack_file("*"))


def short(text: str) -> str:
    """Return a name as a message shows it: what is longer than any accepted name is cut."""
    return text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"


def did_you_mean(word: str, known: list[str]) -> str:
    """Return `did you mean 'x'?`, or an empty text where nothing is near."""
    near = difflib.get_close_matches(word[:100], known, n=1, cutoff=0.6)
    return f"did you mean {short(near[0])!r}?" if near else ""


def listed(names: Collection[str]) -> str:
    """Return `known: a, b`, the first twenty, for a message about a name that is none of them."""
    first = ", ".join(short(name) for name in [*names][:20])
    return f"known: {first}{' …' if len(names) > 20 else ''}" if names else "there are none"


def read_bytes(root: Path, file: Path, *, kind: str, name: str, at: str = "") -> bytes:
    """Return the content of a file. Raises SpecError: missing, not a file, unreadable, too large, not UTF-8.

    `kind` and `name` are the user's words for it; `at` is where it was named.
    """
    shown = file.as_posix()
    try:
        facts = (root / file).stat()
        if not stat.S_ISREG(facts.st_mode):
            raise SpecError(f"{kind} {name!r} is not a file: {shown}", at=at or shown, fix="put a file there")
        if facts.st_size > LARGEST:
            raise SpecError(
                f"{shown} is too large: {facts.st_size / 1024**2:.1f} MiB, at most {LARGEST // 1024**2} MiB",
                at=shown,
                fix="split it; a stack holds at most about 300 resources",
            )
        content = (root / file).read_bytes()
    except FileNotFoundError as error:
        raise _missing(root, file, kind=kind, name=name, at=at) from error
    except OSError as error:
        why = "its links form a loop" if error.errno == errno.ELOOP else (error.strerror or "").lower()
        raise SpecError(
            f"{kind} {name!r} cannot be read: {why}", at=at or shown, fix=f"see {shown}"
        ) from error
    _check_text(content, shown)
    return content


def _missing(root: Path, file: Path, *, kind: str, name: str, at: str) -> SpecError:
    stem = file.name.removesuffix(f"{name}.yaml")
    known = names_like(root, file.with_name(f"{stem}*.yaml"))
    what = f"no {kind} {name!r}: {file.as_posix()} does not exist; {listed(known)}"
    return SpecError(what, at=at, fix=did_you_mean(name, known) or f"write {file.as_posix()}")


def _check_text(content: bytes, shown: str) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise SpecError(
            f"{shown} is not UTF-8 text: byte 0x{content[error.start]:02x} in column {column}",
            at=f"{shown}:{line}",
            fix="save the file as UTF-8",
        ) from error
