"""A service: what a model team writes, the same for every environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from isoserve.spec.base import Spec
from isoserve.spec.endpoint import EndpointSpec
from isoserve.spec.model import ModelSpec
from isoserve.spec.names import Name
from isoserve.spec.patterns import LABEL, LINE
from isoserve.spec.units import Text

Label = Annotated[str, Field(pattern=LABEL)]
LabelValue = Annotated[Text, Field(max_length=63, pattern=LINE)]


class ServiceMeta(Spec):
    """Who a service is and whose it is."""

    name: Name
    """The name of its file, without `.yaml`."""

    owner: Text = Field(min_length=1, max_length=63, pattern=LINE, examples=["risk-ml"])
    """The team that answers for it."""

    labels: Mapping[Label, LabelValue] = Field(default_factory=dict[str, str])
    """Put on everything that is created."""


class ServiceSpec(ServiceMeta):
    """A service file as it is written: models and the endpoints that serve them."""

    isoserve: Literal[1]
    """Version of this file format."""

    models: Mapping[Name, ModelSpec] = Field(default_factory=dict[str, ModelSpec])
    """Models by name."""

    endpoints: Mapping[Name, EndpointSpec] = Field(default_factory=dict[str, EndpointSpec])
    """Endpoints by name."""
