"""What is already there and is only read. Which keys a group takes is the target's to say."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from isoserve.spec.base import Spec
from isoserve.spec.names import Name
from isoserve.spec.units import Text

Settings = Mapping[str, Text | tuple[Text, ...]]


class ExistingSpec(Spec):
    """Read, never changed, never deleted. The keys inside a group are the target's own."""

    network: Settings = Field(default_factory=dict[str, str | tuple[str, ...]])
    """Subnets, security groups and the like."""

    identity: Settings = Field(default_factory=dict[str, str | tuple[str, ...]])
    """What replicas run as."""

    key: Text | None = None
    """Encryption key of everything stored."""

    artifact_store: Text | None = None
    """Where artifacts are copied to, `<store>/<name>/<sha256>/`."""

    image_registry: Text | None = None
    """Where server images are pushed to."""

    alerts: Settings = Field(default_factory=dict[str, str | tuple[str, ...]])
    """Where alerts go."""

    callers: Mapping[Name, Text] = Field(default_factory=dict[str, str])
    """Caller → its principal; services name callers only."""

    account: Settings = Field(default_factory=dict[str, str | tuple[str, ...]])
    """The account, project or workspace that all of it is in."""

    cluster: Settings = Field(default_factory=dict[str, str | tuple[str, ...]])
    """The cluster that replicas run on, where the target is one."""

    issuer: Settings = Field(default_factory=dict[str, str | tuple[str, ...]])
    """Who issues callers' tokens, for `auth: jwt`, and `platform` where the target has no identities."""
