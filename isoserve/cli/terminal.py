"""What is printed and how: JSON, notices, tables, colours. Knows no command and no domain word."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import TextIO

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}


def emit(value: object) -> None:
    """Print one JSON document to stdout; the only thing a `--json` command writes there."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")
    sys.stdout.flush()


def say(text: str = "") -> None:
    """Print one line of result to stdout."""
    sys.stdout.write(text + "\n")


def notice(text: str) -> None:
    """Print one line that is not a result, to stderr, at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def coloured(stream: TextIO) -> bool:
    """Tell whether colours may be written: a terminal, not `dumb`, and NO_COLOR unset or empty."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def interactive() -> bool:
    """Tell whether a question can be asked: both ends of the terminal are the user's."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def paint(text: str, colour: str, *, stream: TextIO | None = None) -> str:
    """Return the text in a colour where the stream (stdout) shows colours, else unchanged."""
    if not coloured(stream or sys.stdout):
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header: a folding table on a terminal, aligned columns elsewhere.

    Elsewhere nothing is ever cut or folded: what is piped into `grep` stays whole.
    """
    if sys.stdout.isatty():
        _print_rich(header, rows)
        return
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def _print_rich(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout, highlight=False).print(table)


def seconds(value: float) -> str:
    """Return a duration as people read it: `0.4s`, `12s`, `3m 5s`."""
    if value < 10:
        return f"{value:.1f}s"
    whole = round(value)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m {whole % 60}s"
