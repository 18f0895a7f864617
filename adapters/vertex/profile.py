"""What the target `vertex` can do: its table, limits and names. Needs no SDK; no adapter exists yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from isoserve.adapters.base.facts import Fact
from isoserve.adapters.base.limits import body_at_most, region_needed, timeout_at_most
from isoserve.adapters.base.naming import Alphabet
from isoserve.adapters.vertex.support import SUPPORT
from isoserve.errors import Fault

if TYPE_CHECKING:
    from isoserve.spec import ServingSpec

_ENDPOINT = Alphabet(
    max_length=10,
    pattern=r"[1-9][0-9]{0,9}",
    digits_only=True,
    source="pulumi-gcp 10.2.0, AiEndpoint.name, read 2026-11",
)
_MODEL = Alphabet(max_length=63, pattern=r"[a-z][a-z0-9_-]*", source="Model.upload model_id, read 2026-11")
_TIMEOUT_S = 3600
_BODY_BYTES = 10_000_000
_SOURCE = "docs.cloud.google.com/vertex-ai, choose-endpoint-type, dedicated endpoint, read 2026-11"


class VertexProfile:
    """The SDK-free half of the target `vertex`."""

    target = "vertex"
    support = SUPPORT
    auth = "Google Cloud IAM (an OAuth bearer token)"
    alphabets: Mapping[str, Alphabet] = MappingProxyType({"endpoint": _ENDPOINT, "model": _MODEL})

    def check(self, spec: ServingSpec, /) -> Sequence[Fault]:
        """Find what Vertex AI's limits forbid."""
        return [
            *region_needed(spec, "europe-west4"),
            *timeout_at_most(spec, _TIMEOUT_S, source=_SOURCE),
            *body_at_most(spec, _BODY_BYTES, source=_SOURCE),
        ]

    def facts(self, token: str, urn: str, props: Mapping[str, object], /) -> Sequence[Fact]:  # noqa: ARG002
        """State nothing: no adapter declares a resource yet."""
        return []
