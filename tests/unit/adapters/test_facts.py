"""Facts: an unknown value can be neither compared nor passed over."""

from __future__ import annotations

import pytest

from isoserve.adapters.base.facts import (
    Declared,
    DeferredError,
    EndpointFact,
    Props,
    RevisionFact,
    Unknown,
    facts_of,
    known,
)
from isoserve.adapters.base.registry import profiles

UNKNOWN = Unknown(path="auth")


def test_an_unknown_defers_whatever_is_done_with_it() -> None:
    for use in (
        lambda: bool(UNKNOWN),
        lambda: UNKNOWN == "none",
        lambda: UNKNOWN in ("a",),
        lambda: known(UNKNOWN),
    ):
        with pytest.raises(DeferredError, match="auth is not known yet"):
            use()


def test_a_known_value_is_itself() -> None:
    assert known("key") == "key"
    assert known(None) is None


@pytest.mark.parametrize(
    ("given", "read"), [(2.0, 2), (2, 2), (2.5, None), (True, None), ("2", None), (None, None)]
)
def test_counts_are_whole_numbers(given: object, read: int | None) -> None:
    assert Props(props={"replicas": given}).count("replicas") == read


def test_an_unknown_property_stays_unknown() -> None:
    props = Props(props={"auth": UNKNOWN, "labels": UNKNOWN, "replicas": UNKNOWN})
    assert props.text("auth") is UNKNOWN
    assert props.name("auth") is UNKNOWN
    assert props.count("replicas") is UNKNOWN
    assert props.labels() is UNKNOWN


def test_labels_keep_text_and_unknowns_only() -> None:
    labels = Props(props={"labels": {"a": "x", "b": UNKNOWN, "c": 1}}).labels()
    assert not isinstance(labels, Unknown)
    assert set(labels) == {"a", "b"}
    assert Props(props={"labels": "x"}).labels() == {}


def test_a_fact_without_a_class_counts_as_prod() -> None:
    assert EndpointFact(urn="u", name="fraud", auth="key").environment_class == "prod"


def test_local_resources_state_facts_and_others_none() -> None:
    declared = [
        Declared(token="isoserve:local:Endpoint", urn="u1", props={"endpoint": "fraud", "auth": "key"}),
        Declared(token="random:index/randomPet:RandomPet", urn="u2", props={"auth": "none"}),
        Declared(token="isoserve:local:Revision", urn="u3", props={"name": "r", "replicas": 2.0}),
    ]
    endpoint, revision = facts_of(declared, profiles())
    assert endpoint == EndpointFact(urn="u1", name="fraud", auth="key")
    assert isinstance(revision, RevisionFact)
    assert (revision.urn, revision.min_replicas, revision.max_replicas) == ("u3", 2, 2)
