"""What a stack's files come to: values, origins, and how the target does what is asked. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from isoserve.adapters.base.demands import PROTOCOLS, Demand, demands
from isoserve.adapters.base.naming import Scope
from isoserve.adapters.base.refusal import CLASS_LAYER, Places, profile_of, refusals
from isoserve.adapters.base.registry import profiles
from isoserve.adapters.base.support import Capability, Support
from isoserve.cli.endpoints import as_mapping
from isoserve.errors import Fault
from isoserve.spec import Origin, ServingSpec, load_origins, load_serving

if TYPE_CHECKING:
    from isoserve.adapters.base.profile import Profile

_PARTS = ("service", "environment", "models", "endpoints", "pins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One merged value."""

    path: str
    value: object
    origin: Origin | None
    """None for a default that no file states."""
    asks: Sequence[Capability]

    @property
    def stated(self) -> bool:
        """Whether somebody wrote it, rather than a class or a type."""
        return self.origin is not None and self.origin.layer != CLASS_LAYER


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing that is asked of the target, and its answer."""

    demand: Demand
    support: Support


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What a caller meets on one target."""

    target: str
    auth: str
    protocol: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that `explain` shows."""

    spec: ServingSpec
    fields: Sequence[Field]
    asked: Sequence[Asked]
    refused: Sequence[Fault]
    auth: str
    """What `auth: platform` means on this target."""
    elsewhere: Sequence[Elsewhere]


def explain(root: Path, stack: str) -> Explanation:
    """Read and judge one stack; opens no socket and needs no cloud extra.

    Raises SpecError for faults in the files and for an unknown target.
    What the target refuses is part of the answer, not an error.
    """
    spec = load_serving(root, stack)
    origins = load_origins(root, stack)
    profile = profile_of(spec)
    where = Places(origins=origins)
    asked = list(demands(spec, where.written))
    scope = Scope(organization="organization", project="serving", stack=stack)
    return Explanation(
        spec=spec,
        fields=list(_fields(spec, {_plain(path): origin for path, origin in origins.items()}, asked)),
        asked=[Asked(demand=one, support=profile.support[one.capability]) for one in asked],
        refused=refusals(spec, profile, where=where, scope=scope),
        auth=profile.auth,
        elsewhere=[_elsewhere(other, spec) for other in profiles()],
    )


def auth_in_words(explanation: Explanation, endpoint: str) -> str:
    """Return how a caller of the endpoint proves itself on this stack's target."""
    auth = explanation.spec.endpoints[endpoint].access.auth
    return explanation.auth if auth == "platform" else auth


def _fields(spec: ServingSpec, origins: Mapping[str, Origin], asked: Sequence[Demand]) -> Iterator[Field]:
    dumped = spec.model_dump(mode="json", by_alias=True, include=set(_PARTS))
    for part in _PARTS:
        for path, value in _leaves(dumped[part], part):
            asks = [one.capability for one in asked if _below(path, _plain(one.at))]
            yield Field(path=path, value=value, origin=origins.get(path), asks=asks)


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if inside := as_mapping(value):
        for key, item in inside.items():
            yield from _leaves(item, f"{path}.{key}")
    else:
        yield path, value


def _below(path: str, at: str) -> bool:
    # a whole endpoint asks for things too: those are not said of each of its fields
    if at.count(".") < 2:
        return path == at
    return path == at or path.startswith(f"{at}.")


def _plain(path: str) -> str:
    """Origins quote a key that would read as something else, such as a version."""
    return path.replace('"', "")


def _elsewhere(profile: Profile, spec: ServingSpec) -> Elsewhere:
    spoken = sorted({endpoint.requests.protocol for endpoint in spec.endpoints.values()})
    answers = [profile.support[PROTOCOLS[protocol]] for protocol in spoken]
    levels = [f"{name}: {answer.level.name.lower()}" for name, answer in zip(spoken, answers, strict=True)]
    return Elsewhere(
        target=profile.target, auth=profile.auth, protocol=", ".join(spoken), level=", ".join(levels)
    )
