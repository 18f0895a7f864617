"""The table of the target `azureml`: what it can do, row by row. Holds no check and no fact.

Nothing is built yet: every row that Azure ML could answer says so, and how it will be done.
"""

from __future__ import annotations

from collections.abc import Mapping

from isoserve.adapters.base.support import Capability, Level, Support, never, not_yet

_LEARN = "learn.microsoft.com/azure/machine-learning"
_PULUMI = "pulumi-azure-native 3.29.0, machinelearningservices 2025-12-01, read 2026-11"
_ENDPOINTS = "recalled 2026-11, no page read"
_AUTH = "pulumi-azure-native 3.29.0, OnlineEndpoint.auth_mode, read 2026-11"
_SCALING = "pulumi-azure-native 3.29.0, monitor.AutoscaleSetting, read 2026-11"
_SAFE = f"{_LEARN}/how-to-safely-rollout-online-endpoints, read 2026-11"
_QUOTA = f"{_LEARN}/how-to-manage-quotas, read 2026-11"
_FRONT = "isoserve front in the image, DESIGN 6"
_WALK = "isoserve's own walk, DESIGN 7"
_N, _C = Level.NATIVE, Level.COMPOSED

SUPPORT: Mapping[Capability, Support] = {
    # What is served
    Capability.ENDPOINT: not_yet(
        "ModelVersion, EnvironmentVersion, OnlineEndpoint and OnlineDeployment", _PULUMI, will_be=_N
    ),
    Capability.MLSERVER: not_yet("an image with MLServer behind the front", _PULUMI, will_be=_C),
    Capability.CUSTOM_SERVER: not_yet("an image with the command behind the front", _PULUMI, will_be=_C),
    Capability.LLM_SERVER: not_yet("a deployment with a vLLM environment", _PULUMI, will_be=_N),
    Capability.OTHER_SERVER: not_yet("an image with the server behind the front", _PULUMI, will_be=_C),
    Capability.SERVER_IMAGE: not_yet("EnvironmentVersion.image, by digest", _PULUMI, will_be=_N),
    Capability.FRONT_NONE: not_yet("inference_config routes of the image itself", _PULUMI, will_be=_N),
    Capability.SERVER_SECRETS: not_yet("read from Key Vault by the front", _FRONT, will_be=_C),
    Capability.ARTIFACT_PATH: not_yet("uploaded to the workspace's store", _PULUMI, will_be=_C),
    Capability.ARTIFACT_STORE: not_yet("ModelVersion.model_uri", _PULUMI, will_be=_N),
    Capability.ARTIFACT_HUB: not_yet("fixed by the lock, then uploaded", _PULUMI, will_be=_C),
    Capability.ARTIFACT_REGISTRY: not_yet("fixed by the lock, then uploaded", _PULUMI, will_be=_C),
    Capability.ADOPT: not_yet("import of the live endpoint", _PULUMI, will_be=_C),
    Capability.NAME_ON_TARGET: not_yet(
        "endpoint_name, unique in a region across customers", _PULUMI, will_be=_N
    ),
    Capability.NATIVE_SETTINGS: not_yet("merged into the resources' inputs", _PULUMI, will_be=_N),
    Capability.MULTI_MODEL: not_yet("one image with several models", _PULUMI, will_be=_C),
    # Requests
    Capability.PROTOCOL_V2: not_yet("the front behind the scoring route", _FRONT, will_be=_C),
    Capability.PROTOCOL_OPENAI: not_yet("the front behind the scoring route", _FRONT, will_be=_C),
    Capability.PROTOCOL_RAW: not_yet("the scoring route passes it through", _PULUMI, will_be=_N),
    Capability.GRPC: not_yet("no page found that says a managed endpoint routes it", _ENDPOINTS),
    Capability.STREAMING: not_yet("the scoring route passes parts on", _ENDPOINTS, will_be=_N),
    Capability.REQUEST_TIMEOUT: not_yet(
        "request_settings.request_timeout, at most 180 s", _QUOTA, will_be=_N
    ),
    Capability.BODY_LIMIT: not_yet("the front refuses the body", _FRONT, will_be=_C),
    Capability.BATCH: not_yet("BatchEndpoint and BatchDeployment", _PULUMI, will_be=_N),
    Capability.ASYNC_REQUESTS: not_yet("a queue and the front", _FRONT, will_be=_C),
    # Where and how many
    Capability.REPLICAS: not_yet("sku.capacity; quota must hold 20 % more", _QUOTA, will_be=_N),
    Capability.RESOURCES: not_yet("the smallest size that holds a replica", _PULUMI, will_be=_N),
    Capability.ACCELERATOR: not_yet("instance_type of the deployment", _PULUMI, will_be=_N),
    Capability.ACCELERATOR_CHOICE: not_yet("the next instance type, tried in order", _PULUMI, will_be=_C),
    Capability.NODE_POOL: not_yet("a pool names the deployment's instance type", _PULUMI, will_be=_C),
    Capability.SPOT: not_yet(
        "an attached AKS pool only: managed endpoints have no pool", _PULUMI, will_be=_C
    ),
    Capability.CAPACITY_FALLBACK: not_yet("the next instance type, tried in order", _PULUMI, will_be=_C),
    Capability.AUTOSCALING: not_yet("monitor.AutoscaleSetting on the deployment", _SCALING, will_be=_N),
    Capability.SCALE_ON_CONCURRENCY: not_yet("a metric of the front", _FRONT, will_be=_C),
    Capability.SCALE_ON_UTILIZATION: not_yet("CpuUtilizationPercentage", _SCALING, will_be=_N),
    Capability.SCALE_ON_GPU: not_yet("GpuUtilizationPercentage", _SCALING, will_be=_N),
    Capability.SCALE_ON_LATENCY: not_yet("RequestLatency of the endpoint", _SCALING, will_be=_N),
    Capability.SCALE_ON_QUEUE: not_yet("a metric of the front", _FRONT, will_be=_C),
    Capability.SCALE_TO_ZERO: never("a managed deployment keeps at least one instance", _ENDPOINTS),
    Capability.SCALE_SCHEDULE: not_yet("a profile's recurrence", _PULUMI, will_be=_N),
    # Rollout
    Capability.RELEASE: not_yet("traffic, written after the deployments", _SAFE, will_be=_C),
    Capability.ROLLOUT_STEPS: not_yet("weights of traffic", _WALK, will_be=_C),
    Capability.ROLLOUT_ABORT: not_yet("metric alerts read by the walk", _WALK, will_be=_C),
    Capability.ROLLOUT_APPROVAL: not_yet("the walk waits", _WALK, will_be=_C),
    Capability.SHADOW: not_yet("mirror_traffic to one deployment, at most 50 %", _SAFE, will_be=_N),
    Capability.AB_TEST: not_yet("header azureml-model-deployment, chosen by a hash", _SAFE, will_be=_C),
    Capability.KEEP_PREVIOUS: not_yet("a deployment of weight 0", _SAFE, will_be=_N),
    # Access
    Capability.AUTH_PLATFORM: not_yet("AADToken", _AUTH, will_be=_N),
    Capability.AUTH_KEY: not_yet("auth_mode Key", _AUTH, will_be=_N),
    Capability.AUTH_JWT: not_yet("another issuer's token by API Management", _AUTH, will_be=_C),
    Capability.AUTH_NONE: not_yet("every call has a key or token; a gateway could add it", _AUTH, will_be=_C),
    Capability.CALLERS: not_yet("RoleAssignment", _PULUMI, will_be=_N),
    Capability.EGRESS_CONTROL: not_yet("managed network rules", _PULUMI, will_be=_N),
    Capability.PRIVATE_NETWORK: not_yet("PrivateEndpoint, public access off", _PULUMI, will_be=_N),
    Capability.CUSTOMER_KEY: not_yet("the workspace's encryption", _PULUMI, will_be=_N),
    Capability.WORKLOAD_IDENTITY: not_yet("a user-assigned identity", _PULUMI, will_be=_N),
    Capability.TLS: not_yet("always on", _ENDPOINTS, will_be=_N),
    Capability.AUDIT_LOG: not_yet("DiagnosticSetting", _PULUMI, will_be=_N),
    # What surrounds the target
    Capability.GIVEN_STORE: not_yet("the container given", _PULUMI, will_be=_N),
    Capability.GIVEN_REGISTRY: not_yet("the container registry given", _PULUMI, will_be=_N),
    Capability.CREATE_PLATFORM: not_yet("network, identity, key, store and registry", _PULUMI, will_be=_N),
    Capability.COST_LIMIT: not_yet("checked by the plan, watched by consumption.Budget", _PULUMI, will_be=_C),
    # What is seen
    Capability.LOGS: not_yet("Azure Monitor, AmlOnlineEndpointConsoleLog", _PULUMI, will_be=_N),
    Capability.METRICS: not_yet("Azure Monitor, automatic", _PULUMI, will_be=_N),
    Capability.CAPTURE: not_yet("by the front, or data_collector", _PULUMI, will_be=_N),
    Capability.MONITOR_DATA: not_yet("the monitor job as a command job", _PULUMI, will_be=_C),
    Capability.MONITOR_MODEL: not_yet("the monitor job as a command job", _PULUMI, will_be=_C),
    Capability.ALERTS: not_yet("MetricAlert and ActionGroup", _PULUMI, will_be=_N),
    Capability.DASHBOARDS: not_yet("portal.Dashboard", _PULUMI, will_be=_N),
    Capability.RETRAINING: not_yet("Schedule and EventGrid", _PULUMI, will_be=_N),
    Capability.EXPLAINABILITY: not_yet("only as a signal of drift, by the monitor job", _PULUMI, will_be=_C),
    # Beside the endpoint
    Capability.MODEL_REGISTRY: not_yet("ModelVersion and Registry", _PULUMI, will_be=_N),
    Capability.FEATURE_STORE: not_yet("a workspace of kind FeatureStore", _PULUMI, will_be=_N),
    Capability.EDGE_FLEET: not_yet("IoT Hub and connected clusters", _PULUMI, will_be=_C),
}
"""A row for every capability."""
