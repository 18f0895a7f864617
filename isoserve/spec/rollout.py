"""How traffic walks from one revision to the next. The state machine that walks is `isoserve.rollout`."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator

from isoserve.spec.abort import RULE, AbortRule
from isoserve.spec.base import Spec, refusal
from isoserve.spec.units import Count, Flag, Fraction, Seconds

Step = Annotated[Count, Field(ge=1, le=99)]
Rule = Annotated[AbortRule, WithJsonSchema({"type": "string", "pattern": RULE})]


class RolloutSpec(Spec):
    """The walk of a release: steps, time and requests at each, and what ends it."""

    strategy: Literal["all_at_once", "canary", "blue_green", "shadow", "ab"] = "canary"
    """`canary` walks through `steps`; `blue_green` switches once and keeps the old one for `bake`; `shadow`
    copies a share of the traffic first; `ab` holds one step until someone promotes."""

    steps: tuple[Step, ...] = ()
    """Percent of the traffic on the new revision, ascending, 1 to 99; 100 follows by itself."""

    bake: Seconds = Field(default=300.0, ge=0)
    """How long each step is watched."""

    min_requests: Count = Field(default=0, ge=0)
    """Requests a step must see to be judged; fewer is inconclusive, not failed."""

    abort_on: tuple[Rule, ...] = Field(default=(), examples=[["error_rate > 1%", "p95_latency > 200ms"]])
    """What sends all traffic back, such as `error_rate > 1%` or `p95_latency > 200ms`."""

    wait: Seconds = Field(default=1800.0, ge=0)
    """How long `up` drives the walk itself before it leaves it in progress."""

    approval: Flag = False
    """Whether someone must promote before the last step."""

    mirror: Annotated[Fraction, Field(gt=0)] | None = None
    """`shadow` only: share of requests that is copied to the new revision."""

    @model_validator(mode="after")
    def _plan_fits(self) -> Self:
        for before, after in pairwise(self.steps):
            if after <= before:
                raise refusal(
                    f"steps must rise; {after} follows {before}",
                    field="steps",
                    fix=f"write {sorted(set(self.steps))}",
                )
        walks = self.strategy in ("canary", "ab")
        if walks and not self.steps:
            raise refusal(f"{self.strategy} needs steps", field="steps", fix="add `steps: [10, 50]`")
        if self.steps and not walks:
            raise refusal(
                f"{self.strategy} has no steps", field="steps", fix="use strategy canary, or `steps: null`"
            )
        if self.strategy == "ab" and len(self.steps) > 1:
            raise refusal("ab holds one step", field="steps", fix=f"write `steps: [{self.steps[0]}]`")
        if (self.strategy == "shadow") != (self.mirror is not None):
            what = "shadow needs mirror" if self.mirror is None else f"{self.strategy} does not mirror"
            fix = "add `mirror: 10%`" if self.mirror is None else "use strategy shadow, or `mirror: null`"
            raise refusal(what, field="mirror", fix=fix)
        return self
