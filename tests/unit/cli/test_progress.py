from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from isoserve.cli.ledger import Ledger
from isoserve.cli.terminal import seconds
from isoserve.engine.events import State, Step

SCRIPT = """
from isoserve.cli.progress import shown_progress
from isoserve.engine.events import Message, State, Step

def step(state, name="hello-endpoint"):
    return Step(name=name, type="isoserve:local:Endpoint", op="create", state=state, urn=name)

with shown_progress("updating hello-dev") as on_event:
    on_event(step(State.STARTED))
    on_event(Message(text="pulling weights [bold]", severity="info", passing=True))
    on_event(Message(text="look out [red]", severity="warning"))
    on_event(step(State.DONE))
    on_event(step(State.FAILED, name="broken"))
print("done")
"""


def on_a_terminal(code: str, **env: str) -> str:
    """Run code with a terminal as its stdout and stderr; return what a user would have been sent."""
    leader, follower = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=follower,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", **env},
        )
    finally:
        os.close(follower)
    received = b""
    with os.fdopen(leader, "rb", buffering=0) as stream:
        while True:
            try:
                chunk = stream.read(4096)
            except OSError:  # Linux says so when the other end is closed
                break
            if not chunk:
                break
            received += chunk
    assert process.wait(timeout=60) == 0, received.decode()
    return received.decode()


def test_a_terminal_sees_a_live_table() -> None:
    shown = on_a_terminal(SCRIPT)
    for word in ("updating hello-dev", "hello-endpoint", "create", "done", "broken", "failed"):
        assert word in shown
    assert "look out [red]" in shown
    assert "\x1b[32m" in shown


def test_no_color_is_respected() -> None:
    shown = on_a_terminal(SCRIPT, NO_COLOR="1")
    assert "hello-endpoint" in shown
    for colour in ("\x1b[31m", "\x1b[32m", "\x1b[33m"):
        assert colour not in shown


def test_a_table_on_a_terminal_folds_and_keeps_all() -> None:
    url = "http://127.0.0.1:18100/" + "x" * 100
    code = f"from isoserve.cli.terminal import print_table; print_table(['url'], [[{url!r}], ['[red]']])"
    shown = on_a_terminal(code, COLUMNS="50")
    assert url in "".join(shown.split())
    assert "[red]" in shown


def test_a_pipe_gets_whole_lines(capsys) -> None:
    from isoserve.cli.terminal import print_table

    print_table(["a", "b"], [["x" * 200, "y"], ["", "z"]])
    assert capsys.readouterr().out.splitlines() == [
        "a" + " " * 201 + "b",
        "x" * 200 + "  y",
        " " * 202 + "z",
    ]


def step(name: str, state: State = State.STARTED, op: str = "create") -> Step:
    return Step(name=name, type="t", op=op, state=state, urn=name)


class TestLedger:
    def test_times_each_step(self) -> None:
        moments = iter([10.0, 12.5])
        ledger = Ledger(clock=lambda: next(moments))
        ledger.note(step("a"))
        line = ledger.note(step("a", State.DONE))
        assert line is not None
        assert line.elapsed_s(99.0) == 2.5

    def test_only_news_is_news(self) -> None:
        ledger = Ledger()
        assert ledger.note(step("a")) is not None
        assert ledger.note(step("a")) is None
        assert ledger.note(step("a", State.DONE)) is not None
        assert ledger.note(step("a", State.FAILED)) is None
        assert ledger.note(step("a", op="delete")) is not None
        assert ledger.note(step("b", op="same")) is None

    def test_newest_keeps_what_runs(self) -> None:
        ledger = Ledger()
        for name in "abcde":
            ledger.note(step(name))
        for name in "acd":
            ledger.note(step(name, State.DONE))
        assert [line.name for line in ledger.newest(3)] == ["b", "d", "e"]
        assert [line.name for line in ledger.newest(1)] == ["b"]
        assert [line.name for line in ledger.newest(9)] == list("abcde")


@pytest.mark.parametrize(
    ("value", "text"), [(0.04, "0.0s"), (9.96, "10.0s"), (12.3, "12s"), (185.0, "3m 5s"), (59.9, "1m 0s")]
)
def test_seconds(value: float, text: str) -> None:
    assert seconds(value) == text
