"""What an update tells while it runs, as small typed values; translates the engine's event stream into them.

How they are shown is the command line's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from pulumi.automation.events import (
    DiagnosticEvent,
    EngineEvent,
    PolicyEvent,
    StepEventMetadata,
)

from isoserve.engine.project import strings_of
from isoserve.engine.wording import Words, readable

STACK_TYPE = "pulumi:pulumi:Stack"
MASK = "[secret]"
"""Stands for a secret value wherever secrets were not asked for."""
_SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 - a marker, no secret
"""The key by which the engine marks a secret value among plain ones."""
_OUR_OWN_DOING = "using pulumi-analyzer-policy-python from $PATH"
"""The engine warns of the launcher that packs.py put there."""


class State(Enum):
    """Where one step is."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One resource, and what the engine does with it."""

    name: str
    """The resource's own name, as the program gave it."""
    type: str
    """Its type token; `pulumi:pulumi:Stack` for the stack itself."""
    op: str
    """same, create, update, delete, replace, create-replacement, delete-replaced, read, refresh …"""
    state: State
    urn: str
    planned: bool = False
    """True in a preview: nothing is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A line from a provider, the program or the engine."""

    text: str
    severity: str
    """info, warning or error."""
    name: str = ""
    """The resource it is about; empty: the update as a whole."""
    type: str = ""
    urn: str = ""
    at: str = ""
    """`file:line`, where the message came with one."""
    passing: bool = False
    """A progress line that the next one replaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A policy that a resource, or the stack, does not meet."""

    policy: str
    pack: str
    mandatory: bool
    text: str
    name: str = ""
    urn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the session did by itself that the user should know."""

    text: str


Event = Step | Message | Violation | Notice
OnEvent = Callable[[Event], None]


def name_in(urn: str | None) -> str:
    """The name the program gave the resource; a URN's last part."""
    return (urn or "").rpartition("::")[2]


def type_in(urn: str | None) -> str:
    """The type token in a URN, without its parents'."""
    parts = (urn or "").split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""


def translate(event: EngineEvent) -> Event | None:
    """The event in our words, or None when it is about nothing a user follows."""
    if (started := event.resource_pre_event) is not None:
        return _step(started.metadata, State.STARTED, planned=bool(started.planning))
    if (done := event.res_outputs_event) is not None:
        return _step(done.metadata, State.DONE, planned=bool(done.planning))
    if (failed := event.res_op_failed_event) is not None:
        return _step(failed.metadata, State.FAILED, planned=False)
    if (said := event.diagnostic_event) is not None:
        return _message(said, readable(said.message))
    if (violated := event.policy_event) is not None:
        return _violation(violated)
    return None


def stack_outputs(event: EngineEvent) -> Mapping[str, object] | None:
    """The stack's outputs, where this event carries them; secret values are masked by the engine."""
    done = event.res_outputs_event
    if done is None or done.metadata.type != STACK_TYPE or done.metadata.new is None:
        return None
    return {name: _masked(value) for name, value in strings_of(done.metadata.new.outputs).items()}


def _masked(value: object) -> object:
    if isinstance(value, dict):
        entries = strings_of(value)  # pyright: ignore[reportUnknownArgumentType]
        return MASK if _SECRET_MARK in entries else {key: _masked(inner) for key, inner in entries.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def _step(metadata: StepEventMetadata, state: State, *, planned: bool) -> Step:
    return Step(
        name=name_in(metadata.urn),
        type=metadata.type,
        op=str(metadata.op.value if isinstance(metadata.op, Enum) else metadata.op),  # pyright: ignore[reportUnnecessaryIsInstance]
        state=state,
        urn=metadata.urn,
        planned=planned,
    )


def _message(said: DiagnosticEvent, words: Words) -> Message | None:
    severity = said.severity.partition("#")[0]  # `info#err`: what a plugin wrote to its stderr
    if severity == "debug" or words.say_nothing or words.text.startswith(_OUR_OWN_DOING):
        return None
    return Message(
        text=words.text,
        severity=severity,
        at=words.at,
        name=name_in(said.urn),
        type=type_in(said.urn),
        urn=said.urn or "",
        passing=bool(said.ephemeral),
    )


def _violation(violated: PolicyEvent) -> Violation:
    return Violation(
        policy=violated.policy_name,
        pack=violated.policy_pack_name,
        mandatory=violated.enforcement_level == "mandatory",
        text=readable(violated.message).text,
        name=name_in(violated.resource_urn),
        urn=violated.resource_urn or "",
    )
