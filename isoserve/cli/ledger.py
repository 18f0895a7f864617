"""What has happened to each resource so far, from the engine's events. Prints nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isoserve.engine.events import STACK_TYPE, Event, OnEvent, State, Step

_QUIET_OPS = frozenset({"same", "read"})
_SIGNS = {
    "create": "+",
    "create-replacement": "+",
    "update": "~",
    "delete": "-",
    "delete-replaced": "-",
    "replace": "±",
    "refresh": "↻",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One resource that something is done to."""

    name: str
    type: str
    op: str
    state: State
    planned: bool
    started: float
    ended: float | None = None

    @property
    def sign(self) -> str:
        """One character for the operation, blank for one that has none."""
        return _SIGNS.get(self.op, " ")

    @property
    def word(self) -> str:
        """Where it is, in one word or two; the engine says of a refresh only that it began."""
        if self.planned:
            return "planned"
        return "reading" if self.op == "refresh" and self.state is State.STARTED else self.state.value

    def elapsed_s(self, now: float) -> float:
        """Seconds from its start to its end, or to now."""
        return (now if self.ended is None else self.ended) - self.started


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Steps by resource, in the order in which they began; repeated events change nothing."""

    clock: Callable[[], float] = time.monotonic
    _lines: dict[tuple[str, str], Line] = field(default_factory=dict[tuple[str, str], Line])

    @property
    def lines(self) -> Sequence[Line]:
        """All of them, oldest first."""
        return list(self._lines.values())

    def newest(self, count: int) -> Sequence[Line]:
        """Return at most so many lines, oldest first: what runs or failed, then what ended last."""
        ended = [line for line in self.lines if line.state is State.DONE]
        pressing = [line for line in self.lines if line.state is not State.DONE][:count]
        room = count - len(pressing)
        kept = {id(line) for line in [*pressing, *(ended[-room:] if room else [])]}
        return [line for line in self.lines if id(line) in kept]

    def note(self, step: Step) -> Line | None:
        """Take one step in; returns its line if that is news worth showing, else None."""
        if step.type == STACK_TYPE or step.op in _QUIET_OPS or step.type.startswith("pulumi:providers:"):
            return None
        key = (step.urn, step.op)
        before = self._lines.get(key)
        if before is not None and (before.planned or before.state in {step.state, State.DONE, State.FAILED}):
            return None
        now = self.clock()
        if before is None:
            line = Line(
                name=step.name,
                type=step.type,
                op=step.op,
                state=step.state,
                planned=step.planned,
                started=now,
                ended=None if step.state is State.STARTED else now,
            )
        else:
            line = replace(before, state=step.state, ended=now)
        self._lines[key] = line
        return line


class Steps:
    """The steps of a preview as data: passes every event on and remembers what is worth showing."""

    def __init__(self, pass_on: OnEvent) -> None:
        self._pass_on = pass_on
        self._ledger = Ledger()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Step):
            self._ledger.note(event)
        self._pass_on(event)

    def listed(self) -> Sequence[Mapping[str, str]]:
        """Return the steps in the documented JSON shape, in order."""
        return [{"op": line.op, "name": line.name, "type": line.type} for line in self._ledger.lines]
