"""How the gateway shall see the endpoints and their revisions. Pure; applies nothing."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from isoserve.runtime.gateway_config import Backend, Front
from isoserve.runtime.revision import Revision
from isoserve.runtime.state import EndpointRecord

_SLACK_S = 5.0


def front(
    record: EndpointRecord,
    revisions: Sequence[Revision],
    *,
    without: str | None = None,
    without_ports: Container[int] = (),
) -> Front:
    """One endpoint with its proven revisions; without one of them, or without some replicas."""
    request = record.request
    backends = {
        one.name: _without(one.backend, without_ports)
        for one in revisions
        if one.proven and one.name != without
    }
    return Front(
        port=record.port,
        key=record.key,
        open=request.auth == "none",
        model_name=request.model_name,
        protocol=request.protocol,
        timeout_s=request.timeout_s,
        upload_s=record.upload_s,
        max_body_bytes=request.max_body_bytes,
        stream=request.stream,
        live=record.live if record.live in backends else None,
        backends=backends,
    )


def longest_s(record: EndpointRecord, drain_s: float) -> float:
    """Longest life of a request that is in flight now, seconds."""
    if record.request.stream:
        return max(drain_s, _SLACK_S)
    return max(drain_s, record.upload_s + record.request.timeout_s + _SLACK_S)


def _without(backend: Backend, ports: Container[int]) -> Backend:
    return replace(backend, hosts=[host for host in backend.hosts if host.port not in ports])


def ports_of(fronts: Mapping[str, Front], endpoint: str, revision: str) -> set[int]:
    """Ports of a revision's replicas, as the gateway knows them."""
    known = fronts.get(endpoint)
    backend = None if known is None else known.backends.get(revision)
    return set() if backend is None else {host.port for host in backend.hosts}
