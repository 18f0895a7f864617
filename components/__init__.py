"""Pulumi components: they see the adapter interface, never a target."""

from __future__ import annotations

from isoserve.components.endpoint import Endpoint
from isoserve.components.model_serving import ModelServing

__all__ = ["Endpoint", "ModelServing"]
