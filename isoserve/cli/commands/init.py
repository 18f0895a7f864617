"""`isoserve init`: a new project that runs at once. The files are in isoserve/cli/templates."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from isoserve.cli.failure import UsageError
from isoserve.cli.options import Debug, Json
from isoserve.cli.terminal import emit, say

STACK = "hello-dev"

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder; made if it is not there.")]


def command(folder: Folder = Path(), as_json: Json = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Write a new project that runs at once.

    It holds one small model with its own server, and one environment on this
    machine. Files that are there already are never overwritten: init lists
    them and writes nothing.

    JSON: {"root", "files", "ignored", "stack"}.
    """
    from isoserve.cli.scaffold import write_project

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", fix="name a folder")
    root = folder.resolve()
    written = write_project(root)
    if as_json:
        emit({"root": root, "files": written.files, "ignored": written.ignored, "stack": STACK})
        return
    for path in written.files:
        say(f"  {path}")
    if written.ignored:
        say(f"  .gitignore  (added {' '.join(written.ignored)})")
    say()
    say("next:")
    if root != Path.cwd():
        say(f"  cd {folder}")
    for line in (f"isoserve up -s {STACK}", f"isoserve invoke -s {STACK}"):
        say(f"  {line}")
    sys.stdout.flush()
