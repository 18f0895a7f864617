"""The steps of a preview as data, beside what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isoserve.cli.ledger import Ledger
from isoserve.engine.events import Event, OnEvent, Step


class Steps:
    """Passes every event on and remembers the steps that are worth showing."""

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
