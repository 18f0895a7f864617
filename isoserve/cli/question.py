"""The one question that is asked before something is lost. Deletes nothing itself."""

from __future__ import annotations

import sys

import typer

from isoserve.cli.failure import UsageError
from isoserve.cli.live import StackNames
from isoserve.cli.terminal import interactive, notice

_CAREFUL_CLASS = "prod"
_YES = frozenset({"y", "yes"})


def confirm_destroy(names: StackNames) -> None:
    """Ask before a stack is destroyed; in class prod its name has to be typed.

    Returns when the user agreed. Raises UsageError where nobody can be asked,
    typer.Exit(1) when the user did not agree.
    """
    if not interactive():
        raise UsageError(
            f"nobody can be asked whether to destroy {names.stack}",
            fix=f"where that is intended: isoserve destroy -s {names.stack} --yes",
        )
    if names.class_ == _CAREFUL_CLASS:
        agreed = ask(f"{names.stack} is of class prod. Type its name to destroy it: ") == names.stack
    else:
        agreed = ask(f"Destroy {names.stack}? [y/N] ").lower() in _YES
    if not agreed:
        notice("nothing was destroyed")
        raise typer.Exit(1)


def ask(question: str) -> str:
    """Return what the user types, without blanks around it; stdout stays clean."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()
