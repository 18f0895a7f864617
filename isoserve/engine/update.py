"""One engine command while it runs: what it tells, counted and kept, and the summary it ends with.

How the command is started is session.py's business.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi.automation.events import EngineEvent

from isoserve.engine.events import Event, Message, OnEvent, stack_outputs, translate
from isoserve.engine.failures import Findings

_PENDING_WARNING = "Attempting to deploy or update resources with"
_UNCHANGED = frozenset({"same", "read", "refresh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpSummary:
    """What one command did, or in a preview would do."""

    changes: Mapping[str, int]
    """How many resources per operation: create, update, replace, delete, same …"""
    outputs: Mapping[str, object]
    """The stack's outputs; a secret is `[secret]`. Empty after `destroy` and `refresh`."""
    duration_s: float

    @property
    def changed(self) -> bool:
        """Whether anything was, or would be, created, updated or deleted."""
        return any(count for op, count in self.changes.items() if op not in _UNCHANGED)

    def then(self, more: UpSummary) -> UpSummary:
        """Both as one: what either changed is counted, what was left as it is only once."""
        added = {op: count for op, count in more.changes.items() if op not in _UNCHANGED}
        changes = {op: self.changes.get(op, 0) + added.get(op, 0) for op in {**self.changes, **added}}
        duration_s = self.duration_s + more.duration_s
        return UpSummary(changes=changes, outputs=more.outputs, duration_s=duration_s)


@dataclass(slots=True)
class Update:
    """Hears the event stream of one command and passes on what a user follows."""

    tell: OnEvent
    findings: Findings = field(default_factory=Findings)
    changes: Mapping[str, int] = field(default_factory=dict[str, int])
    outputs: Mapping[str, object] = field(default_factory=dict[str, object])
    pending: bool = False
    """The engine met creates that an earlier, killed run left open."""
    began: float = field(default_factory=time.monotonic)

    def hear(self, raw: EngineEvent) -> None:
        """Take one event of the engine."""
        if raw.summary_event is not None:
            changes = raw.summary_event.resource_changes
            self.changes = {str(getattr(op, "value", op)): count for op, count in changes.items()}
        if (outputs := stack_outputs(raw)) is not None:
            self.outputs = outputs
        if (event := translate(raw)) is not None:
            self._pass_on(event)

    def summary(self) -> UpSummary:
        """What was done so far."""
        duration_s = time.monotonic() - self.began
        return UpSummary(changes=self.changes, outputs=self.outputs, duration_s=duration_s)

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, Message) and event.text.startswith(_PENDING_WARNING):
            self.pending = True  # the session settles it; the engine's advice would send the user elsewhere
            return
        self.findings.hear(event)
        if isinstance(event, Message) and event.severity == "error" and not event.urn:
            return  # it is in the error that the command ends with
        self.tell(event)
