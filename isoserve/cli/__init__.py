"""The command line: `main()` runs one line and says how it ended. Holds no command itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (the table is in `isoserve --help`).

    The only place that turns an exception into text: an error a user can meet
    is printed with its place and fix, anything else asks for `--debug`, which
    alone lets a traceback through.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    # read before parsing, so that a fault of the parser can be traced as well
    debug = "--debug" in arguments or bool(os.environ.get("ISOSERVE_DEBUG"))
    from isoserve.cli.app import run

    try:
        run(arguments)
    except BaseException as exc:
        if debug and isinstance(exc, Exception):
            raise
        from isoserve.cli.failure import report

        return report(exc, as_json="--json" in arguments)
    return 0
