"""How a failure looks to the user: text, JSON and exit code. Decides nothing about causes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from isoserve.cli.terminal import emit, paint
from isoserve.errors import Fault, ServingError

INTERRUPTED = 130
"""What shells report for a program ended by Ctrl-C."""


_AGAIN = "then run the same command again"
_MACHINE: Mapping[int, str] = {
    errno.ENOSPC: f"free disk space, {_AGAIN}",
    errno.EDQUOT: f"free disk space or raise the quota, {_AGAIN}",
    errno.EACCES: f"give yourself the right to it, {_AGAIN}",
    errno.EPERM: f"give yourself the right to it, {_AGAIN}",
    errno.EROFS: f"make the file system writable, {_AGAIN}",
    errno.ENAMETOOLONG: "name a shorter path",
    errno.EMFILE: f"raise the limit of open files (ulimit -n), {_AGAIN}",
    errno.ENOMEM: f"free memory, {_AGAIN}",
}
"""What is wrong with the machine rather than with isoserve, and what helps."""


class UsageError(ServingError):
    """The command line itself is wrong; nothing was done."""

    exit_code = 2


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean x? ` for a fix to start with, or nothing where nothing is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}? " if near else ""


def report(exc: BaseException, *, as_json: bool) -> int:
    """Print one failure to stderr (with `as_json` also to stdout) and return the exit code.

    The JSON shape is `{"error": {"exit_code": int, "faults": [{"what", "at", "fix"}]}}`.
    """
    if isinstance(exc, SystemExit):
        return _code(exc)
    if isinstance(exc, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(exc, BrokenPipeError):
        silence_stdout()
        return 1
    code, faults = _faults(exc)
    for fault in faults:
        sys.stderr.write(_text(fault))
    if as_json:
        shown = [{"what": fault.what, "at": fault.at, "fix": fault.fix} for fault in faults]
        emit({"error": {"exit_code": code, "faults": shown}})
    return code


def silence_stdout() -> None:
    """Point stdout at nothing, so that the flush at exit cannot complain about a closed pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _faults(exc: BaseException) -> tuple[int, list[Fault]]:
    if isinstance(exc, ServingError):
        return exc.exit_code, list(exc.faults)
    if isinstance(exc, OSError) and (fix := _MACHINE.get(exc.errno or 0)):
        what = exc.strerror or str(exc)
        return ServingError.exit_code, [Fault(what=what.lower(), at=str(exc.filename or ""), fix=fix)]
    what = f"isoserve itself failed: {type(exc).__name__}: {exc}".rstrip(": ")
    return 1, [Fault(what=what, fix="run the same command with --debug and report the traceback")]


def _text(fault: Fault) -> str:
    first, *rest = str(fault).splitlines()
    lines = [f"{paint('error:', 'red', stream=sys.stderr)} {first}", *rest]
    return "\n".join(lines) + "\n"


def _code(exc: SystemExit) -> int:
    if exc.code is None:
        return 0
    return exc.code if isinstance(exc.code, int) else 1
