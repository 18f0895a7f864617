"""Creates that a killed run left open."""

from __future__ import annotations

from isoserve.engine.pending import pending_creates, without_settled

URN = "urn:pulumi:demo::serving::probe:index:Thing::"


def deployment(*there: str, **pending: str) -> dict[str, object]:
    operations = [{"resource": {"urn": URN + name}, "type": kind} for name, kind in pending.items()]
    return {
        "resources": [{"urn": URN + name} for name in there],
        "pending_operations": operations,
        "manifest": {},
    }


def test_only_creates_are_named() -> None:
    assert pending_creates(deployment(a="creating", b="updating", c="creating")) == ["a", "c"]
    assert pending_creates({"resources": []}) == []


def test_a_create_is_settled_once_its_resource_is_there() -> None:
    settled = without_settled(deployment("a", "b", a="creating", b="updating", c="creating"))

    assert settled == deployment("a", "b", b="updating", c="creating")


def test_nothing_to_settle() -> None:
    assert without_settled(deployment("a", c="creating")) is None
    assert without_settled({}) is None
