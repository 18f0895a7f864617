"""The whole stack of one service in one environment. Orders the calls; declares nothing of a target."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from isoserve.adapters.base.adapter import Context
from isoserve.adapters.base.capabilities import profile_of, refuse_unsupported
from isoserve.adapters.base.labels import labels_of
from isoserve.adapters.base.registry import get_adapter
from isoserve.components.endpoint import Endpoint
from isoserve.spec import ServingSpec


class ModelServing(pulumi.ComponentResource):
    """Endpoints of one service, identical on every target.

    Everything that can be refused is refused before the first resource is
    registered, all faults together: UnsupportedError, TargetError.
    """

    endpoints: Mapping[str, Mapping[str, pulumi.Input[object]]]
    """Per endpoint what a caller needs; see `Endpoint.outputs`."""

    def __init__(self, name: str, spec: ServingSpec, opts: pulumi.ResourceOptions | None = None) -> None:
        profile = profile_of(spec)
        refuse_unsupported(
            spec, profile, organization=pulumi.get_organization(), project=pulumi.get_project()
        )
        adapter = get_adapter(spec.environment.target)
        super().__init__("isoserve:index:ModelServing", name, None, opts)
        ctx = _context(spec, self)
        ctx = ctx.on(adapter.platform(ctx))
        used = sorted({endpoint.model for endpoint in spec.endpoints.values()})
        models = {model: adapter.model(model, spec.models[model], spec.pins[model], ctx) for model in used}
        self.endpoints = {
            endpoint: Endpoint(endpoint, wanted, models[wanted.model], adapter, ctx).outputs
            for endpoint, wanted in spec.endpoints.items()
        }
        self.register_outputs({"endpoints": self.endpoints})


def _context(spec: ServingSpec, parent: pulumi.Resource) -> Context:
    return Context(
        organization=pulumi.get_organization(),
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        labels=labels_of(spec),
        parent=parent,
        provider=None,
        spec=spec,
    )
