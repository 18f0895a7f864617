"""What the target `sagemaker` can do: its table, limits and names. Needs no SDK; no adapter exists yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from isoserve.adapters.base.facts import Fact
from isoserve.adapters.base.limits import body_at_most, region_needed, timeout_at_most
from isoserve.adapters.base.naming import Alphabet
from isoserve.adapters.sagemaker.support import SUPPORT
from isoserve.errors import Fault

if TYPE_CHECKING:
    from isoserve.spec import ServingSpec

_NAME = Alphabet(
    max_length=63,
    pattern=r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    source="botocore 1.44.5 service model, read 2026-11",
)
_TIMEOUT_S = 60
_STREAM_TIMEOUT_S = 480
"""Of a streamed answer; recalled 2026-11, no page read."""
_TIMEOUT_SOURCE = "docs.aws.amazon.com, API_runtime_InvokeEndpoint, read 2026-11"
_BODY_BYTES = 25 * 2**20
_BODY_SOURCE = "SageMaker quotas, recalled 2026-11; older pages say 6 MB"


class SagemakerProfile:
    """The SDK-free half of the target `sagemaker`."""

    target = "sagemaker"
    support = SUPPORT
    auth = "AWS IAM (signature version 4)"
    alphabets: Mapping[str, Alphabet] = MappingProxyType(
        {"endpoint": _NAME, "model": _NAME, "variant": _NAME}
    )

    def check(self, spec: ServingSpec, /) -> Sequence[Fault]:
        """Find what SageMaker's limits forbid."""
        return [
            *region_needed(spec, "eu-central-1"),
            *timeout_at_most(spec, _TIMEOUT_S, source=_TIMEOUT_SOURCE, streamed=_STREAM_TIMEOUT_S),
            *body_at_most(spec, _BODY_BYTES, source=_BODY_SOURCE),
            *_canary(spec),
        ]

    def facts(self, token: str, urn: str, props: Mapping[str, object], /) -> Sequence[Fact]:  # noqa: ARG002
        """State nothing: no adapter declares a resource yet."""
        return []


def _canary(spec: ServingSpec) -> list[Fault]:
    """Steps are shares of instances: one instance has none, and the first step is at most half."""
    faults: list[Fault] = []
    for name, endpoint in spec.endpoints.items():
        walk = endpoint.rollout
        if walk is not None and walk.strategy == "canary" and endpoint.min_replicas < 2:
            what = (
                "a canary needs two replicas at least: steps are shares of instances (botocore, read 2026-11)"
            )
            faults.append(Fault(what=what, at=f"endpoints.{name}.rollout", fix="write `replicas: 2` or more"))
    return faults
