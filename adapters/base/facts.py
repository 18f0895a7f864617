"""Facts: neutral statements about registered resources, read by policies, plans and reports.

Says nothing about which resource of a target holds what: that is each profile's `facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from isoserve.adapters.base.labels import CLASS_LABEL

T = TypeVar("T")


class DeferredError(Exception):
    """A rule needed a value that the engine does not know yet; never a pass, never yet a violation."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path} is not known yet")


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that the engine does not know yet. To compare or test it is to defer."""

    path: str

    def __bool__(self) -> bool:
        raise DeferredError(self.path)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        raise DeferredError(self.path)

    def __hash__(self) -> int:
        return hash(self.path)


def known(value: T | Unknown) -> T:
    """Return a value that is known. Raises DeferredError for one that is not."""
    if isinstance(value, Unknown):
        raise DeferredError(value.path)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every statement carries; the subclass says what it is about."""

    urn: str
    name: str | Unknown
    """The neutral name, as the spec calls it."""
    labels: Mapping[str, str | Unknown] | Unknown = field(default_factory=dict[str, "str | Unknown"])

    def label(self, key: str) -> str | None:
        """Return one label, None if absent. Raises DeferredError."""
        value = known(self.labels).get(key)
        return None if value is None else known(value)

    @property
    def environment_class(self) -> str:
        """dev, staging or prod; prod where nothing is said, since unlabelled is not harmless."""
        return self.label(CLASS_LABEL) or "prod"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFact(Fact):
    """A model version was placed where replicas read it."""

    version: str | Unknown | None
    sha256: str | Unknown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFact(Fact):
    """An address was declared."""

    auth: str | Unknown | None
    """platform, key, jwt or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFact(Fact):
    """Replicas were declared. Counts are replicas; `max_replicas` None means no ceiling."""

    endpoint: str | Unknown | None
    min_replicas: int | Unknown | None
    max_replicas: int | Unknown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFact(Fact):
    """Traffic was moved."""

    revision: str | Unknown | None
    previous: str | Unknown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A registered resource as the engine tells it; unknown values are `Unknown`."""

    token: str
    urn: str
    props: Mapping[str, object]


class StatesFacts(Protocol):
    """The part of a profile that facts need."""

    def facts(self, token: str, urn: str, props: Mapping[str, object], /) -> Sequence[Fact]: ...  # noqa: D102


def facts_of(resources: Iterable[Declared], profiles: Iterable[StatesFacts]) -> list[Fact]:
    """Gather what all profiles say about all resources, in the order of the resources."""
    speakers = list(profiles)
    return [
        fact
        for declared in resources
        for profile in speakers
        for fact in profile.facts(declared.token, declared.urn, declared.props)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """Reads one resource's inputs with their types; a value of another type counts as absent."""

    props: Mapping[str, object]

    def name(self, key: str) -> str | Unknown:
        """Return a string, empty if absent or not a string."""
        value = self.text(key)
        return "" if value is None else value

    def text(self, key: str) -> str | Unknown | None:
        """Return a string, None if absent or not a string."""
        value = self.props.get(key)
        return value if isinstance(value, (str, Unknown)) else None

    def count(self, key: str) -> int | Unknown | None:
        """Return a whole number; the engine sends every number as a float."""
        value = self.props.get(key)
        if isinstance(value, Unknown):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
            return None
        return int(value)

    def labels(self, key: str = "labels") -> Mapping[str, str | Unknown] | Unknown:
        """Return a map of strings; entries of another type are left out."""
        value = self.props.get(key)
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, Mapping):
            return {}
        pairs: Mapping[object, object] = value  # pyright: ignore[reportUnknownVariableType]
        return {str(k): v for k, v in pairs.items() if isinstance(v, (str, Unknown))}
