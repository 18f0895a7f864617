"""The table of the target `vertex`: what it can do, row by row. Holds no check and no fact.

Nothing is built yet: every row that Vertex AI could answer says so, and how it will be done.
"""

from __future__ import annotations

from collections.abc import Mapping

from isoserve.adapters.base.support import Capability, Level, Support, not_yet

_DOCS = "docs.cloud.google.com/vertex-ai/docs/predictions"
_PULUMI = "pulumi-gcp 10.2.0, read 2026-11"
_SDK = "google-cloud-aiplatform 2.7.0, read 2026-11"
_BETA = "google-cloud-aiplatform 2.7.0, v1beta1, read 2026-11"
_TYPES = f"{_DOCS}/choose-endpoint-type, read 2026-11"
_DEDICATED = f"{_DOCS}/using-dedicated-endpoints, read 2026-11"
_SPLIT = "GoogleCloudPlatform/magic-modules#12110, read 2026-11"
_FRONT = "isoserve front in the image, DESIGN 6"
_WALK = "isoserve's own walk, DESIGN 7"
_N, _C = Level.NATIVE, Level.COMPOSED

SUPPORT: Mapping[Capability, Support] = {
    # What is served
    Capability.ENDPOINT: not_yet(
        "AiEndpoint, then Model.upload and deployModel by the API", _SDK, will_be=_C
    ),
    Capability.MLSERVER: not_yet("an image with MLServer behind the front", _SDK, will_be=_C),
    Capability.CUSTOM_SERVER: not_yet("serving_container_command behind the front", _SDK, will_be=_C),
    Capability.LLM_SERVER: not_yet("an own container, or a Model Garden deployment", _PULUMI, will_be=_N),
    Capability.OTHER_SERVER: not_yet("an image with the server behind the front", _SDK, will_be=_C),
    Capability.SERVER_IMAGE: not_yet("serving_container_image_uri, by digest", _SDK, will_be=_N),
    Capability.FRONT_NONE: not_yet("predict and health routes of the image itself", _SDK, will_be=_N),
    Capability.SERVER_SECRETS: not_yet("read from Secret Manager by the front", _FRONT, will_be=_C),
    Capability.ARTIFACT_PATH: not_yet("uploaded to the environment's bucket", _PULUMI, will_be=_C),
    Capability.ARTIFACT_STORE: not_yet("artifact_uri", _SDK, will_be=_N),
    Capability.ARTIFACT_HUB: not_yet("fixed by the lock, then uploaded", _SDK, will_be=_C),
    Capability.ARTIFACT_REGISTRY: not_yet("fixed by the lock, then uploaded", _SDK, will_be=_C),
    Capability.ADOPT: not_yet("import of the live endpoint", _PULUMI, will_be=_C),
    Capability.NAME_ON_TARGET: not_yet(
        "a number of at most 10 digits without a leading zero", _PULUMI, will_be=_N
    ),
    Capability.NATIVE_SETTINGS: not_yet("merged into the resources' inputs", _PULUMI, will_be=_N),
    Capability.MULTI_MODEL: not_yet("AiDeploymentResourcePool", _PULUMI, will_be=_N),
    # Requests
    Capability.PROTOCOL_V2: not_yet("rawPredict through the front", _DEDICATED, will_be=_C),
    Capability.PROTOCOL_OPENAI: not_yet("rawPredict through the front", _DEDICATED, will_be=_C),
    Capability.PROTOCOL_RAW: not_yet("rawPredict", _DEDICATED, will_be=_N),
    Capability.GRPC: not_yet("dedicated endpoints take it", _DEDICATED, will_be=_N),
    Capability.STREAMING: not_yet("streamRawPredict", _DEDICATED, will_be=_N),
    Capability.REQUEST_TIMEOUT: not_yet("a dedicated endpoint's inference time-out", _TYPES, will_be=_N),
    Capability.BODY_LIMIT: not_yet("the front refuses the body", _FRONT, will_be=_C),
    Capability.BATCH: not_yet("BatchPredictionJob", _SDK, will_be=_C),
    Capability.ASYNC_REQUESTS: not_yet("Pub/Sub and the front", _FRONT, will_be=_C),
    # Where and how many
    Capability.REPLICAS: not_yet("min_replica_count of deployModel", _SDK, will_be=_N),
    Capability.RESOURCES: not_yet("the smallest machine type that holds a replica", _SDK, will_be=_N),
    Capability.ACCELERATOR: not_yet("machine_type, accelerator_type and accelerator_count", _SDK, will_be=_N),
    Capability.ACCELERATOR_CHOICE: not_yet("the next machine type, tried in order", _SDK, will_be=_C),
    Capability.NODE_POOL: not_yet("AiDeploymentResourcePool", _PULUMI, will_be=_N),
    Capability.SPOT: not_yet("spot of deployModel", _SDK, will_be=_N),
    Capability.CAPACITY_FALLBACK: not_yet("rollout_options, or the next machine type", _BETA, will_be=_C),
    Capability.AUTOSCALING: not_yet("autoscaling_metric_specs of deployModel", _SDK, will_be=_N),
    Capability.SCALE_ON_CONCURRENCY: not_yet("request_count, a minute's mean", _SDK, will_be=_C),
    Capability.SCALE_ON_UTILIZATION: not_yet("cpu/utilization", _SDK, will_be=_N),
    Capability.SCALE_ON_GPU: not_yet("accelerator/duty_cycle", _SDK, will_be=_N),
    Capability.SCALE_ON_LATENCY: not_yet(
        "no metric of latency scales; the walk's own loop", _SDK, will_be=_C
    ),
    Capability.SCALE_ON_QUEUE: not_yet(
        "num_undelivered_messages, vllm_num_requests_waiting", _SDK, will_be=_N
    ),
    Capability.SCALE_TO_ZERO: not_yet("scale_to_zero_spec", _BETA, will_be=_N),
    Capability.SCALE_SCHEDULE: not_yet("Cloud Scheduler and MutateDeployedModel", _SDK, will_be=_C),
    # Rollout
    Capability.RELEASE: not_yet("traffic_split after deployModel", _SPLIT, will_be=_N),
    Capability.ROLLOUT_STEPS: not_yet("weights of traffic_split", _WALK, will_be=_C),
    Capability.ROLLOUT_ABORT: not_yet("alert policies read by the walk", _WALK, will_be=_C),
    Capability.ROLLOUT_APPROVAL: not_yet("the walk waits", _WALK, will_be=_C),
    Capability.SHADOW: not_yet("the front copies: the platform mirrors nothing", _SDK, will_be=_C),
    Capability.AB_TEST: not_yet("a second endpoint: the platform's split is random", _SDK, will_be=_C),
    Capability.KEEP_PREVIOUS: not_yet("a deployed model of weight 0", _SDK, will_be=_N),
    # Access
    Capability.AUTH_PLATFORM: not_yet("IAM, an OAuth bearer token", _DEDICATED, will_be=_N),
    Capability.AUTH_KEY: not_yet("an API Gateway in front", _PULUMI, will_be=_C),
    Capability.AUTH_JWT: not_yet("an API Gateway in front", _PULUMI, will_be=_C),
    Capability.AUTH_NONE: not_yet(
        "every call is authorised; a gateway could sign for all", _DEDICATED, will_be=_C
    ),
    Capability.CALLERS: not_yet("AiEndpointIamMember", _PULUMI, will_be=_N),
    Capability.EGRESS_CONTROL: not_yet(
        "a Private Service Connect endpoint has no way out", _TYPES, will_be=_N
    ),
    Capability.PRIVATE_NETWORK: not_yet("private_service_connect_config", _PULUMI, will_be=_N),
    Capability.CUSTOMER_KEY: not_yet("encryption_spec", _PULUMI, will_be=_N),
    Capability.WORKLOAD_IDENTITY: not_yet("service_account of deployModel", _SDK, will_be=_N),
    Capability.TLS: not_yet("always on for public endpoints", _TYPES, will_be=_N),
    Capability.AUDIT_LOG: not_yet("IAMAuditConfig", _PULUMI, will_be=_N),
    # What surrounds the target
    Capability.GIVEN_STORE: not_yet("the bucket and prefix given", _PULUMI, will_be=_N),
    Capability.GIVEN_REGISTRY: not_yet("the Artifact Registry repository given", _PULUMI, will_be=_N),
    Capability.CREATE_PLATFORM: not_yet("network, account, key, bucket and repository", _PULUMI, will_be=_N),
    Capability.COST_LIMIT: not_yet("checked by the plan, watched by billing.Budget", _PULUMI, will_be=_C),
    # What is seen
    Capability.LOGS: not_yet("Cloud Logging, automatic", _SDK, will_be=_N),
    Capability.METRICS: not_yet("Cloud Monitoring, automatic", _SDK, will_be=_N),
    Capability.CAPTURE: not_yet("by the front, or to BigQuery by the endpoint", _PULUMI, will_be=_N),
    Capability.MONITOR_DATA: not_yet("the monitor job as a CustomJob", _SDK, will_be=_C),
    Capability.MONITOR_MODEL: not_yet("the monitor job as a CustomJob", _SDK, will_be=_C),
    Capability.ALERTS: not_yet("AlertPolicy and NotificationChannel", _PULUMI, will_be=_N),
    Capability.DASHBOARDS: not_yet("monitoring.Dashboard", _PULUMI, will_be=_N),
    Capability.RETRAINING: not_yet("Pub/Sub, a function and a PipelineJob", _SDK, will_be=_C),
    Capability.EXPLAINABILITY: not_yet("explanation_metadata and _parameters", _SDK, will_be=_N),
    # Beside the endpoint
    Capability.MODEL_REGISTRY: not_yet(
        "Model.upload with parent_model and version_aliases", _SDK, will_be=_C
    ),
    Capability.FEATURE_STORE: not_yet("AiFeatureGroup and AiFeatureOnlineStore", _PULUMI, will_be=_N),
    Capability.EDGE_FLEET: not_yet("gkehub and edgecontainer clusters", _PULUMI, will_be=_C),
}
"""A row for every capability."""
