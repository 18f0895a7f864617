"""Typed spec and its loader: plain data, no pulumi, no cloud word."""

from __future__ import annotations

from isoserve.spec.abort import AbortRule
from isoserve.spec.access import AccessSpec
from isoserve.spec.autoscaling import AutoscalingSpec, ScaleOnSpec
from isoserve.spec.base import Spec
from isoserve.spec.capture import CaptureSpec
from isoserve.spec.endpoint import EndpointSpec
from isoserve.spec.environment import EnvironmentSpec, LimitsSpec
from isoserve.spec.existing import ExistingSpec
from isoserve.spec.files import stack_names
from isoserve.spec.layers import Origin
from isoserve.spec.load import load_origins, load_serving, read_environment
from isoserve.spec.model import ModelSpec, ModelVersionSpec
from isoserve.spec.monitor import (
    DriftSpec,
    FairnessSpec,
    MonitorsSpec,
    PerformanceSpec,
    QualitySpec,
    RetrainSpec,
)
from isoserve.spec.names import Name, Version
from isoserve.spec.node_pool import NodePoolSpec
from isoserve.spec.request import RequestsSpec
from isoserve.spec.resources import AcceleratorSpec, ResourcesSpec
from isoserve.spec.rollout import RolloutSpec
from isoserve.spec.schedule import WindowSpec
from isoserve.spec.schema import json_schema
from isoserve.spec.server import PortsSpec, RoutesSpec, ServerSpec
from isoserve.spec.service import ServiceMeta, ServiceSpec
from isoserve.spec.serving import ServingSpec
from isoserve.spec.stack import StackSpec
from isoserve.spec.units import Bytes, Fraction, Seconds, Usd

__all__ = [
    "AbortRule",
    "AcceleratorSpec",
    "AccessSpec",
    "AutoscalingSpec",
    "Bytes",
    "CaptureSpec",
    "DriftSpec",
    "EndpointSpec",
    "EnvironmentSpec",
    "ExistingSpec",
    "FairnessSpec",
    "Fraction",
    "LimitsSpec",
    "ModelSpec",
    "ModelVersionSpec",
    "MonitorsSpec",
    "Name",
    "NodePoolSpec",
    "Origin",
    "PerformanceSpec",
    "PortsSpec",
    "QualitySpec",
    "RequestsSpec",
    "ResourcesSpec",
    "RetrainSpec",
    "RolloutSpec",
    "RoutesSpec",
    "ScaleOnSpec",
    "Seconds",
    "ServerSpec",
    "ServiceMeta",
    "ServiceSpec",
    "ServingSpec",
    "Spec",
    "StackSpec",
    "Usd",
    "Version",
    "WindowSpec",
    "json_schema",
    "load_origins",
    "load_serving",
    "read_environment",
    "stack_names",
]
