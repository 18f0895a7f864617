"""The grammar of `abort_on`: `<metric> > <value>`. Measuring and judging are the rollout's."""

from __future__ import annotations

import re
from typing import Literal, get_args

from pydantic import model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.units import to_fraction, to_seconds

Metric = Literal["error_rate", "p50_latency", "p90_latency", "p95_latency", "p99_latency"]
METRICS: tuple[str, ...] = get_args(Metric)
RULE = rf"^({'|'.join(METRICS)})\s*>\s*\S+$"
_RULE = re.compile(r"\s*([a-z0-9_]+)\s*>\s*(\S+)\s*")


class AbortRule(Spec):
    """A rollout is aborted where `metric` of the new revision is above `above`."""

    metric: Metric
    """What is measured on the new revision."""

    above: float
    """The bound: a fraction of 1 for error_rate, seconds for latencies."""

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        match = _RULE.fullmatch(value)
        if match is None or match[1] not in METRICS:
            raise refusal(
                f"{value[:60]!r} is not a rule: <metric> > <value>, metric one of {', '.join(METRICS)}",
                fix="write error_rate > 1% or p95_latency > 200ms",
            )
        share = match[1] == "error_rate"
        if match[2][-1].isdigit() and not share:
            raise refusal(f"{value!r} has no unit", fix=f"write {match[1]} > 200ms")
        return {"metric": match[1], "above": to_fraction(match[2]) if share else to_seconds(match[2])}

    def __str__(self) -> str:
        bound = f"{self.above:.6%}" if self.metric == "error_rate" else f"{self.above * 1000:f}"
        number = bound.rstrip("%")
        number = number.rstrip("0").rstrip(".") if "." in number else number
        return f"{self.metric} > {number}{'%' if self.metric == 'error_rate' else 'ms'}"
