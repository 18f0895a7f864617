"""What an adapter hands back: outputs of declared things, in neutral terms. Declares nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """One model version where the target's replicas can read it."""

    name: str
    version: str
    sha256: str
    """Checksum of the artifact, 64 hex digits."""
    location: pulumi.Output[str]
    """Path or URI that a replica reads."""
    resource: pulumi.Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where replicas run: a managed target has an instance type, a cluster a selector, a machine neither."""

    instance_type: str | None = None
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRef:
    """A declared endpoint: it has an address before it has a revision."""

    name: pulumi.Output[str]
    """Physical name on the target."""
    url: pulumi.Output[str]
    protocol: str
    auth: str
    """How a caller proves itself, in the target's own words."""
    key: pulumi.Output[str] | None = None
    """The API key, marked secret; None where callers use another proof."""
    curl: pulumi.Output[str]
    """A command that works as printed; it names the key's variable and never holds the key."""
    resource: pulumi.Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRef:
    """A declared revision: immutable, ready when its resource is."""

    name: pulumi.Output[str]
    """Physical name, or the id that the target gave."""
    digest: str
    """`naming.digest8` of all immutable inputs."""
    resource: pulumi.Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRef:
    """What moves an endpoint's traffic."""

    live: pulumi.Output[str]
    """Name of the revision that receives traffic."""
    resource: pulumi.Resource
