"""A stack file: one service in one environment. Whatever else the engine keeps there is left alone."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, JsonValue

from isoserve.spec.base import Spec
from isoserve.spec.names import Name, Version


class StackSpec(Spec):
    """The `serving:` keys of a stack file."""

    environment: Name
    """Where: a file under `stacks/environments/`."""

    service: Name
    """What: a file under `stacks/services/`."""

    pins: Mapping[Name, Version] = Field(default_factory=dict[str, str])
    """Model → the version that serves. Promotion is one changed line."""

    overrides: Mapping[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """Part of a service, for this stack alone."""
