"""Creates that a killed run left open."""

from __future__ import annotations

import pytest

from isoserve.engine.pending import pending_creates, settle

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
    found = settle(deployment("a", "b", a="creating", b="updating"))

    assert found.deployment == deployment("a", "b")
    assert not found.adopted
    assert not found.unknown


def test_nothing_to_settle() -> None:
    assert settle(deployment("a", b="updating")).deployment is None
    assert settle({}).deployment is None


def test_an_open_create_of_another_plugin_stays_and_so_does_all_else() -> None:
    found = settle(deployment("a", a="creating", c="creating"))

    assert found.deployment is None
    assert found.unknown == ["c"]


OURS = "urn:pulumi:demo::serving::isoserve:local:"
PROVIDER = "urn:pulumi:demo::serving::pulumi:providers:isoserve::isoserve"


def ours(kind: str, inputs: dict[str, object], *, provider_there: bool = True) -> dict[str, object]:
    resource = {
        "urn": f"{OURS}{kind}::x",
        "type": f"isoserve:local:{kind}",
        "custom": True,
        "inputs": inputs,
        "provider": f"{PROVIDER}::p-1",
        "parent": "urn:gone",
        "dependencies": ["urn:gone", PROVIDER],
        "propertyDependencies": {"artifact": ["urn:gone"]},
    }
    there = [{"urn": PROVIDER, "id": "p-1"}] if provider_there else []
    return {"resources": there, "pending_operations": [{"resource": resource, "type": "creating"}] * 2}


@pytest.mark.parametrize(("kind", "made_id"), [("Revision", "r-1"), ("Release", "e-1")])
def test_an_open_create_of_our_own_becomes_a_resource(kind: str, made_id: str) -> None:
    inputs: dict[str, object] = {"name": "r-1", "endpoint": "e-1"}

    found = settle(ours(kind, inputs))

    assert found.deployment is not None
    assert found.deployment["pending_operations"] == []
    assert found.deployment["resources"] == [
        {"urn": PROVIDER, "id": "p-1"},
        {
            "urn": f"{OURS}{kind}::x",
            "type": f"isoserve:local:{kind}",
            "custom": True,
            "inputs": inputs,
            "outputs": inputs,
            "id": made_id,
            "provider": f"{PROVIDER}::p-1",
            "dependencies": [PROVIDER],
        },
    ]
    assert found.adopted == ["x"]


@pytest.mark.parametrize(
    "state",
    [ours("Revision", {"endpoint": "e"}), ours("Revision", {"name": "r"}, provider_there=False)],
    ids=["no id", "no provider"],
)
def test_without_id_or_provider_it_cannot_be_taken_over(state: dict[str, object]) -> None:
    assert settle(state).unknown == ["x"]
