"""Addresses of artifacts: which are paths in the project, and where they point. Nothing is read here."""

from __future__ import annotations

import os.path
import re
from pathlib import Path

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_LOCKED = ("hf://", "models:/")


def is_local(uri: str) -> bool:
    """Return whether this is a path, not an address with a scheme."""
    return _SCHEME.match(uri) is None


def is_locked(uri: str) -> bool:
    """Return whether the lock file fixes what this address means, so that no checksum is needed."""
    return uri.startswith(_LOCKED)


def project_relative(uri: str, *, beside: Path, root: Path) -> str | None:
    """Return the path relative to the project, or None where it (or a link on its way) leaves the project.

    `beside` is the folder it was written in, relative to the project. Raises OSError and
    ValueError where the system cannot tell (a loop of links, a NUL).
    """
    base = os.path.normpath(root.absolute())
    # the text is resolved first: `..` belongs to what the user sees, links to what the system sees
    wanted = os.path.normpath(os.path.join(base, beside, uri))  # noqa: PTH118 - four times the speed
    if not _inside(wanted, base) or not _inside(os.path.realpath(wanted), os.path.realpath(base)):
        return None
    return os.path.relpath(wanted, base).replace(os.sep, "/")


def _inside(path: str, top: str) -> bool:
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)
