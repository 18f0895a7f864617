"""For each capability a spec can ask for: the smallest change that asks it, and where. Judges no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isoserve.adapters.base.support import Capability
from isoserve.adapters.testing.specs import SHA256, serving_spec
from isoserve.spec import ServingSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A change of the ground spec that asks for one capability at one path."""

    at: str
    endpoint: Mapping[str, object] = field(default_factory=dict[str, object])
    environment: Mapping[str, object] = field(default_factory=dict[str, object])
    model: Mapping[str, object] = field(default_factory=dict[str, object])

    def spec(self, target: str) -> ServingSpec:
        """Build the spec that asks."""
        native = {target: {"setting": 1}} if self.at.endswith("{target}") else None
        endpoint = {**self.endpoint, "native": native} if native else self.endpoint
        return serving_spec(target, endpoint=endpoint, environment=self.environment, model=self.model)

    def path(self, target: str) -> str:
        """Return the path that asks."""
        return self.at.replace("{target}", target)


def _endpoint(path: str, **changes: object) -> Asking:
    return Asking(at=f"endpoints.fraud{path}", endpoint=changes)


def _environment(path: str, **changes: object) -> Asking:
    return Asking(at=f"environment.{path}", environment=changes)


def _artifact(uri: str) -> Asking:
    versions = {"1": {"uri": uri, "sha256": SHA256}}
    return Asking(at='models.fraud.versions."1".uri', model={"versions": versions})


def _server(path: str, **server: object) -> Asking:
    return _endpoint(path, server={"kind": "custom", "command": ["serve", "{port}"], **server})


def _scaling(path: str, **scaling: object) -> Asking:
    return _endpoint(path, autoscaling={"min_replicas": 1, "max_replicas": 4, **scaling})


_SCALE_ON = ".autoscaling.scale_on"
_WINDOW = {"when": "mon-fri 07:00-19:00", "min_replicas": 2}
_QUALITY = {"labels": "labels/fraud", "metric": "accuracy", "alert_below": 0.9}

ASKING: Mapping[Capability, Asking] = {
    Capability.ENDPOINT: _endpoint(""),
    Capability.RELEASE: _endpoint(""),
    Capability.MLSERVER: Asking(
        at="endpoints.fraud.server", endpoint={"server": "mlserver"}, model={"format": "sklearn"}
    ),
    Capability.CUSTOM_SERVER: _server(".server"),
    Capability.LLM_SERVER: _endpoint(".server", server="vllm"),
    Capability.OTHER_SERVER: _endpoint(".server", server="triton"),
    Capability.SERVER_IMAGE: _server(".server.image", image="acme/serve:1"),
    Capability.FRONT_NONE: _server(".server.front", front="none"),
    Capability.SERVER_SECRETS: _server(".server.secrets", secrets={"TOKEN": "file:token"}),
    Capability.GRPC: _server(".server.ports.grpc", ports={"grpc": 8081}),
    Capability.ARTIFACT_PATH: _artifact("specs.py"),
    Capability.ARTIFACT_STORE: _artifact("s3://acme/fraud/1"),
    Capability.ARTIFACT_HUB: _artifact("hf://acme/fraud"),
    Capability.ARTIFACT_REGISTRY: _artifact("models:/fraud/1"),
    Capability.ADOPT: _endpoint(".adopt", adopt=True, name_on_target="fraud-live"),
    Capability.NAME_ON_TARGET: _endpoint(".name_on_target", name_on_target="fraud-live"),
    Capability.NATIVE_SETTINGS: _endpoint(".native.{target}"),
    Capability.PROTOCOL_V2: _endpoint(".requests.protocol", requests={"protocol": "v2"}),
    Capability.PROTOCOL_OPENAI: _endpoint(".requests.protocol", requests={"protocol": "openai"}),
    Capability.PROTOCOL_RAW: _endpoint(".requests.protocol", requests={"protocol": "raw"}),
    Capability.STREAMING: _endpoint(".requests.stream", requests={"stream": True}),
    Capability.REQUEST_TIMEOUT: _endpoint(".requests.timeout", requests={"timeout": "5s"}),
    Capability.BODY_LIMIT: _endpoint(".requests.max_body", requests={"max_body": "2MiB"}),
    Capability.REPLICAS: _endpoint(".replicas", replicas=2),
    Capability.RESOURCES: _endpoint(".resources", resources={"cpu": 0.5, "memory": "64MiB"}),
    Capability.ACCELERATOR: _endpoint(".accelerator", accelerator=[{"type": "l4"}]),
    Capability.ACCELERATOR_CHOICE: _endpoint(".accelerator", accelerator=[{"type": "l4"}, {"type": "t4"}]),
    Capability.NODE_POOL: _endpoint(".pool", pool="gpu"),
    Capability.SPOT: _environment("node_pools.gpu.spot", node_pools={"gpu": {"max_nodes": 2, "spot": True}}),
    Capability.CAPACITY_FALLBACK: _endpoint(".on_no_capacity", on_no_capacity="one_at_a_time"),
    Capability.AUTOSCALING: _scaling(".autoscaling"),
    Capability.SCALE_ON_CONCURRENCY: _scaling(_SCALE_ON, scale_on={"concurrency": 8}),
    Capability.SCALE_ON_UTILIZATION: _scaling(_SCALE_ON, scale_on={"utilization": "70%"}),
    Capability.SCALE_ON_GPU: _scaling(_SCALE_ON, scale_on={"gpu_utilization": "70%"}),
    Capability.SCALE_ON_LATENCY: _scaling(_SCALE_ON, scale_on={"latency": "200ms"}),
    Capability.SCALE_ON_QUEUE: _scaling(_SCALE_ON, scale_on={"queue": 5}),
    Capability.SCALE_TO_ZERO: _scaling(".autoscaling.min_replicas", min_replicas=0),
    Capability.SCALE_SCHEDULE: _scaling(".autoscaling.schedule", schedule=[_WINDOW]),
    Capability.ROLLOUT_STEPS: _endpoint(".rollout", rollout={"strategy": "canary", "steps": [10, 50]}),
    Capability.KEEP_PREVIOUS: _endpoint(".rollout", rollout={"strategy": "blue_green"}),
    Capability.SHADOW: _endpoint(".rollout", rollout={"strategy": "shadow", "mirror": "10%"}),
    Capability.AB_TEST: _endpoint(".rollout", rollout={"strategy": "ab", "steps": [50]}),
    Capability.ROLLOUT_ABORT: _endpoint(
        ".rollout.abort_on", rollout={"strategy": "all_at_once", "abort_on": ["error_rate > 1%"]}
    ),
    Capability.ROLLOUT_APPROVAL: _endpoint(
        ".rollout.approval", rollout={"strategy": "all_at_once", "approval": True}
    ),
    Capability.AUTH_PLATFORM: _endpoint(".access.auth", access={"auth": "platform"}),
    Capability.AUTH_KEY: _endpoint(".access.auth", access={"auth": "key"}),
    Capability.AUTH_JWT: _endpoint(".access.auth", access={"auth": "jwt"}),
    Capability.AUTH_NONE: _endpoint(".access.auth", access={"auth": "none"}),
    Capability.CALLERS: _endpoint(".access.callers", access={"callers": ["fraud-api"]}),
    Capability.EGRESS_CONTROL: _endpoint(".access.egress", access={"egress": "none"}),
    Capability.PRIVATE_NETWORK: _environment("existing.network", existing={"network": {"subnets": ["a"]}}),
    Capability.WORKLOAD_IDENTITY: _environment("existing.identity", existing={"identity": {"role": "r"}}),
    Capability.CUSTOMER_KEY: _environment("existing.key", existing={"key": "k"}),
    Capability.GIVEN_STORE: _environment("existing.artifact_store", existing={"artifact_store": "s3://a"}),
    Capability.GIVEN_REGISTRY: _environment("existing.image_registry", existing={"image_registry": "r"}),
    Capability.ALERTS: _environment("existing.alerts", existing={"alerts": {"sns": "t"}}),
    Capability.CREATE_PLATFORM: _environment("create", create=["network"]),
    Capability.COST_LIMIT: _environment("limits.usd_month", limits={"usd_month": 100}),
    Capability.CAPTURE: _endpoint(".capture", capture={"sample": "10%"}),
    Capability.MONITOR_DATA: _endpoint(".monitors.drift", monitors={"drift": {}}),
    Capability.MONITOR_MODEL: _endpoint(".monitors.performance", monitors={"performance": _QUALITY}),
    Capability.RETRAINING: _endpoint(".monitors.retrain", monitors={"retrain": {"event": "fraud-retrain"}}),
}

NOT_ASKED_BY_A_SPEC = frozenset(Capability) - frozenset(ASKING)
"""What a target does, or will, without a field of the spec that asks it: logs, metrics, TLS and the like."""
