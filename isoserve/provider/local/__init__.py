"""The resources of the target local, made by its agent and in its state folder."""

from __future__ import annotations

from collections.abc import Sequence

from isoserve.provider.kind import ResourceKind
from isoserve.provider.local.artifact import ArtifactKind
from isoserve.provider.local.endpoint import EndpointKind
from isoserve.provider.local.release import ReleaseKind
from isoserve.provider.local.revision import RevisionKind

KINDS: Sequence[ResourceKind] = (ArtifactKind(), EndpointKind(), RevisionKind(), ReleaseKind())
"""Every resource kind that the plugin serves."""

__all__ = ["KINDS"]
