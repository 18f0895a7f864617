"""How a running deployment is shown on stderr: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from isoserve.cli.ledger import Ledger, Line
from isoserve.cli.terminal import notice, paint, seconds
from isoserve.engine.events import Event, Message, Notice, OnEvent, State, Step, Violation

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_REFRESH_HZ = 8
_MARGIN = 6
"""Lines of the terminal that are kept for title, note and what stood there before."""


@contextmanager
def shown_progress(title: str) -> Generator[OnEvent, None, None]:
    """Yield what takes the engine's events and shows them until the block ends."""
    if not sys.stderr.isatty():
        notice(title)
        yield _plain(Ledger())
        return
    from rich.console import Console
    from rich.live import Live

    ledger, started = Ledger(), time.monotonic()
    note = _Note()
    console = Console(stderr=True, highlight=False)
    with Live(
        console=console,
        refresh_per_second=_REFRESH_HZ,
        get_renderable=lambda: _table(
            title, ledger, note.text, time.monotonic() - started, rows=max(3, console.height - _MARGIN)
        ),
    ) as live:
        yield _live(ledger, live, note)
        note.text = ""


def words(event: Event) -> str | None:
    """Return the line that says a warning, an advice of a policy, or a notice; None for what is not shown.

    What stops the deployment is left to the error it ends with, which says it once and whole.
    """
    if isinstance(event, Notice):
        return event.text
    if isinstance(event, Violation) and not event.mandatory:
        return _remark("policy:", event.name, f"{event.policy}: {event.text}")
    if isinstance(event, Message) and event.severity == "warning" and event.text:
        return _remark("warning:", event.name, event.text)
    return None


def _remark(kind: str, name: str, text: str) -> str:
    about = f"{name}: " if name else ""
    return f"{paint(kind, 'yellow', stream=sys.stderr)} {about}{text}"


class _Note:
    """The passing line under the table: what a provider says it does right now."""

    text = ""


def _plain(ledger: Ledger) -> OnEvent:
    def take(event: Event) -> None:
        if isinstance(event, Step):
            if (line := ledger.note(event)) is not None:
                notice(_line_text(line))
        elif (text := words(event)) is not None:
            notice(text)

    return take


def _live(ledger: Ledger, live: Live, note: _Note) -> OnEvent:
    def take(event: Event) -> None:
        if isinstance(event, Step):
            ledger.note(event)
        elif isinstance(event, Message) and event.passing:
            note.text = event.text
        elif (text := words(event)) is not None:
            live.console.print(text, markup=False)

    return take


def _line_text(line: Line) -> str:
    took = "" if line.planned or line.ended is None else f" in {seconds(line.elapsed_s(line.ended))}"
    return f"  {line.sign} {line.op} {line.name} ({line.type}): {line.word}{took}"


def _table(title: str, ledger: Ledger, note: str, elapsed_s: float, *, rows: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, title_justify="left", padding=(0, 2, 0, 0))
    table.title = Text(f"{title}  {seconds(elapsed_s)}", style="bold")
    now = time.monotonic()
    for line in ledger.newest(rows):
        style = {State.STARTED: "yellow", State.DONE: "green", State.FAILED: "red"}[line.state]
        took = "" if line.planned else seconds(line.elapsed_s(now))
        table.add_row(
            Text(line.sign, style=style), line.name, Text(line.type, style="dim"), line.op, line.word, took
        )
    if note:
        table.caption = Text(note, style="dim")
        table.caption_justify = "left"
    return table
