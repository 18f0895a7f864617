"""What a spec asks of its target, and where it asks. Knows no target, and judges nothing (`refusal` does).

Only what somebody wrote can ask for more than the ground every target stands on (`BASIC`): a default must
never be a reason to refuse. Callers say what was written; without that, every field that is set counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isoserve.adapters.base.support import Capability

if TYPE_CHECKING:
    from isoserve.spec import EndpointSpec, EnvironmentSpec, ServingSpec

Written = Callable[[str], bool]
"""Tells whether somebody wrote this dotted path; False for what a class or a type sets by default."""

BASIC = frozenset({Capability.ENDPOINT, Capability.RELEASE})
"""Asked by every endpoint."""

_SERVERS: Mapping[str, Capability] = {
    "mlserver": Capability.MLSERVER,
    "custom": Capability.CUSTOM_SERVER,
    "vllm": Capability.LLM_SERVER,
    "sglang": Capability.LLM_SERVER,
    "tgi": Capability.LLM_SERVER,
}
PROTOCOLS: Mapping[str, Capability] = {
    "v2": Capability.PROTOCOL_V2,
    "openai": Capability.PROTOCOL_OPENAI,
    "raw": Capability.PROTOCOL_RAW,
}
"""Protocol of an endpoint → what it asks."""
_AUTH: Mapping[str, Capability] = {
    "platform": Capability.AUTH_PLATFORM,
    "key": Capability.AUTH_KEY,
    "jwt": Capability.AUTH_JWT,
    "none": Capability.AUTH_NONE,
}
_SIGNALS: Mapping[str, Capability] = {
    "concurrency": Capability.SCALE_ON_CONCURRENCY,
    "utilization": Capability.SCALE_ON_UTILIZATION,
    "gpu_utilization": Capability.SCALE_ON_GPU,
    "latency": Capability.SCALE_ON_LATENCY,
    "queue": Capability.SCALE_ON_QUEUE,
}
_STRATEGIES: Mapping[str, Capability] = {
    "canary": Capability.ROLLOUT_STEPS,
    "blue_green": Capability.KEEP_PREVIOUS,
    "shadow": Capability.SHADOW,
    "ab": Capability.AB_TEST,
}
_SCHEMES: Mapping[str, Capability] = {
    "hf": Capability.ARTIFACT_HUB,
    "models": Capability.ARTIFACT_REGISTRY,
}
_EXISTING: Mapping[str, Capability] = {
    "network": Capability.PRIVATE_NETWORK,
    "identity": Capability.WORKLOAD_IDENTITY,
    "key": Capability.CUSTOMER_KEY,
    "artifact_store": Capability.GIVEN_STORE,
    "image_registry": Capability.GIVEN_REGISTRY,
    "alerts": Capability.ALERTS,
}
_MONITORS: Mapping[str, Capability] = {
    "drift": Capability.MONITOR_DATA,
    "quality": Capability.MONITOR_DATA,
    "performance": Capability.MONITOR_MODEL,
    "fairness": Capability.MONITOR_MODEL,
    "retrain": Capability.RETRAINING,
}

_Asks = Iterator[tuple[bool, Capability, str]]
"""Whether it is asked, what is asked, and the path that asks, below the endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One capability, asked at one dotted path."""

    capability: Capability
    at: str


def everything_set(path: str) -> bool:  # noqa: ARG001 the answer for a spec that no file states
    """Take whatever is set for written."""
    return True


def demands(spec: ServingSpec, written: Written = everything_set) -> Sequence[Demand]:
    """List every demand, endpoints first; the same capability may be asked at several paths."""
    found: list[Demand] = []
    for name, endpoint in spec.endpoints.items():
        at = f"endpoints.{name}"
        found += (
            Demand(capability=capability, at=f"{at}{path}")
            for asked, capability, path in _endpoint(endpoint, spec.environment.target)
            if asked and (capability in BASIC or written(f"{at}{path}"))
        )
    found += _artifacts(spec)
    found += _environment(spec.environment)
    return found


def required(spec: ServingSpec, written: Written = everything_set) -> Mapping[Capability, str]:
    """Map each capability that the spec asks to the first config path that asks it."""
    first: dict[Capability, str] = {}
    for demand in demands(spec, written):
        first.setdefault(demand.capability, demand.at)
    return first


def _endpoint(endpoint: EndpointSpec, target: str) -> _Asks:
    yield True, Capability.ENDPOINT, ""
    yield True, Capability.RELEASE, ""
    yield endpoint.adopt, Capability.ADOPT, ".adopt"
    yield endpoint.name_on_target is not None, Capability.NAME_ON_TARGET, ".name_on_target"
    yield bool(endpoint.native.get(target)), Capability.NATIVE_SETTINGS, f".native.{target}"
    yield endpoint.capture is not None, Capability.CAPTURE, ".capture"
    for watched, capability in _MONITORS.items():
        asked = endpoint.monitors is not None and getattr(endpoint.monitors, watched) is not None
        yield asked, capability, f".monitors.{watched}"
    yield from _server(endpoint)
    yield from _requests(endpoint)
    yield from _size(endpoint)
    yield from _scaling(endpoint)
    yield from _rollout(endpoint)
    yield from _access(endpoint)


def _server(endpoint: EndpointSpec) -> _Asks:
    server = endpoint.server
    image_only = server.kind == "custom" and not server.command
    yield not image_only, _SERVERS.get(server.kind, Capability.OTHER_SERVER), ".server"
    yield server.image is not None, Capability.SERVER_IMAGE, ".server.image"
    yield server.front == "none", Capability.FRONT_NONE, ".server.front"
    yield bool(server.secrets), Capability.SERVER_SECRETS, ".server.secrets"
    yield server.ports.grpc is not None, Capability.GRPC, ".server.ports.grpc"


def _requests(endpoint: EndpointSpec) -> _Asks:
    requests = endpoint.requests
    yield True, PROTOCOLS[requests.protocol], ".requests.protocol"
    yield requests.stream, Capability.STREAMING, ".requests.stream"
    yield "timeout" in requests.model_fields_set, Capability.REQUEST_TIMEOUT, ".requests.timeout"
    yield "max_body" in requests.model_fields_set, Capability.BODY_LIMIT, ".requests.max_body"


def _size(endpoint: EndpointSpec) -> _Asks:
    yield "resources" in endpoint.model_fields_set, Capability.RESOURCES, ".resources"
    yield bool(endpoint.accelerator), Capability.ACCELERATOR, ".accelerator"
    yield len(endpoint.accelerator) > 1, Capability.ACCELERATOR_CHOICE, ".accelerator"
    yield endpoint.pool is not None, Capability.NODE_POOL, ".pool"
    yield endpoint.on_no_capacity != "fail", Capability.CAPACITY_FALLBACK, ".on_no_capacity"


def _scaling(endpoint: EndpointSpec) -> _Asks:
    scaling = endpoint.autoscaling
    at = ".replicas" if scaling is None else ".autoscaling"
    yield endpoint.max_replicas > 1, Capability.REPLICAS, at
    if scaling is None:
        return
    moves = endpoint.min_replicas != endpoint.max_replicas or bool(scaling.schedule)
    to_zero = any(bounds.min_replicas == 0 for bounds in (scaling, *scaling.schedule))
    yield moves, Capability.AUTOSCALING, ".autoscaling"
    signalled = moves and "scale_on" in scaling.model_fields_set
    yield signalled, _SIGNALS[scaling.scale_on.signal], ".autoscaling.scale_on"
    yield to_zero, Capability.SCALE_TO_ZERO, ".autoscaling.min_replicas"
    yield bool(scaling.schedule), Capability.SCALE_SCHEDULE, ".autoscaling.schedule"


def _rollout(endpoint: EndpointSpec) -> _Asks:
    rollout = endpoint.rollout
    if rollout is None:
        return
    walk = _STRATEGIES.get(rollout.strategy)
    if walk is not None:
        yield True, walk, ".rollout"
    yield bool(rollout.abort_on), Capability.ROLLOUT_ABORT, ".rollout.abort_on"
    yield rollout.approval, Capability.ROLLOUT_APPROVAL, ".rollout.approval"


def _access(endpoint: EndpointSpec) -> _Asks:
    access = endpoint.access
    yield True, _AUTH[access.auth], ".access.auth"
    yield bool(access.callers), Capability.CALLERS, ".access.callers"
    yield access.egress != "stores", Capability.EGRESS_CONTROL, ".access.egress"


def _artifacts(spec: ServingSpec) -> Iterator[Demand]:
    """Only versions that serve are fetched."""
    for model in dict.fromkeys(endpoint.model for endpoint in spec.endpoints.values()):
        version = spec.pins[model]
        uri = spec.models[model].versions[version].uri
        scheme = "" if spec.models[model].versions[version].local else uri.partition(":")[0]
        capability = _SCHEMES.get(scheme, Capability.ARTIFACT_STORE) if scheme else Capability.ARTIFACT_PATH
        yield Demand(capability=capability, at=f"{version_path(model, version)}.uri")


def version_path(model: str, version: str) -> str:
    """Return the dotted path of one version, quoted as `load_origins` and messages about the spec do."""
    from isoserve.spec.document import dotted

    return dotted(("models", model, "versions", version))


def _environment(environment: EnvironmentSpec) -> Iterator[Demand]:
    for given, capability in _EXISTING.items():
        if getattr(environment.existing, given):
            yield Demand(capability=capability, at=f"environment.existing.{given}")
    for name, pool in environment.node_pools.items():
        yield Demand(capability=Capability.NODE_POOL, at=f"environment.node_pools.{name}")
        if pool.spot:
            yield Demand(capability=Capability.SPOT, at=f"environment.node_pools.{name}.spot")
    if environment.create:
        yield Demand(capability=Capability.CREATE_PLATFORM, at="environment.create")
    if environment.limits.usd_month is not None:
        yield Demand(capability=Capability.COST_LIMIT, at="environment.limits.usd_month")
