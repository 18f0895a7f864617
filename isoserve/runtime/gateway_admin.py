"""Questions to Envoy's admin socket. Changes nothing but log files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from isoserve.errors import AgentError
from isoserve.runtime.fields import Fields, as_list, as_object
from isoserve.runtime.gateway_config import ADMIN_SOCKET, MAX_RETRIES, cluster_name, plain
from isoserve.runtime.loopback import fetch

_RETRIES = "circuit_breakers.default.remaining_retries"


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """Requests that are not answered yet."""

    of_revision: int
    """Sent to the revision, waiting for a connection to it, or between two tries."""
    undecided: int
    """Of the endpoint, and with no revision yet: their body is still arriving."""


async def ask(path: str, *, method: str = "GET", within_s: float = 5.0) -> str:
    """The answer's text. Raises AgentError while Envoy does not answer."""
    answer = await fetch(Path(ADMIN_SOCKET), path, method=method, within_s=within_s)
    if answer.status != 200:
        raise AgentError(f"the gateway answered {answer.status} to {path.partition('?')[0]}")
    return answer.text


async def ready() -> None:
    """Raises AgentError until Envoy has its first configuration."""
    await ask("/ready", within_s=2.0)


async def statistics(pattern: str) -> dict[str, str]:
    """Statistics whose name matches: name → value."""
    lines = (await ask(f"/stats?filter={quote(pattern, safe='')}")).splitlines()
    pairs = (line.split(": ", 1) for line in lines if ": " in line)
    return {name: value.strip('"') for name, value in pairs}


async def in_flight(endpoint: str, revision: str) -> InFlight:
    """What is still unanswered; several statistics that are read one after the other."""
    prefix = plain(endpoint)
    gauges = f"(upstream_rq_active|upstream_rq_pending_active|{_RETRIES})"
    found = await statistics(rf"^(cluster\.{prefix}/[^.]+\.{gauges}|http\.{prefix}\.downstream_rq_active)$")
    sent = sum(int(value) for name, value in found.items() if name.endswith("_active") and name[0] == "c")
    mine = f"cluster.{cluster_name(endpoint, revision)}."
    active = sum(int(found.get(f"{mine}upstream_rq_{kind}", 0)) for kind in ("active", "pending_active"))
    retrying = MAX_RETRIES - int(found.get(mine + _RETRIES, MAX_RETRIES))
    arrived = int(found.get(f"http.{prefix}.downstream_rq_active", 0))
    return InFlight(of_revision=active + max(0, retrying), undecided=max(0, arrived - sent))


async def active_by_port(endpoint: str, revision: str) -> dict[int, int]:
    """Port of each host of a revision → its unanswered requests."""
    answer: object = json.loads(await ask("/clusters?format=json"))
    for one in as_list(Fields(answer, "clusters").raw("cluster_statuses", []), "clusters"):
        of = Fields(one, "cluster")
        if of.raw("name") == cluster_name(endpoint, revision):
            return dict(_host(host) for host in as_list(of.raw("host_statuses", []), "hosts"))
    return {}


def _host(value: object) -> tuple[int, int]:
    of = Fields(value, "host")
    address = as_object(as_object(of.raw("address"), "address")["socket_address"], "address")
    stats = [Fields(one, "stat") for one in as_list(of.raw("stats", []), "stats")]
    active = [int(stat.text("value", "0")) for stat in stats if stat.raw("name") == "rq_active"]
    return int(str(address["port_value"])), sum(active)


async def rejection() -> str:
    """Why Envoy refused its last configuration, in its own words; empty where it did not."""
    dump = await ask("/config_dump")
    details = [line.partition(":")[2].strip(' ",') for line in dump.splitlines() if '"details": ' in line]
    return "; ".join(dict.fromkeys(details))
