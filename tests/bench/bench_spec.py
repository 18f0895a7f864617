"""Times load_serving of 1,000 endpoints against a plain YAML loader and plain pydantic models.

Run: python tests/bench/bench_spec.py [endpoints]. The bar is a ratio of at most 1.5.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from pydantic import BaseModel

from isoserve.spec import load_serving

ROUNDS = 7
ENDPOINT = """\
  endpoint-{n}:
    model: model-{n}
    server: {{kind: vllm, args: {{max-model-len: 8192}}, env: {{LOG_LEVEL: info}}}}
    resources: {{cpu: 2, memory: 4GiB}}
    accelerator: [{{type: l4, count: 1}}, {{memory: 20GiB}}]
    pool: gpu
    ready_within: 5m
    on_no_capacity: fail
    requests: {{timeout: 5s, max_body: 1MiB, protocol: v2, stream: false}}
    autoscaling: {{min_replicas: 2, max_replicas: 8, scale_on: {{concurrency: 8}}}}
    rollout: {{strategy: canary, steps: [10, 50], bake: 5m, min_requests: 500, abort_on: [error_rate > 1%]}}
    access: {{callers: [fraud-api], egress: stores, auth: platform}}
    capture: {{sample: 10%, redact: [pan, email], retain: 30d}}
    monitors: {{drift: {{schedule: hourly, alert_above: 0.2}}}}
"""
MODEL = """\
  model-{n}:
    format: sklearn
    versions:
      "1": {{uri: ../../models/{n}/1, sha256: {sha}, baseline: ../../models/{n}/baseline.csv}}
"""
ENVIRONMENT = """\
isoserve: 1
class: prod
target: kubernetes
region: eu-1
existing:
  artifact_store: s3://ml/isoserve
  callers: {fraud-api: fraud-api@example}
node_pools: {gpu: {accelerator: {type: l4, count: 1}, min_nodes: 1, max_nodes: 4, spot: false}}
enforce: {access: {auth: platform}}
limits: {usd_month: 3000}
"""
STACK = """\
config:
  serving:environment: prod
  serving:service: fleet
  serving:overrides: {endpoints: {endpoint-0: {autoscaling: {max_replicas: 12}}}}
"""


class Server(BaseModel):
    kind: str
    command: list[str] = []
    args: dict[str, str | int | float | bool] = {}
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    image: str | None = None
    front: str = "auto"


class Resources(BaseModel):
    cpu: float = 1
    memory: str = "1GiB"


class Accelerator(BaseModel):
    type: str | None = None
    count: int = 1
    memory: str | None = None


class Requests(BaseModel):
    timeout: str = "60s"
    max_body: str = "1MiB"
    protocol: str = "v2"
    stream: bool = False


class ScaleOn(BaseModel):
    concurrency: float | None = None
    utilization: float | None = None


class Autoscaling(BaseModel):
    min_replicas: int = 1
    max_replicas: int
    scale_on: ScaleOn = ScaleOn()


class Rollout(BaseModel):
    strategy: str
    steps: list[int] = []
    bake: str = "5m"
    min_requests: int = 0
    abort_on: list[str] = []


class Access(BaseModel):
    callers: list[str] = []
    egress: str | list[str] = "stores"
    auth: str = "platform"


class Capture(BaseModel):
    sample: str = "10%"
    redact: list[str] = []
    retain: str = "30d"


class Drift(BaseModel):
    schedule: str = "daily"
    alert_above: float = 0.2


class Monitors(BaseModel):
    drift: Drift | None = None


class Endpoint(BaseModel):
    model: str
    server: Server
    resources: Resources = Resources()
    accelerator: list[Accelerator] = []
    pool: str | None = None
    ready_within: str = "5m"
    on_no_capacity: str = "fail"
    requests: Requests = Requests()
    autoscaling: Autoscaling | None = None
    rollout: Rollout | None = None
    access: Access = Access()
    capture: Capture | None = None
    monitors: Monitors | None = None


class ModelVersion(BaseModel):
    uri: str
    sha256: str | None = None
    baseline: str | None = None


class Model(BaseModel):
    format: str
    versions: dict[str, ModelVersion]


class Service(BaseModel):
    isoserve: int
    name: str
    owner: str
    models: dict[str, Model]
    endpoints: dict[str, Endpoint]


class Environment(BaseModel):
    isoserve: int
    target: str
    region: str
    existing: dict[str, object] = {}
    node_pools: dict[str, object] = {}
    enforce: dict[str, object] = {}
    limits: dict[str, float] = {}


def write_project(root: Path, endpoints: int) -> None:
    """Write one service with so many endpoints, each with a model of its own."""
    for folder in ("environments", "services"):
        (root / "stacks" / folder).mkdir(parents=True)
    models = "".join(MODEL.format(n=n, sha=f"a{n:063x}") for n in range(endpoints))
    body = "".join(ENDPOINT.format(n=n) for n in range(endpoints))
    service = f"isoserve: 1\nname: fleet\nowner: ml\nmodels:\n{models}endpoints:\n{body}"
    (root / "stacks/services/fleet.yaml").write_text(service)
    (root / "stacks/environments/prod.yaml").write_text(ENVIRONMENT)
    (root / "stacks/Pulumi.fleet-prod.yaml").write_text(STACK)


def plain(root: Path) -> None:
    """Load the same files without positions, origins, merging, units or checks."""

    def read(file: str) -> object:
        return yaml.load((root / "stacks" / file).read_bytes(), Loader=yaml.CSafeLoader)

    read("Pulumi.fleet-prod.yaml")
    Environment.model_validate(read("environments/prod.yaml"))
    Service.model_validate(read("services/fleet.yaml"))


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure(endpoints: int, rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the median seconds of load_serving and of the plain loader, in interleaved rounds."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, endpoints)
        load_serving(root, "fleet-prod")
        for _ in range(rounds):
            theirs.append(timed(lambda: plain(root)))
            ours.append(timed(lambda: load_serving(root, "fleet-prod")))
    return statistics.median(ours), statistics.median(theirs)


def main() -> None:
    """Print both times and their ratio."""
    endpoints = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    ours, theirs = measure(endpoints)
    print(f"endpoints     {endpoints}")
    print(f"load_serving  {ours:.3f} s")
    print(f"plain         {theirs:.3f} s   yaml.load(CSafeLoader) + plain pydantic models")
    print(f"ratio         {ours / theirs:.2f}   (bar: 1.50)")


if __name__ == "__main__":
    main()
