"""Paths in requests: told relative to the state folder, so that a project may be moved. Opens no file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from isoserve.runtime.messages import RevisionRequest

_FILE = "file:"


def portable(request: RevisionRequest, state_dir: Path) -> RevisionRequest:
    """The same request with an artifact inside the folder told relative to it."""
    artifact = Path(request.artifact)
    if not artifact.is_absolute() or not artifact.is_relative_to(state_dir):
        return request
    return replace(request, artifact=str(artifact.relative_to(state_dir)))


def located(request: RevisionRequest, state_dir: Path) -> RevisionRequest:
    """The same request with absolute paths, as a replica in a folder of its own needs them."""

    def absolute(path: str) -> str:
        # by words: a state folder that is a link stays one
        return os.path.normpath(state_dir / path)

    secrets = {name: _of_file(reference, absolute) for name, reference in request.server.secrets.items()}
    artifact = absolute(request.artifact) if request.artifact else ""
    return replace(request, artifact=artifact, server=replace(request.server, secrets=secrets))


def relative_reference(reference: str, root: Path, state_dir: Path) -> str:
    """A project-relative `file:` reference, told relative to the state folder."""
    return _of_file(reference, lambda path: os.path.relpath(root / path, state_dir))


def _of_file(reference: str, change: Callable[[str], str]) -> str:
    scheme, _, path = reference.partition(":")
    path = path.removeprefix("//")
    return f"{_FILE}{change(path)}" if f"{scheme}:" == _FILE and path else reference
