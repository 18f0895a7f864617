"""An environment: where services go, and what holds there for all of them. One target each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.existing import ExistingSpec
from isoserve.spec.names import Name
from isoserve.spec.node_pool import NodePoolSpec
from isoserve.spec.patterns import LINE
from isoserve.spec.units import Count, Text, Usd

Creatable = Literal["network", "identity", "key", "artifact_store", "image_registry", "alerts"]


class LimitsSpec(Spec):
    """Bounds that a plan must stay below."""

    usd_month: Annotated[Usd, Field(gt=0)] | None = None
    """US dollars a month, at list prices and the highest replica counts."""

    accelerators: Annotated[Count, Field(ge=0)] | None = None
    """Accelerators in use at the highest replica counts of all endpoints."""


class EnvironmentSpec(Spec):
    """One target, what exists there, what may be made, and what holds for every endpoint."""

    name: Name
    """The name of its file, without `.yaml`."""

    isoserve: Literal[1]
    """Version of this file format."""

    class_: Literal["dev", "staging", "prod"] = Field(alias="class")
    """`prod` asks for care: protected, two replicas, a canary, no spot nodes, no scaling to zero."""

    target: Name = Field(examples=["local", "kubernetes"])
    """What runs it: the name of an adapter."""

    region: Annotated[Text, Field(pattern=LINE)] | None = Field(default=None, examples=["eu-central-1"])
    """The cloud's own name of its region."""

    existing: ExistingSpec = ExistingSpec()
    """What is there already: read, never changed, never deleted."""

    on_missing: Literal["fail", "degrade"] = "fail"
    """What to do without an optional part of the target, such as an operator."""

    node_pools: Mapping[Name, NodePoolSpec] = Field(default_factory=dict[str, NodePoolSpec])
    """Pools by name."""

    create: tuple[Creatable, ...] = ()
    """What isoserve may make here; everything else must be in `existing`."""

    defaults: Mapping[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """Part of an endpoint, for every endpoint; loses to the service."""

    enforce: Mapping[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """Part of an endpoint, for every endpoint; wins over everything."""

    limits: LimitsSpec = LimitsSpec()
    """Bounds on cost and accelerators."""

    @property
    def protect(self) -> bool:
        """Whether what holds data or traffic is protected from deletion."""
        return self.class_ == "prod"

    @model_validator(mode="after")
    def _made_or_found(self) -> Self:
        for kind in self.create:
            if getattr(self.existing, kind):
                raise refusal(
                    f"{kind} is in existing and in create",
                    field="create",
                    fix=f"remove {kind} from one of them",
                )
        return self
