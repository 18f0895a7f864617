"""What a resource of this plugin is: one contract for every kind. Knows no wire format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from isoserve.errors import Fault

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the plugin works: the project, and the provider's own configuration."""

    root: Path
    config: Values

    def path(self, name: str) -> Path:
        """Return a configured project-relative path as an absolute one."""
        return self.root / str(self.config[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A resource that exists: its identity and what is computed about it."""

    id: str
    outputs: Values
    secrets: frozenset[str] = frozenset()
    """Names of outputs to be encrypted in the state."""


class ResourceKind(Protocol):
    """One resource type. Stateless; every method may be called again after a kill at any point.

    Errors are ServingErrors; their text reaches the user as it is.
    """

    @property
    def token(self) -> str:
        """The Pulumi type, `isoserve:<module>:<Name>`."""
        ...

    @property
    def computed(self) -> frozenset[str]:
        """Outputs that a preview cannot know."""
        ...

    @property
    def replace_on(self) -> frozenset[str]:
        """Inputs whose change makes another resource."""
        ...

    def check(self, inputs: Values, site: Site) -> Sequence[Fault]:
        """Return faults of the inputs; `at` names the input. Values may be UNKNOWN."""
        ...

    def create(self, inputs: Values, site: Site) -> Made:
        """Make it, or take over what an interrupted run made under the same name."""
        ...

    def read(self, resource_id: str, inputs: Values, site: Site) -> Made | None:
        """Return what is there, None when it is gone. Creates nothing."""
        ...

    def drift(self, resource_id: str, inputs: Values, site: Site) -> Sequence[str]:
        """Name what differs between the live resource and its recorded inputs, at plan time."""
        ...

    def update(self, resource_id: str, inputs: Values, site: Site) -> Made:
        """Bring the live resource to these inputs in place."""
        ...

    def delete(self, resource_id: str, inputs: Values, site: Site) -> None:
        """Remove it; a missing one is fine."""
        ...
