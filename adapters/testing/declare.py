"""Declares one whole stack through an adapter, in the order in which components do. Asserts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from isoserve.adapters.base.adapter import Adapter, Context
from isoserve.adapters.base.facts import Fact, facts_of
from isoserve.adapters.base.labels import labels_of
from isoserve.adapters.testing.recorder import ORGANIZATION, PROJECT, STACK, Recording, record
from isoserve.spec import ServingSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A recorded stack, with its facts by the adapter's own profile."""

    recording: Recording
    facts: list[Fact]

    def value(self, name: str) -> object:
        """Return an output of `_declare`, such as `fraud.url`, `fraud.revision` or `fraud.key`."""
        return self.recording.values[name]

    def urn(self, name: str) -> str:
        """Return the URN of `fraud.model`, `fraud.endpoint`, `fraud.revision` or `fraud.release`."""
        return str(self.recording.values[f"{name}.urn"])


def declare_stack(adapter: Adapter, spec: ServingSpec) -> Declaration:
    """Record what the adapter declares for a spec. Raises what the adapter raises."""
    recording = record(lambda: _declare(adapter, spec))
    declared = [row.declared() for row in recording.rows]
    return Declaration(recording=recording, facts=facts_of(declared, [adapter.profile]))


def _declare(adapter: Adapter, spec: ServingSpec) -> Mapping[str, pulumi.Input[object]]:
    component = pulumi.ComponentResource("isoserve:testing:Stack", spec.service.name)
    ctx = Context(
        organization=ORGANIZATION,
        project=PROJECT,
        stack=STACK,
        labels=labels_of(spec),
        parent=component,
        provider=None,
        spec=spec,
    )
    ctx = ctx.on(adapter.platform(ctx))
    found: dict[str, pulumi.Input[object]] = {}
    for name, endpoint in spec.endpoints.items():
        model = adapter.model(endpoint.model, spec.models[endpoint.model], spec.pins[endpoint.model], ctx)
        at = adapter.node_pool(name, endpoint, ctx)
        address = adapter.endpoint(name, endpoint, ctx)
        revision = adapter.revision(name, endpoint, address, model, at, ctx)
        release = adapter.release(name, endpoint, address, revision, None, ctx)
        found |= {
            f"{name}.url": address.url,
            f"{name}.name": address.name,
            f"{name}.auth": address.auth,
            f"{name}.protocol": address.protocol,
            f"{name}.curl": address.curl,
            f"{name}.revision": revision.name,
            f"{name}.digest": revision.digest,
            f"{name}.live": release.live,
            f"{name}.model.urn": model.resource.urn,
            f"{name}.endpoint.urn": address.resource.urn,
            f"{name}.revision.urn": revision.resource.urn,
            f"{name}.release.urn": release.resource.urn,
        }
        if address.key is not None:
            found[f"{name}.key"] = address.key
    return found
