"""The table of the target `kubernetes`: what it can do, row by row. Holds no check and no fact.

Nothing is built yet: every row that a cluster could answer says so, and how it will be done.
"""

from __future__ import annotations

from collections.abc import Mapping

from isoserve.adapters.base.support import Capability, Level, Support, never, not_yet

_PULUMI = "pulumi-kubernetes 4.34.2, read 2026-11"
_WORKLOAD = "pulumi-kubernetes 4.34.2, apps.v1.Deployment, read 2026-11"
_REFERENCE = "pulumi-kubernetes 4.34.2, core.v1, read 2026-11"
_GPU = "kubernetes.io, scheduling-gpus, read 2026-11"
_HPA = "pulumi-kubernetes 4.34.2, autoscaling.v2, read 2026-11"
_ZERO = "kubernetes.io/blog 2026-09-02, KEP-2021, read 2026-11"
_KEDA = "keda.sh/docs, ScaledObject, read 2026-11"
_ROUTE = "gateway-api.sigs.k8s.io, HTTPRoute v1, read 2026-11"
_MIRROR = "gateway-api.sigs.k8s.io GEP-3171, read 2026-11"
_STICKY = "gateway-api.sigs.k8s.io GEP-1619, read 2026-11"
_AUTH = "gateway-api.sigs.k8s.io GEP-1494 (experimental), read 2026-11"
_POLICY = "pulumi-kubernetes 4.34.2, networking.v1.NetworkPolicy, read 2026-11"
_PROM = "Prometheus Operator API, recalled 2026-11, no page read"
_FRONT = "isoserve front beside the server, DESIGN 6"
_WALK = "isoserve's own walk, DESIGN 7"
_N, _C = Level.NATIVE, Level.COMPOSED

SUPPORT: Mapping[Capability, Support] = {
    # What is served
    Capability.ENDPOINT: not_yet("a Deployment a revision, a Service and an HTTPRoute", _ROUTE, will_be=_C),
    Capability.MLSERVER: not_yet("an image with MLServer", _WORKLOAD, will_be=_C),
    Capability.CUSTOM_SERVER: not_yet("a container with the command", _WORKLOAD, will_be=_N),
    Capability.LLM_SERVER: not_yet("a container with vLLM", _WORKLOAD, will_be=_C),
    Capability.OTHER_SERVER: not_yet("a container with the server", _WORKLOAD, will_be=_C),
    Capability.SERVER_IMAGE: not_yet("the container's image, by digest", _WORKLOAD, will_be=_N),
    Capability.FRONT_NONE: not_yet("a pod without the front's container", _WORKLOAD, will_be=_N),
    Capability.SERVER_SECRETS: not_yet("secretKeyRef", _REFERENCE, will_be=_N),
    Capability.ARTIFACT_PATH: not_yet(
        "uploaded to the environment's store, read by an init container", _PULUMI, will_be=_C
    ),
    Capability.ARTIFACT_STORE: not_yet("read by an init container", _PULUMI, will_be=_C),
    Capability.ARTIFACT_HUB: not_yet("fixed by the lock, read by an init container", _PULUMI, will_be=_C),
    Capability.ARTIFACT_REGISTRY: not_yet(
        "fixed by the lock, read by an init container", _PULUMI, will_be=_C
    ),
    Capability.ADOPT: not_yet("server-side apply with the live names", _PULUMI, will_be=_C),
    Capability.NAME_ON_TARGET: not_yet("the route's and service's name", _PULUMI, will_be=_N),
    Capability.NATIVE_SETTINGS: not_yet("merged into the objects", _PULUMI, will_be=_N),
    Capability.MULTI_MODEL: not_yet(
        "several Deployments, or one server with several models", _WORKLOAD, will_be=_C
    ),
    # Requests
    Capability.PROTOCOL_V2: not_yet("by the server or the front", _FRONT, will_be=_C),
    Capability.PROTOCOL_OPENAI: not_yet("by the server", _ROUTE, will_be=_C),
    Capability.PROTOCOL_RAW: not_yet("the route passes it through", _ROUTE, will_be=_N),
    Capability.GRPC: not_yet("GRPCRoute", _ROUTE, will_be=_N),
    Capability.STREAMING: not_yet("the route passes parts on", _ROUTE, will_be=_N),
    Capability.REQUEST_TIMEOUT: not_yet("HTTPRoute timeouts.request", _ROUTE, will_be=_N),
    Capability.BODY_LIMIT: not_yet("the front refuses the body", _FRONT, will_be=_C),
    Capability.BATCH: not_yet("a Job", _PULUMI, will_be=_C),
    Capability.ASYNC_REQUESTS: not_yet("a queue and a KEDA ScaledJob", _KEDA, will_be=_C),
    # Where and how many
    Capability.REPLICAS: not_yet("replicas, topology spread and a disruption budget", _WORKLOAD, will_be=_N),
    Capability.RESOURCES: not_yet("requests and limits", _WORKLOAD, will_be=_N),
    Capability.ACCELERATOR: not_yet("limits, selector and tolerations", _GPU, will_be=_N),
    Capability.ACCELERATOR_CHOICE: not_yet("node affinity in order of preference", _GPU, will_be=_C),
    Capability.NODE_POOL: not_yet("a selector over the nodes' labels", _GPU, will_be=_C),
    Capability.SPOT: not_yet("a selector and toleration of the pool's taint", _GPU, will_be=_C),
    Capability.CAPACITY_FALLBACK: not_yet("maxSurge 0, or the next alternative", _WORKLOAD, will_be=_C),
    Capability.AUTOSCALING: not_yet("HorizontalPodAutoscaler v2, one a revision", _HPA, will_be=_N),
    Capability.SCALE_ON_CONCURRENCY: not_yet(
        "a metric of the front through an adapter or KEDA", _KEDA, will_be=_C
    ),
    Capability.SCALE_ON_UTILIZATION: not_yet("the resource metric", _HPA, will_be=_N),
    Capability.SCALE_ON_GPU: not_yet("dcgm-exporter through an adapter or KEDA", _KEDA, will_be=_C),
    Capability.SCALE_ON_LATENCY: not_yet(
        "a metric of the front through an adapter or KEDA", _KEDA, will_be=_C
    ),
    Capability.SCALE_ON_QUEUE: not_yet("an external metric or KEDA", _KEDA, will_be=_C),
    Capability.SCALE_TO_ZERO: not_yet(
        "min_replicas 0 from 1.37, else KEDA; the gateway holds requests", _ZERO, will_be=_C
    ),
    Capability.SCALE_SCHEDULE: not_yet("a KEDA cron trigger, or a CronJob", _KEDA, will_be=_C),
    # Rollout
    Capability.RELEASE: not_yet("weights of the HTTPRoute", _ROUTE, will_be=_N),
    Capability.ROLLOUT_STEPS: not_yet("weights of the HTTPRoute", _WALK, will_be=_C),
    Capability.ROLLOUT_ABORT: not_yet("Prometheus read by the walk", _WALK, will_be=_C),
    Capability.ROLLOUT_APPROVAL: not_yet("the walk waits", _WALK, will_be=_C),
    Capability.SHADOW: not_yet("RequestMirror, where the GatewayClass has it", _MIRROR, will_be=_N),
    Capability.AB_TEST: not_yet("a rule by header or cookie: sessions are experimental", _STICKY, will_be=_C),
    Capability.KEEP_PREVIOUS: not_yet("a Deployment of weight 0", _ROUTE, will_be=_N),
    # Access
    Capability.AUTH_PLATFORM: not_yet("the environment's OIDC at the gateway", _AUTH, will_be=_C),
    Capability.AUTH_KEY: not_yet("an API key at the gateway", _AUTH, will_be=_C),
    Capability.AUTH_JWT: not_yet("JWT at the gateway", _AUTH, will_be=_C),
    Capability.AUTH_NONE: not_yet("a route without a policy", _ROUTE, will_be=_N),
    Capability.CALLERS: not_yet("claims of the token, or a key a caller", _AUTH, will_be=_C),
    Capability.EGRESS_CONTROL: not_yet("NetworkPolicy, deny by default", _POLICY, will_be=_N),
    Capability.PRIVATE_NETWORK: not_yet("an internal Gateway", _POLICY, will_be=_N),
    Capability.CUSTOMER_KEY: not_yet("a StorageClass with the key", _PULUMI, will_be=_C),
    Capability.WORKLOAD_IDENTITY: not_yet("a ServiceAccount", _PULUMI, will_be=_N),
    Capability.TLS: not_yet("a listener's certificate: given, or by cert-manager", _ROUTE, will_be=_C),
    Capability.AUDIT_LOG: never("the API server's audit policy is the cluster administrator's", _PULUMI),
    # What surrounds the target
    Capability.GIVEN_STORE: not_yet("the store given", _PULUMI, will_be=_C),
    Capability.GIVEN_REGISTRY: not_yet("imagePullSecrets", _REFERENCE, will_be=_N),
    Capability.CREATE_PLATFORM: not_yet("namespace, policies and quota", _PULUMI, will_be=_N),
    Capability.COST_LIMIT: not_yet("checked by the plan, held by a ResourceQuota", _PULUMI, will_be=_C),
    # What is seen
    Capability.LOGS: not_yet("the pods' output", _WORKLOAD, will_be=_N),
    Capability.METRICS: not_yet("the front's metrics by ServiceMonitor or annotation", _PROM, will_be=_C),
    Capability.CAPTURE: not_yet("by the front, to the environment's store", _FRONT, will_be=_C),
    Capability.MONITOR_DATA: not_yet("the monitor job as a CronJob", _PULUMI, will_be=_C),
    Capability.MONITOR_MODEL: not_yet("the monitor job as a CronJob", _PULUMI, will_be=_C),
    Capability.ALERTS: not_yet("PrometheusRule and AlertmanagerConfig", _PROM, will_be=_C),
    Capability.DASHBOARDS: not_yet("a ConfigMap for Grafana", _PROM, will_be=_C),
    Capability.RETRAINING: not_yet("an Alertmanager webhook and a Job", _PROM, will_be=_C),
    Capability.EXPLAINABILITY: not_yet("a container beside the server", _WORKLOAD, will_be=_C),
    # Beside the endpoint
    Capability.MODEL_REGISTRY: not_yet("MLflow, or OCI artifacts with labels", _PULUMI, will_be=_C),
    Capability.FEATURE_STORE: not_yet("Feast", _PULUMI, will_be=_C),
    Capability.EDGE_FLEET: not_yet("the agent with a signed bundle", _PULUMI, will_be=_C),
}
"""A row for every capability."""
