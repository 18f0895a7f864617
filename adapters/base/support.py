"""What can be asked of a target, and how well a target answers.

Holds no rule about which spec asks for what (`demands`) and no target's table (each `profile`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Capability(Enum):
    """One thing asked of a target; the value says what the target then does."""

    # What is served
    ENDPOINT = "serve one model version at a stable address"
    MLSERVER = "run the MLServer model server"
    CUSTOM_SERVER = "run a server started by the service's own command"
    LLM_SERVER = "run a server for large language models (vLLM, SGLang, TGI)"
    OTHER_SERVER = "run another named model server (Triton, TorchServe, TensorFlow Serving)"
    SERVER_IMAGE = "run a given container image"
    FRONT_NONE = "run a server with nothing standing between it and the platform"
    SERVER_SECRETS = "hand secrets to a server by reference"
    ARTIFACT_PATH = "take the model from a path inside the project"
    ARTIFACT_STORE = "take the model from an object store (s3, gs, azureml, https)"
    ARTIFACT_HUB = "take the model from the Hugging Face hub"
    ARTIFACT_REGISTRY = "take the model from an MLflow registry"
    ADOPT = "take over an endpoint that already serves"
    NAME_ON_TARGET = "give an endpoint the name stated for it on the target"
    NATIVE_SETTINGS = "accept the target's own settings, merged last"
    MULTI_MODEL = "hold several models in one replica"

    # Requests
    PROTOCOL_V2 = "speak the Open Inference Protocol V2"
    PROTOCOL_OPENAI = "speak the OpenAI protocol"
    PROTOCOL_RAW = "pass requests through as they are"
    GRPC = "accept gRPC"
    STREAMING = "stream a response while it is produced"
    REQUEST_TIMEOUT = "end a request after a stated time"
    BODY_LIMIT = "refuse a request body above a stated size"
    BATCH = "score a whole data set as a job"
    ASYNC_REQUESTS = "queue requests and answer later"

    # Where and how many
    REPLICAS = "run several replicas of a revision"
    RESOURCES = "give each replica the stated processors and memory"
    ACCELERATOR = "give each replica an accelerator"
    ACCELERATOR_CHOICE = "fall back along a list of accelerators"
    NODE_POOL = "place replicas on a named pool of nodes"
    SPOT = "run on interruptible machines"
    CAPACITY_FALLBACK = "go on with less, or another choice, when there is no capacity"
    AUTOSCALING = "change the number of replicas with the load"
    SCALE_ON_CONCURRENCY = "scale on requests in flight"
    SCALE_ON_UTILIZATION = "scale on processor utilisation"
    SCALE_ON_GPU = "scale on accelerator utilisation"
    SCALE_ON_LATENCY = "scale on latency"
    SCALE_ON_QUEUE = "scale on the length of a queue"
    SCALE_TO_ZERO = "run no replica while idle"
    SCALE_SCHEDULE = "change the bounds of scaling by the clock"

    # Rollout
    RELEASE = "move all traffic to a new revision without losing a request"
    ROLLOUT_STEPS = "move traffic in steps, with a bake between them"
    ROLLOUT_ABORT = "go back by itself when a metric crosses its bound"
    ROLLOUT_APPROVAL = "wait for a person between steps"
    SHADOW = "copy live requests to a new revision"
    AB_TEST = "keep a caller on the same revision"
    KEEP_PREVIOUS = "keep the previous revision warm"

    # Access
    AUTH_PLATFORM = "check callers by the target's own means"
    AUTH_KEY = "check callers by an API key"
    AUTH_JWT = "check callers by a signed token"
    AUTH_NONE = "let everybody call"
    CALLERS = "let only the named callers call"
    EGRESS_CONTROL = "let replicas reach only the stated hosts"
    PRIVATE_NETWORK = "serve inside a given network only"
    CUSTOMER_KEY = "encrypt with the customer's key"
    WORKLOAD_IDENTITY = "run replicas under a given identity"
    TLS = "encrypt requests on the wire"
    AUDIT_LOG = "record who changed and who called"

    # What surrounds the target
    GIVEN_STORE = "keep artifacts in a given store"
    GIVEN_REGISTRY = "keep images in a given registry"
    CREATE_PLATFORM = "create the network, roles, keys or stores the environment lists"
    COST_LIMIT = "stay below a stated cost"

    # What is seen
    LOGS = "keep the replicas' output"
    METRICS = "publish metrics of requests and replicas"
    CAPTURE = "record a sample of requests and responses"
    MONITOR_DATA = "watch the data: quality, drift, skew"
    MONITOR_MODEL = "watch the model: accuracy, fairness, other quality"
    ALERTS = "send an alert to a given channel"
    DASHBOARDS = "draw dashboards"
    RETRAINING = "start retraining on a monitor's verdict"
    EXPLAINABILITY = "explain single predictions"

    # Beside the endpoint
    MODEL_REGISTRY = "record versions and lineage in the target's registry"
    FEATURE_STORE = "read features online and offline from one definition"
    EDGE_FLEET = "update a fleet of devices"


class Level(Enum):
    """How a capability is met."""

    NATIVE = "the target does it itself"
    COMPOSED = "built here from neighbouring services"
    NOT_YET = "possible on the target, missing here"
    NEVER = "impossible on the target"


class Proof(Enum):
    """The highest level at which a capability was shown to work, lowest first."""

    NONE = "not shown"
    CONTRACT = "inputs valid for the target's own API model"
    LIFECYCLE = "real engine, stand-in provider"
    REAL = "real engine, real traffic"
    FIELD = "in a user's own account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """How one target answers one capability; true when it does."""

    level: Level
    note: str
    """Shown to the user: how it is done, or why it is not."""
    source: str
    """The page or issue that proves it, with the date read."""
    proof: Proof = Proof.NONE

    def __bool__(self) -> bool:
        return self.level in (Level.NATIVE, Level.COMPOSED)


def native(note: str, source: str, *, proof: Proof = Proof.NONE) -> Support:
    """Return a row: the target does it itself."""
    return Support(level=Level.NATIVE, note=note, source=source, proof=proof)


def composed(note: str, source: str, *, proof: Proof = Proof.NONE) -> Support:
    """Return a row: built here from neighbouring services."""
    return Support(level=Level.COMPOSED, note=note, source=source, proof=proof)


def not_yet(note: str, source: str, *, will_be: Level | None = None) -> Support:
    """Return a row: possible on the target, missing here; `will_be` says how it will be done."""
    plan = f"not built yet; will be {will_be.name.lower()}: " if will_be else ""
    return Support(level=Level.NOT_YET, note=f"{plan}{note}", source=source)


def never(note: str, source: str) -> Support:
    """Return a row: impossible on the target."""
    return Support(level=Level.NEVER, note=note, source=source)
