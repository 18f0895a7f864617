"""The labels that lead from a thing on a target back to the spec: written by components, read by others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isoserve.spec import ServingSpec

SERVICE_LABEL = "isoserve-service"
OWNER_LABEL = "isoserve-owner"
ENVIRONMENT_LABEL = "isoserve-environment"
STACK_LABEL = "isoserve-stack"
CLASS_LABEL = "isoserve-class"
ENDPOINT_LABEL = "isoserve-endpoint"
"""Only on what belongs to one endpoint."""


def labels_of(spec: ServingSpec) -> Mapping[str, str]:
    """Return the labels of everything in a stack: the service's own, then ours."""
    return {
        **spec.service.labels,
        SERVICE_LABEL: spec.service.name,
        OWNER_LABEL: spec.service.owner,
        ENVIRONMENT_LABEL: spec.environment.name,
        STACK_LABEL: spec.stack,
        CLASS_LABEL: spec.environment.class_,
    }
