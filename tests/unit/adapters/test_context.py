"""The context hands parent, provider and order to every child."""

from __future__ import annotations

import pulumi

from isoserve.adapters.base.adapter import Context
from isoserve.adapters.base.naming import DNS_LABEL, Scope, physical_name
from isoserve.adapters.testing.recorder import record
from isoserve.adapters.testing.specs import serving_spec


class Thing(pulumi.CustomResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("acme:index:Thing", name, {"size": 2, "word": pulumi.Output.secret("hidden")}, opts)


class AcmeProvider(pulumi.ProviderResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("acme", name, {}, opts)


def context() -> Context:
    return Context(
        organization="acme",
        project="serving",
        stack="fraud-test",
        labels={},
        parent=None,
        provider=None,
        spec=serving_spec("local"),
    )


def test_a_child_has_parent_provider_order_and_more() -> None:
    def declare() -> dict[str, pulumi.Input[object]]:
        parent = pulumi.ComponentResource("acme:index:Group", "group")
        ctx = context().under(parent)
        ctx = ctx.on(AcmeProvider("acme", ctx.child()))
        first = Thing("first", ctx.child())
        Thing("second", ctx.child(after=[first], protect=True))
        return {}

    group, provider, first, second = record(declare).rows
    assert [row.parent for row in (provider, first, second)] == [group.urn] * 3
    assert {row.provider for row in (first, second)} == {f"{provider.urn}::acme-id"}
    assert second.after == {first.urn}
    assert (first.protect, second.protect) == (False, True)


def test_the_recorder_hides_secrets_and_restores_numbers() -> None:
    def declare() -> dict[str, pulumi.Input[object]]:
        return {"urn": Thing("thing", pulumi.ResourceOptions()).urn, "key": pulumi.Output.secret("x")}

    recording = record(declare)
    assert recording.rows[0].inputs == {"size": 2, "word": "<secret>"}
    assert recording.values["urn"] == recording.rows[0].urn
    assert recording.secret == {"key"}


def test_physical_names_are_of_the_contexts_scope() -> None:
    scope = Scope(organization="acme", project="serving", stack="fraud-test")
    want = physical_name("fraud", scope=scope, kind="revision", alphabet=DNS_LABEL, suffix="1a2b3c4d")
    assert context().physical_name("fraud", DNS_LABEL, kind="revision", suffix="1a2b3c4d") == want
