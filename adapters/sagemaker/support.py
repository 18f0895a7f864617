"""The table of the target `sagemaker`: what it can do, row by row. Holds no check and no fact.

Nothing is built yet: every row that SageMaker could answer says so, and how it will be done.
"""

from __future__ import annotations

from collections.abc import Mapping

from isoserve.adapters.base.support import Capability, Level, Support, never, not_yet

_DOCS = "docs.aws.amazon.com/sagemaker/latest/dg"
_PULUMI = "pulumi-aws 7.51.1, read 2026-11"
_BOTO = "botocore 1.44.5 service model, read 2026-11"
_IMAGES = "SageMaker container contract, recalled 2026-11, no page read"
_SCALING = "pulumi-aws 7.51.1, appautoscaling; botocore 1.44.5, read 2026-11"
_ZERO = f"{_DOCS}/endpoint-auto-scaling-zero-instances.html, read 2026-11"
_GUARD = f"{_DOCS}/deployment-guardrails-configuration.html, read 2026-11"
_EXCLUDED = f"{_DOCS}/deployment-guardrails-exclusions.html, read 2026-11"
_RUNTIME = "docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html, read 2026-11"
_FRONT = "isoserve front in the image, DESIGN 6"
_N, _C = Level.NATIVE, Level.COMPOSED

SUPPORT: Mapping[Capability, Support] = {
    # What is served
    Capability.ENDPOINT: not_yet("Model, EndpointConfiguration and Endpoint", _PULUMI, will_be=_N),
    Capability.MLSERVER: not_yet("an image with MLServer behind the front", _IMAGES, will_be=_C),
    Capability.CUSTOM_SERVER: not_yet("an image with the command behind the front", _IMAGES, will_be=_C),
    Capability.LLM_SERVER: not_yet("a Model with a vLLM or LMI image", _IMAGES, will_be=_N),
    Capability.OTHER_SERVER: not_yet("an image with the server behind the front", _IMAGES, will_be=_C),
    Capability.SERVER_IMAGE: not_yet("primary_container.image, by digest", _PULUMI, will_be=_N),
    Capability.FRONT_NONE: not_yet(
        "the image answers /ping and /invocations on 8080 itself", _IMAGES, will_be=_N
    ),
    Capability.SERVER_SECRETS: not_yet("read from Secrets Manager by the front", _FRONT, will_be=_C),
    Capability.ARTIFACT_PATH: not_yet("uploaded to the environment's bucket", _PULUMI, will_be=_C),
    Capability.ARTIFACT_STORE: not_yet("model_data_source.s3_data_sources", _PULUMI, will_be=_N),
    Capability.ARTIFACT_HUB: not_yet("fixed by the lock, then uploaded", _PULUMI, will_be=_C),
    Capability.ARTIFACT_REGISTRY: not_yet("fixed by the lock, then uploaded", _PULUMI, will_be=_C),
    Capability.ADOPT: not_yet("import of the live endpoint", _PULUMI, will_be=_C),
    Capability.NAME_ON_TARGET: not_yet("the endpoint's name", _PULUMI, will_be=_N),
    Capability.NATIVE_SETTINGS: not_yet("merged into the resources' inputs", _PULUMI, will_be=_N),
    Capability.MULTI_MODEL: not_yet("mode MultiModel, or inference components", _PULUMI, will_be=_N),
    # Requests
    Capability.PROTOCOL_V2: not_yet("the front maps it to /invocations", _FRONT, will_be=_C),
    Capability.PROTOCOL_OPENAI: not_yet("the front maps it to /invocations", _FRONT, will_be=_C),
    Capability.PROTOCOL_RAW: not_yet("/invocations passes it through", _IMAGES, will_be=_N),
    Capability.GRPC: never("InvokeEndpoint is HTTP", _RUNTIME),
    Capability.STREAMING: not_yet("InvokeEndpointWithResponseStream", _RUNTIME, will_be=_N),
    Capability.REQUEST_TIMEOUT: not_yet(
        "the front ends the request; the platform does at 60 s", _RUNTIME, will_be=_C
    ),
    Capability.BODY_LIMIT: not_yet("the front refuses the body", _FRONT, will_be=_C),
    Capability.BATCH: not_yet("CreateTransformJob", _BOTO, will_be=_C),
    Capability.ASYNC_REQUESTS: not_yet("async_inference_config", _PULUMI, will_be=_N),
    # Where and how many
    Capability.REPLICAS: not_yet("initial_instance_count, spread over zones", _PULUMI, will_be=_N),
    Capability.RESOURCES: not_yet("the smallest instance type that holds a replica", _BOTO, will_be=_N),
    Capability.ACCELERATOR: not_yet("instance_type, driver by inference_ami_version", _BOTO, will_be=_N),
    Capability.ACCELERATOR_CHOICE: not_yet("the next instance type, tried in order", _BOTO, will_be=_C),
    Capability.NODE_POOL: not_yet("a pool names the variant's instance type", _PULUMI, will_be=_C),
    Capability.SPOT: never(
        "real-time endpoints run on on-demand instances only", "recalled 2026-11, no page found"
    ),
    Capability.CAPACITY_FALLBACK: not_yet(
        "a rolling update by batches, or the next type", _GUARD, will_be=_C
    ),
    Capability.AUTOSCALING: not_yet("appautoscaling Target and Policy", _SCALING, will_be=_N),
    Capability.SCALE_ON_CONCURRENCY: not_yet(
        "SageMakerVariantConcurrentRequestsPerModelHighResolution", _BOTO, will_be=_N
    ),
    Capability.SCALE_ON_UTILIZATION: not_yet("CPUUtilization as a customised metric", _SCALING, will_be=_N),
    Capability.SCALE_ON_GPU: not_yet("GPUUtilization of /aws/sagemaker/Endpoints", _SCALING, will_be=_N),
    Capability.SCALE_ON_LATENCY: not_yet("ModelLatency as a customised metric", _SCALING, will_be=_N),
    Capability.SCALE_ON_QUEUE: not_yet(
        "ApproximateBacklogSizePerInstance, asynchronous only", _SCALING, will_be=_N
    ),
    Capability.SCALE_TO_ZERO: not_yet(
        "inference components; requests fail until one is up", _ZERO, will_be=_N
    ),
    Capability.SCALE_SCHEDULE: not_yet("appautoscaling ScheduledAction", _PULUMI, will_be=_N),
    # Rollout
    Capability.RELEASE: not_yet("UpdateEndpoint, blue/green", _GUARD, will_be=_N),
    Capability.ROLLOUT_STEPS: not_yet(
        "deployment_config canary or linear (first step at most 50 %); isoserve's own walk otherwise",
        _EXCLUDED,
        will_be=_N,
    ),
    Capability.ROLLOUT_ABORT: not_yet("auto_rollback_configuration, at most 10 alarms", _GUARD, will_be=_N),
    Capability.ROLLOUT_APPROVAL: not_yet("isoserve's own walk", _GUARD, will_be=_C),
    Capability.SHADOW: not_yet("shadow_production_variants", _PULUMI, will_be=_N),
    Capability.AB_TEST: not_yet("TargetVariant, chosen by a hash of the caller", _RUNTIME, will_be=_C),
    Capability.KEEP_PREVIOUS: not_yet("termination_wait, and a variant of weight 0", _GUARD, will_be=_N),
    # Access
    Capability.AUTH_PLATFORM: not_yet("IAM, signature version 4", _RUNTIME, will_be=_N),
    Capability.AUTH_KEY: not_yet("an API Gateway with a usage plan", _PULUMI, will_be=_C),
    Capability.AUTH_JWT: not_yet("an API Gateway with a JWT authoriser", _PULUMI, will_be=_C),
    Capability.AUTH_NONE: not_yet(
        "every call is signed; an API Gateway could sign for all", _RUNTIME, will_be=_C
    ),
    Capability.CALLERS: not_yet("a policy of the callers' roles", _PULUMI, will_be=_N),
    Capability.EGRESS_CONTROL: not_yet("enable_network_isolation, or security groups", _PULUMI, will_be=_N),
    Capability.PRIVATE_NETWORK: not_yet("vpc_config, and an interface VPC endpoint", _PULUMI, will_be=_N),
    Capability.CUSTOMER_KEY: not_yet("kms_key_arn", _PULUMI, will_be=_N),
    Capability.WORKLOAD_IDENTITY: not_yet("execution_role_arn", _PULUMI, will_be=_N),
    Capability.TLS: not_yet("always on", _RUNTIME, will_be=_N),
    Capability.AUDIT_LOG: not_yet("CloudTrail", _PULUMI, will_be=_N),
    # What surrounds the target
    Capability.GIVEN_STORE: not_yet("the bucket and prefix given", _PULUMI, will_be=_N),
    Capability.GIVEN_REGISTRY: not_yet("the ECR repository given", _PULUMI, will_be=_N),
    Capability.CREATE_PLATFORM: not_yet("VPC, role, key, bucket and repository", _PULUMI, will_be=_N),
    Capability.COST_LIMIT: not_yet("checked by the plan, watched by budgets.Budget", _PULUMI, will_be=_C),
    # What is seen
    Capability.LOGS: not_yet("CloudWatch Logs, automatic", _PULUMI, will_be=_N),
    Capability.METRICS: not_yet("CloudWatch, automatic", _PULUMI, will_be=_N),
    Capability.CAPTURE: not_yet("by the front, or data_capture_config", _PULUMI, will_be=_N),
    Capability.MONITOR_DATA: not_yet("the monitor job as a Processing job", _PULUMI, will_be=_C),
    Capability.MONITOR_MODEL: not_yet("the monitor job as a Processing job", _PULUMI, will_be=_C),
    Capability.ALERTS: not_yet("MetricAlarm and SNS", _PULUMI, will_be=_N),
    Capability.DASHBOARDS: not_yet("cloudwatch.Dashboard", _PULUMI, will_be=_N),
    Capability.RETRAINING: not_yet("EventRule and Pipeline", _PULUMI, will_be=_N),
    Capability.EXPLAINABILITY: not_yet("ExplainerConfig, by the API: no resource has it", _BOTO, will_be=_C),
    # Beside the endpoint
    Capability.MODEL_REGISTRY: not_yet(
        "ModelPackageGroup, and ModelPackage by Cloud Control", _PULUMI, will_be=_N
    ),
    Capability.FEATURE_STORE: not_yet("FeatureGroup", _PULUMI, will_be=_N),
    Capability.EDGE_FLEET: not_yet("IoT things and jobs; Edge Manager ended 2024-04-26", _PULUMI, will_be=_C),
}
"""A row for every capability."""
