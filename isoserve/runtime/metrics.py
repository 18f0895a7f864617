"""`GET /metrics`: isoserve's neutral names, from what Envoy and the replicas count. Keeps nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from isoserve.errors import AgentError
from isoserve.runtime.gateway_admin import ask
from isoserve.runtime.gateway_config import plain
from isoserve.runtime.loopback import fetch
from isoserve.runtime.replica import Replica
from isoserve.runtime.supervisor import Supervisor

_WANTED = (
    "^(cluster[.][^.]+[.](upstream_rq_[0-9]{3}|upstream_rq_time|upstream_rq_active|upstream_rq_retry)"
    "|http[.][^.]+[.](api_key_auth[.](unauthorized|forbidden)|downstream_rq_too_large|no_route))$"
)
_MERGE_S = 0.02
_LINE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_INFERENCES = {"model_infer_request_success_total": "success", "model_infer_request_failure_total": "failure"}
_UNROUTED = {
    "envoy_http_api_key_auth_unauthorized": "401",
    "envoy_http_api_key_auth_forbidden": "403",
    "envoy_http_downstream_rq_too_large": "413",
}
"""Answered by the gateway itself, before there was a revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value under its labels."""

    name: str
    value: float
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All samples of one metric."""

    name: str
    kind: str
    about: str
    samples: Sequence[Sample] = field(default_factory=list[Sample])


async def render(supervisor: Supervisor) -> str:
    """The whole text; what does not answer is left out, never shown as 0."""
    try:
        await ask("/stats?filter=^$", within_s=2.0)  # a question makes Envoy merge its workers' histograms
        await asyncio.sleep(_MERGE_S)
        envoy = list(parse(await ask(f"/stats/prometheus?filter={_quoted(_WANTED)}", within_s=2.0)))
    except AgentError:
        envoy = []
    names = {plain(endpoint): endpoint for endpoint in supervisor.endpoints}
    names |= {plain(revision): revision for _, revision in supervisor.revisions}
    families = [*_traffic(envoy, names), *_replicas(supervisor), *_releases(supervisor)]
    families.append(await _inferences(supervisor))
    return "".join(_text(family) for family in families)


def parse(text: str) -> Iterator[Sample]:
    """Samples of a Prometheus text."""
    for line in text.splitlines():
        if line and line[0] != "#" and (found := _LINE.match(line)):
            labels = dict(_LABEL.findall(found["labels"] or ""))
            yield Sample(name=found["name"], value=float(found["value"]), labels=labels)


def _traffic(envoy: Iterable[Sample], names: Mapping[str, str]) -> Iterator[Family]:
    requests: list[Sample] = []
    durations: list[Sample] = []
    active: list[Sample] = []
    retries: list[Sample] = []
    for one in envoy:
        of = _of_cluster(one, names)
        if of is not None and one.name == "envoy_cluster_upstream_rq":
            labels = {**of, "code": one.labels["envoy_response_code"]}
            requests.append(Sample(name="isoserve_requests_total", value=one.value, labels=labels))
        elif of is not None and one.name.startswith("envoy_cluster_upstream_rq_time"):
            durations.append(_seconds(one, of))
        elif of is not None and one.name == "envoy_cluster_upstream_rq_active":
            active.append(Sample(name="isoserve_requests_in_flight", value=one.value, labels=of))
        elif of is not None and one.name == "envoy_cluster_upstream_rq_retry":
            retries.append(Sample(name="isoserve_request_retries_total", value=one.value, labels=of))
        elif one.name in _UNROUTED:
            endpoint = names.get(one.labels.get("envoy_http_conn_manager_prefix", ""), "")
            labels = {"endpoint": endpoint, "revision": "", "code": _UNROUTED[one.name]}
            if endpoint:
                requests.append(Sample(name="isoserve_requests_total", value=one.value, labels=labels))
    about = "Requests answered; without a revision: by the gateway itself"
    yield Family(name="isoserve_requests_total", kind="counter", about=about, samples=requests)
    about = "Seconds from the request's arrival at the gateway to the end of the revision's answer"
    yield Family(name="isoserve_request_duration_seconds", kind="histogram", about=about, samples=durations)
    about = "Requests that a revision has not answered yet"
    yield Family(name="isoserve_requests_in_flight", kind="gauge", about=about, samples=active)
    about = "Tries after the first"
    yield Family(name="isoserve_request_retries_total", kind="counter", about=about, samples=retries)


def _replicas(supervisor: Supervisor) -> Iterator[Family]:
    states: list[Sample] = []
    restarts: list[Sample] = []
    for (endpoint, name), revision in supervisor.revisions.items():
        found = [replica.status() for replica in revision.replicas.values()]
        for state in ("starting", "ready", "unready", "restarting", "stopping"):
            labels = {"endpoint": endpoint, "revision": name, "state": state}
            count = sum(one.state == state for one in found)
            states.append(Sample(name="isoserve_replicas", value=count, labels=labels))
        for one in found:
            labels = {"endpoint": endpoint, "revision": name, "replica": str(one.index)}
            value = one.restarts
            restarts.append(Sample(name="isoserve_replica_restarts_total", value=value, labels=labels))
    yield Family(name="isoserve_replicas", kind="gauge", about="Replicas by state", samples=states)
    about = "Restarts after a crash"
    yield Family(name="isoserve_replica_restarts_total", kind="counter", about=about, samples=restarts)


def _releases(supervisor: Supervisor) -> Iterator[Family]:
    info: list[Sample] = []
    times: list[Sample] = []
    for endpoint, record in supervisor.endpoints.items():
        if record.live is None:
            continue
        revision = record.revisions.get(record.live)
        version = "" if revision is None else revision.request.model_version
        labels = {"endpoint": endpoint, "revision": record.live, "version": version}
        info.append(Sample(name="isoserve_release_info", value=1, labels=labels))
        times += [
            Sample(name="isoserve_release_time_seconds", value=one.at, labels={"endpoint": endpoint})
            for one in record.history[-1:]
        ]
    about = "The live revision and its model version"
    yield Family(name="isoserve_release_info", kind="gauge", about=about, samples=info)
    about = "Time of the last release, seconds since the epoch"
    yield Family(name="isoserve_release_time_seconds", kind="gauge", about=about, samples=times)
    restarts = [Sample(name="isoserve_gateway_restarts_total", value=supervisor.gateway.restarts, labels={})]
    about = "Restarts of the gateway after a crash"
    yield Family(name="isoserve_gateway_restarts_total", kind="counter", about=about, samples=restarts)


async def _inferences(supervisor: Supervisor) -> Family:
    """What the model servers count themselves."""
    replicas = [one for revision in supervisor.revisions.values() for one in revision.replicas.values()]
    found = await asyncio.gather(*(_scrape(one) for one in replicas))
    about = "Inferences by the model server's own count"
    samples = [sample for one in found for sample in one]
    return Family(name="isoserve_inferences_total", kind="counter", about=about, samples=samples)


async def _scrape(replica: Replica) -> Sequence[Sample]:
    if replica.scraped_port is None:
        return []
    try:
        text = (await fetch(replica.scraped_port, "/metrics", within_s=1.0)).text
    except AgentError:
        return []
    sums: dict[str, float] = {}
    for one in parse(text):
        if (outcome := _INFERENCES.get(one.name)) is not None:
            sums[outcome] = sums.get(outcome, 0.0) + one.value
    place = replica.place
    labels = {"endpoint": place.endpoint, "revision": place.revision, "replica": str(place.index)}
    return [
        Sample(name="isoserve_inferences_total", value=value, labels={**labels, "outcome": outcome})
        for outcome, value in sorted(sums.items())
    ]


def _of_cluster(one: Sample, names: Mapping[str, str]) -> dict[str, str] | None:
    endpoint, _, revision = one.labels.get("envoy_cluster_name", "").partition("/")
    if endpoint in names and revision in names:
        return {"endpoint": names[endpoint], "revision": names[revision]}
    return None


def _seconds(one: Sample, of: Mapping[str, str]) -> Sample:
    """Envoy counts milliseconds."""
    suffix = one.name.removeprefix("envoy_cluster_upstream_rq_time")
    labels = dict(of)
    if (bound := one.labels.get("le")) is not None:
        labels["le"] = bound if bound == "+Inf" else f"{float(bound) / 1000:g}"
    value = one.value / 1000 if suffix == "_sum" else one.value
    return Sample(name=f"isoserve_request_duration_seconds{suffix}", value=value, labels=labels)


def _text(family: Family) -> str:
    name = family.name
    head = f"# HELP {name} {family.about}\n# TYPE {name} {family.kind}\n"
    return head + "".join(_sample_text(one) for one in family.samples)


def _sample_text(one: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in one.labels.items())
    return f"{one.name}{{{labels}}} {one.value:.17g}\n" if labels else f"{one.name} {one.value:.17g}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _quoted(pattern: str) -> str:
    from urllib.parse import quote

    return quote(pattern, safe="")
