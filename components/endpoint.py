"""One endpoint with its revision and its release. Knows no other endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from isoserve.adapters.base.adapter import Adapter, Context
from isoserve.adapters.base.labels import ENDPOINT_LABEL
from isoserve.adapters.base.refs import ModelRef
from isoserve.spec import EndpointSpec


class Endpoint(pulumi.ComponentResource):
    """A stable address, the revision behind it, and the release that sends traffic there.

    The release waits for its revision, so the engine deletes a former revision
    only after the release has succeeded.
    """

    outputs: Mapping[str, pulumi.Input[object]]
    """What a caller needs: url, protocol, auth, key (secret), revision, live, curl."""

    def __init__(
        self, name: str, spec: EndpointSpec, model: ModelRef, adapter: Adapter, ctx: Context
    ) -> None:
        super().__init__("isoserve:index:Endpoint", name, None, ctx.child())
        ctx = replace(ctx.under(self), labels={**ctx.labels, ENDPOINT_LABEL: name})
        at = adapter.node_pool(name, spec, ctx)
        endpoint = adapter.endpoint(name, spec, ctx)
        revision = adapter.revision(name, spec, endpoint, model, at, ctx)
        release = adapter.release(name, spec, endpoint, revision, None, ctx)
        outputs: dict[str, pulumi.Input[object]] = {
            "url": endpoint.url,
            "protocol": endpoint.protocol,
            "auth": endpoint.auth,
            "model": f"{model.name} {model.version}",
            "revision": revision.name,
            "live": release.live,
            "curl": endpoint.curl,
        }
        if endpoint.key is not None:
            outputs["key"] = endpoint.key
        self.outputs = outputs
        self.register_outputs(outputs)
