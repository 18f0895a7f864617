"""An endpoint: a stable name that serves one pinned version of a model. Which version is a pin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from isoserve.spec.access import AccessSpec
from isoserve.spec.autoscaling import AutoscalingSpec
from isoserve.spec.base import Spec, refusal
from isoserve.spec.capture import CaptureSpec
from isoserve.spec.monitor import MonitorsSpec
from isoserve.spec.names import Name
from isoserve.spec.patterns import LINE
from isoserve.spec.request import RequestsSpec
from isoserve.spec.resources import AcceleratorSpec, ResourcesSpec
from isoserve.spec.rollout import RolloutSpec
from isoserve.spec.server import ServerSpec
from isoserve.spec.units import Count, Flag, Seconds


class EndpointSpec(Spec):
    """What serves, on what, for whom, and how it changes."""

    model: Name
    """The model it serves, by its name under `models`."""

    server: ServerSpec
    """The model server: a name such as `mlserver`, or its kind with settings."""

    resources: ResourcesSpec = ResourcesSpec()
    """What one replica gets of processor and memory."""

    accelerator: tuple[AcceleratorSpec, ...] = ()
    """Ordered alternatives for one replica; absent: none is used."""

    pool: Name | None = None
    """Node pool of the environment that replicas run on."""

    replicas: Count = Field(default=1, ge=1, le=10000)
    """Replicas where `autoscaling` is absent; in class prod the default is 2."""

    ready_within: Seconds = Field(default=300.0, gt=0)
    """A revision that is not ready by then has failed."""

    on_no_capacity: Literal["fail", "one_at_a_time", "next_alternative"] = "fail"
    """What to do where there is no room for old and new together: fail, replace one by one, or take the next
    accelerator alternative."""

    requests: RequestsSpec = RequestsSpec()
    """Bounds and protocol of a request."""

    autoscaling: AutoscalingSpec | None = None
    """Bounds and signal of the replica count; absent: `replicas` holds."""

    rollout: RolloutSpec | None = None
    """How a release walks; absent: all at once (class prod: a canary)."""

    access: AccessSpec = AccessSpec()
    """Who may call and what replicas may reach."""

    capture: CaptureSpec | None = None
    """What is kept of requests; absent: nothing, unless a monitor needs it."""

    monitors: MonitorsSpec | None = None
    """What is watched."""

    native: Mapping[Name, Mapping[str, JsonValue]] = Field(default_factory=dict[str, Mapping[str, JsonValue]])
    """Target → its own inputs, merged last, warned about: the one escape hatch."""

    adopt: Flag = False
    """Whether a live endpoint of this name is taken over instead of created."""

    name_on_target: str | None = Field(default=None, min_length=1, max_length=256, pattern=LINE)
    """The name it has (`adopt`) or gets on the target; absent: derived."""

    @property
    def min_replicas(self) -> int:
        """Replicas kept at least."""
        return self.autoscaling.min_replicas if self.autoscaling else self.replicas

    @property
    def max_replicas(self) -> int:
        """Replicas reached at most, weekly windows included."""
        if self.autoscaling is None:
            return self.replicas
        windows = (window.max_replicas or 0 for window in self.autoscaling.schedule)
        return max(self.autoscaling.max_replicas, *windows, 0)

    @model_validator(mode="after")
    def _adoption_names_it(self) -> Self:
        if self.adopt and self.name_on_target is None:
            raise refusal(
                "adopt needs the name of the live endpoint",
                field="name_on_target",
                fix="add `name_on_target: <its name>`",
            )
        return self
