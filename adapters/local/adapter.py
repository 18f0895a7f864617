"""The target local: declares artifacts, endpoints, revisions and releases of the machine's agent."""

from __future__ import annotations

import os
from pathlib import Path

import pulumi

from isoserve.adapters.base.adapter import Context
from isoserve.adapters.base.naming import digest8
from isoserve.adapters.base.refs import EndpointRef, ModelRef, Placement, ReleaseRef, RevisionRef
from isoserve.adapters.local import resources
from isoserve.adapters.local.profile import LocalProfile
from isoserve.spec import EndpointSpec, ModelSpec

_ARTIFACTS = f"{resources.STATE_DIR}/artifacts"


class LocalAdapter:
    """Implements the adapter interface on one machine."""

    def __init__(self) -> None:
        self.profile = LocalProfile()

    def platform(self, ctx: Context, /) -> pulumi.ProviderResource:
        """Point the plugin at the project's agent."""
        return resources.Platform(
            f"{ctx.spec.service.name}-platform", state_dir=resources.STATE_DIR, opts=ctx.child()
        )

    def model(self, name: str, spec: ModelSpec, version: str, ctx: Context, /) -> ModelRef:
        """Copy one version's artifact into the agent's folder, verified by its checksum."""
        sha256 = spec.versions[version].sha256 or ""
        source = ctx.spec.artifact_path(name, version) or Path(spec.versions[version].uri)
        physical = ctx.physical_name(f"{name}-{version}", self.profile.alphabets["endpoint"], kind="artifact")
        inputs: dict[str, object] = {
            "name": f"{physical}-{sha256[:8]}",
            "uri": os.path.relpath(source, ctx.spec.root),
            "sha256": sha256,
            "model": name,
            "version": version,
            "labels": dict(ctx.labels),
        }
        artifact = resources.Artifact(f"{name}-{version}-artifact", inputs, ctx.child())
        location = pulumi.Output.from_input(f"{_ARTIFACTS}/{inputs['name']}")
        return ModelRef(name=name, version=version, sha256=sha256, location=location, resource=artifact)

    def node_pool(self, name: str, spec: EndpointSpec, ctx: Context, /) -> Placement:  # noqa: ARG002
        """Run on this machine."""
        return Placement()

    def endpoint(self, name: str, spec: EndpointSpec, ctx: Context, /) -> EndpointRef:
        """Open a port of the gateway."""
        physical = _endpoint_name(name, ctx, self.profile)
        inputs: dict[str, object] = {
            "name": physical,
            "endpoint": name,
            "model_name": spec.model,
            "auth": "none" if spec.access.auth == "none" else "key",
            "timeout_s": spec.requests.timeout,
            "max_body_bytes": spec.requests.max_body,
            "stream": spec.requests.stream,
            "protocol": spec.requests.protocol,
            "labels": dict(ctx.labels),
        }
        if (port := spec.native.get("local", {}).get("port")) is not None:
            inputs["fixed_port"] = port
        made = resources.Endpoint(f"{name}-endpoint", inputs, ctx.child())
        key = None if spec.access.auth == "none" else pulumi.Output.secret(made.key)
        return EndpointRef(
            name=pulumi.Output.from_input(physical),
            url=made.url,
            protocol=spec.requests.protocol,
            auth="none" if key is None else "API key (authorization: Bearer, or x-api-key)",
            key=key,
            curl=made.url.apply(lambda url: _curl(url, name, spec, ctx)),
            resource=made,
        )

    def revision(
        self,
        name: str,
        spec: EndpointSpec,
        of: EndpointRef,
        model: ModelRef,
        at: Placement,  # noqa: ARG002
        ctx: Context,
        /,
    ) -> RevisionRef:
        """Start replicas under a name that is the digest of everything immutable about them."""
        immutable: dict[str, object] = {
            "server": _server(spec),
            "model_name": model.name,
            "model_version": model.version,
            "model_format": ctx.spec.models[model.name].format,
            "sha256": model.sha256,
        }
        digest = digest8(immutable)
        endpoint = _endpoint_name(name, ctx, self.profile)
        physical = f"{endpoint}-{digest}"
        inputs = {
            **immutable,
            "endpoint": endpoint,
            "name": physical,
            "artifact": model.location,
            "replicas": spec.min_replicas,
            "ready_within_s": spec.ready_within,
            "labels": dict(ctx.labels),
        }
        options = ctx.child(after=[of.resource, model.resource])
        made = resources.Revision(f"{name}-{digest}-revision", inputs, options)
        return RevisionRef(name=pulumi.Output.from_input(physical), digest=digest, resource=made)

    def release(
        self,
        name: str,
        spec: EndpointSpec,
        of: EndpointRef,
        to: RevisionRef,
        previous: RevisionRef | None,
        ctx: Context,
        /,
    ) -> ReleaseRef:
        """Switch all traffic once the revision is ready."""
        endpoint = _endpoint_name(name, ctx, self.profile)
        inputs: dict[str, object] = {
            "endpoint": endpoint,
            "revision": f"{endpoint}-{to.digest}",
            "drain_s": spec.requests.timeout,
            "labels": dict(ctx.labels),
        }
        after = [of.resource, to.resource, *([previous.resource] if previous else [])]
        made = resources.Release(f"{name}-release", inputs, ctx.child(after=after))
        return ReleaseRef(live=made.live, resource=made)


def _server(spec: EndpointSpec) -> dict[str, object]:
    server = spec.server
    routes = {"ready_path": server.routes.ready, "live_path": server.routes.live}
    return {
        "kind": server.kind,
        "command": list(server.command),
        "args": dict(server.args),
        # numeric libraries would otherwise start a thread per processor in every replica
        "env": {"OMP_NUM_THREADS": str(max(1, int(spec.resources.cpu))), **server.env},
        "secrets": dict(server.secrets),
        **{name: path for name, path in routes.items() if path is not None},
    }


def _endpoint_name(name: str, ctx: Context, profile: LocalProfile) -> str:
    return ctx.physical_name(name, profile.alphabets["endpoint"])


def _curl(url: str, name: str, spec: EndpointSpec, ctx: Context) -> str:
    """Return a command that works as printed, and reads the key itself.

    It asks what the protocol lets everybody ask; a raw server it sends an empty JSON object.
    """
    words = ["curl"]
    if spec.access.auth != "none":
        key = f"$(isoserve outputs endpoints.{name}.key -s {ctx.stack} --show-secrets)"
        words.append(f'-H "authorization: Bearer {key}"')
    if spec.requests.protocol == "raw":
        words.append("-X POST -H 'content-type: application/json' -d '{}'")
        route = spec.server.routes.predict or "/"
    else:
        route = f"/v2/models/{spec.model}" if spec.requests.protocol == "v2" else "/v1/models"
    return " ".join([*words, f"{url}{route}"])
