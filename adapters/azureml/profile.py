"""What the target `azureml` can do: its table, limits and names. Needs no SDK; no adapter exists yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from isoserve.adapters.azureml.support import SUPPORT
from isoserve.adapters.base.facts import Fact
from isoserve.adapters.base.limits import region_needed, timeout_at_most
from isoserve.adapters.base.naming import Alphabet
from isoserve.errors import Fault

if TYPE_CHECKING:
    from isoserve.spec import ServingSpec

_QUOTA = "learn.microsoft.com/azure/machine-learning/how-to-manage-quotas, read 2026-11"
_NAME = Alphabet(min_length=3, max_length=32, pattern=r"[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])?", source=_QUOTA)
_MODEL = Alphabet(max_length=255, pattern=r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", source=_QUOTA)
_TIMEOUT_S = 180
"""Of a managed endpoint. A copy of the page of 2023-07 said 90; the page as read says 180, and it decides."""
_MIRROR = 0.5


class AzuremlProfile:
    """The SDK-free half of the target `azureml`."""

    target = "azureml"
    support = SUPPORT
    auth = "Microsoft Entra ID (AADToken)"
    alphabets: Mapping[str, Alphabet] = MappingProxyType(
        {"endpoint": _NAME, "deployment": _NAME, "model": _MODEL}
    )

    def check(self, spec: ServingSpec, /) -> Sequence[Fault]:
        """Find what Azure ML's limits forbid."""
        return [
            *region_needed(spec, "westeurope"),
            *timeout_at_most(spec, _TIMEOUT_S, source=_QUOTA),
            *_mirrors(spec),
        ]

    def facts(self, token: str, urn: str, props: Mapping[str, object], /) -> Sequence[Fact]:  # noqa: ARG002
        """State nothing: no adapter declares a resource yet."""
        return []


def _mirrors(spec: ServingSpec) -> list[Fault]:
    return [
        Fault(
            what="Azure ML mirrors at most 50 % (how-to-safely-rollout-online-endpoints, read 2026-11)",
            at=f"endpoints.{name}.rollout.mirror",
            fix="write `mirror: 50%` or less",
        )
        for name, endpoint in spec.endpoints.items()
        if endpoint.rollout is not None and (endpoint.rollout.mirror or 0) > _MIRROR
    ]
