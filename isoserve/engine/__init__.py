"""Finds, downloads or builds the Pulumi engine and drives it by the Automation API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isoserve.engine.install import EngineInstall, locate_engine, present_engine

if TYPE_CHECKING:
    from isoserve.engine.events import Event, Message, Notice, OnEvent, State, Step, Violation
    from isoserve.engine.session import StackSession, open_stack
    from isoserve.engine.update import UpSummary

__all__ = [
    "EngineInstall",
    "Event",
    "Message",
    "Notice",
    "OnEvent",
    "StackSession",
    "State",
    "Step",
    "UpSummary",
    "Violation",
    "locate_engine",
    "open_stack",
    "present_engine",
]

_LATER = {
    "StackSession": "session",
    "open_stack": "session",
    "UpSummary": "update",
} | dict.fromkeys(("Event", "Message", "Notice", "OnEvent", "State", "Step", "Violation"), "events")
"""Names whose modules import pulumi (0.2 s), loaded when first used."""


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"isoserve.engine.{_LATER[name]}"), name)
