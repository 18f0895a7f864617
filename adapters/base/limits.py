"""Checks that several targets share, each with its own numbers. Knows no target.

Each function returns faults whose text names the limit and the page that states it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from isoserve.errors import Fault

if TYPE_CHECKING:
    from isoserve.spec import ServingSpec

MIB = 2**20


def region_needed(spec: ServingSpec, example: str) -> Sequence[Fault]:
    """Refuse an environment without a region, on a target whose provider needs one."""
    if spec.environment.region:
        return []
    what = f"target {spec.environment.target!r} needs a region"
    return [Fault(what=what, at="environment.region", fix=f"write `region: {example}`")]


def region_unknown(spec: ServingSpec) -> Sequence[Fault]:
    """Refuse a region on a target that has none: ignoring it would hide a mistake."""
    if not spec.environment.region:
        return []
    what = f"target {spec.environment.target!r} has no regions, and {spec.environment.region!r} was given"
    return [Fault(what=what, at="environment.region", fix="remove `region`")]


def timeout_at_most(
    spec: ServingSpec, seconds: float, *, source: str, streamed: float | None = None
) -> Sequence[Fault]:
    """Refuse a request time-out longer than the platform lets a request (or a `streamed` one) run."""
    faults: list[Fault] = []
    for name, endpoint in spec.endpoints.items():
        limit = streamed if streamed is not None and endpoint.requests.stream else seconds
        if endpoint.requests.timeout > limit:
            what = f"requests may run {endpoint.requests.timeout:g} s, the target allows {limit:g} ({source})"
            at = f"endpoints.{name}.requests.timeout"
            faults.append(Fault(what=what, at=at, fix=f"write `timeout: {limit:g}s` or less"))
    return faults


def body_at_most(spec: ServingSpec, limit: int, *, source: str) -> Sequence[Fault]:
    """Refuse a request body, in bytes, larger than the platform accepts."""
    return [
        Fault(
            what=f"bodies may have {endpoint.requests.max_body} bytes; the target accepts {limit} ({source})",
            at=f"endpoints.{name}.requests.max_body",
            fix=f"write `max_body: {limit}B` or less",
        )
        for name, endpoint in spec.endpoints.items()
        if endpoint.requests.max_body > limit
    ]
