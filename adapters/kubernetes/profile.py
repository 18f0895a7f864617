"""What the target `kubernetes` can do: its table, limits and names. Needs no SDK; no adapter exists yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from isoserve.adapters.base.facts import Fact
from isoserve.adapters.base.limits import region_unknown
from isoserve.adapters.base.naming import DNS_LABEL, Alphabet
from isoserve.adapters.kubernetes.support import SUPPORT
from isoserve.errors import Fault

if TYPE_CHECKING:
    from isoserve.spec import ServingSpec


class KubernetesProfile:
    """The SDK-free half of the target `kubernetes`."""

    target = "kubernetes"
    support = SUPPORT
    auth = "the environment's OIDC issuer (a bearer token)"
    alphabets: Mapping[str, Alphabet] = MappingProxyType({"endpoint": DNS_LABEL, "model": DNS_LABEL})

    def check(self, spec: ServingSpec, /) -> Sequence[Fault]:
        """Find what a cluster's limits forbid."""
        return region_unknown(spec)

    def facts(self, token: str, urn: str, props: Mapping[str, object], /) -> Sequence[Fact]:  # noqa: ARG002
        """State nothing: no adapter declares an object yet."""
        return []
