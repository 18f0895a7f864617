"""`isoserve env`. What is exported is decided by isoserve.engine."""

from __future__ import annotations

import shlex

from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, say


def command(
    stack: Stack = None,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Print the shell exports that plain `pulumi` needs.

    Use as: eval "$(isoserve env -s STACK)". Holds no secret value; a
    passphrase is named by its file. JSON: {"env": {name: value}}.
    """
    from isoserve.engine import open_stack

    root = find_project(project)
    exports = open_stack(root, choose_stack(root, stack), create=False).env()
    if as_json:
        emit({"env": dict(exports)})
        return
    for name, value in sorted(exports.items()):
        say(f"export {name}={shlex.quote(value)}")
