"""How many replicas an endpoint has, and what changes that. Counting them at run time is the target's."""

from __future__ import annotations

from itertools import combinations
from typing import Self

from pydantic import Field, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.schedule import WindowSpec
from isoserve.spec.units import Count, Fraction, Number, Seconds

_WEEK_MINUTES = 7 * 24 * 60


class ScaleOnSpec(Spec):
    """The one signal that is held at its value; exactly one."""

    concurrency: Number | None = Field(default=None, gt=0)
    """Requests in flight per replica."""

    utilization: Fraction | None = Field(default=None, gt=0)
    """Processor use per replica, such as `70%`."""

    gpu_utilization: Fraction | None = Field(default=None, gt=0)
    """Accelerator use per replica, such as `70%`."""

    latency: Seconds | None = Field(default=None, gt=0)
    """95th percentile of the answer time, such as `200ms`."""

    queue: Number | None = Field(default=None, gt=0)
    """Requests waiting per replica."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            names = ", ".join(type(self).model_fields)
            raise refusal(
                f"scale_on needs exactly one of {names}; given {', '.join(given) or 'none'}",
                fix="write {concurrency: 8}",
            )
        return self

    @property
    def signal(self) -> str:
        """The name of the signal that is set."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)


class AutoscalingSpec(Spec):
    """Bounds of the replica count, the signal, and weekly windows."""

    min_replicas: Count = Field(default=1, ge=0)
    """Replicas kept warm. 0 asks for scaling to zero; in class prod the default is 2."""

    max_replicas: Count = Field(ge=1, le=10000)
    """Upper bound. No default: an unbounded bill is never implied."""

    scale_on: ScaleOnSpec = ScaleOnSpec(utilization=0.7)
    """What is held, and at which value."""

    scale_in_after: Seconds = Field(default=300.0, ge=0)
    """How long less must be enough before replicas are taken away."""

    schedule: tuple[WindowSpec, ...] = ()
    """Weekly windows with bounds of their own; they must not overlap."""

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min_replicas > self.max_replicas:
            raise refusal(
                f"min_replicas {self.min_replicas} is above max_replicas {self.max_replicas}",
                field="min_replicas",
                fix="lower min_replicas or raise max_replicas",
            )
        for number, window in enumerate(self.schedule):
            if window.max_replicas is None and window.min_replicas > self.max_replicas:
                raise refusal(
                    f"schedule[{number}] keeps {window.min_replicas} replicas, above max_replicas "
                    f"{self.max_replicas}",
                    field="schedule",
                    fix="give the window a max_replicas",
                )
        for (first, one), (second, other) in combinations(enumerate(self.schedule), 2):
            if one.zone == other.zone and _overlap(one, other):
                raise refusal(
                    f"schedule[{first}] and schedule[{second}] overlap: {one.when!r}, {other.when!r}",
                    field="schedule",
                    fix="let one window end where the next starts",
                )
        return self


def _overlap(one: WindowSpec, other: WindowSpec) -> bool:
    shifts = (-_WEEK_MINUTES, 0, _WEEK_MINUTES)
    return any(
        start < last + shift and first + shift < end
        for start, end in one.minutes
        for first, last in other.minutes
        for shift in shifts
    )
