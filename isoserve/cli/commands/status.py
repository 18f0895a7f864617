"""`isoserve status`. What runs is the agent's to say; this only shows it and judges health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import typer

from isoserve.cli.live import LiveEndpoint, connect, endpoints_of, read_names
from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, notice, print_table
from isoserve.errors import AgentError
from isoserve.runtime.client import AgentStatus, RevisionStatus

_HEADER = ("endpoint", "revision", "model", "state", "ready", "restarts", "pids", "port", "since")


def command(
    stack: Stack = None,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Show what runs now; exit 8 if an endpoint is not healthy.

    Healthy: a revision is live, all its wanted replicas answer, and so does
    the gateway. The live revision is marked *. The exit code is also 8 where
    nothing runs or the agent cannot be reached.

    JSON: {"stack", "healthy", "agent": {"pid", "started", "version",
    "gateway_pid", "gateway_restarts", "metrics_url"}, "endpoints": [{"name",
    "name_on_target", "url", "healthy", "live", "since", "revisions": [{"name",
    "live", "state", "model_version", "ready", "wanted", "restarts",
    "replicas": [{"index", "state", "port", "pid", "restarts"}]}]}]}.
    """
    root = find_project(project)
    names = read_names(root, choose_stack(root, stack))
    status = connect(root, names).status()
    endpoints = endpoints_of(status, names)
    if not endpoints and not as_json:
        raise AgentError("no endpoint runs", at=f"stack {names.stack}", fix=f"isoserve up -s {names.stack}")
    healthy = bool(endpoints) and all(endpoint.healthy for endpoint in endpoints)
    if as_json:
        emit({"stack": names.stack, "healthy": healthy, **snapshot(status, endpoints)})
    else:
        print_table(_HEADER, [row for endpoint in endpoints for row in _rows(endpoint)])
    for endpoint in endpoints:
        if not endpoint.healthy:
            notice(f"{endpoint.name} is not healthy: isoserve logs {endpoint.name} -s {names.stack}")
    if not healthy:
        raise typer.Exit(AgentError.exit_code)


def snapshot(status: AgentStatus, endpoints: Sequence[LiveEndpoint]) -> Mapping[str, object]:
    """Return agent and endpoints in the documented JSON shape; holds no key."""
    agent = {
        "pid": status.pid,
        "started": _time(status.started),
        "version": status.version,
        "gateway_pid": status.gateway_pid,
        "gateway_restarts": status.gateway_restarts,
        "metrics_url": status.metrics_url,
    }
    return {"agent": agent, "endpoints": [_endpoint(endpoint) for endpoint in endpoints]}


def _endpoint(endpoint: LiveEndpoint) -> Mapping[str, object]:
    return {
        "name": endpoint.name,
        "name_on_target": endpoint.status.name,
        "url": endpoint.status.url,
        "healthy": endpoint.healthy,
        "live": endpoint.status.live,
        "since": _time(endpoint.since),
        "revisions": [
            _revision(one, live=name == endpoint.status.live)
            for name, one in endpoint.status.revisions.items()
        ],
    }


def _revision(revision: RevisionStatus, *, live: bool) -> Mapping[str, object]:
    return {
        "name": revision.name,
        "live": live,
        "state": revision.state,
        "model_version": revision.model_version,
        "ready": revision.replicas_ready,
        "wanted": revision.replicas_wanted,
        "restarts": revision.restarts,
        "replicas": [
            {
                "index": one.index,
                "state": one.state,
                "port": one.port,
                "pid": one.pid,
                "restarts": one.restarts,
            }
            for one in revision.replicas
        ],
    }


def _rows(endpoint: LiveEndpoint) -> list[list[str]]:
    if not endpoint.status.revisions:
        return [[endpoint.name, "none", "", "down", "0/0", "0", "", str(endpoint.status.port), ""]]
    return [
        _row(endpoint, one, live=name == endpoint.status.live)
        for name, one in endpoint.status.revisions.items()
    ]


def _row(endpoint: LiveEndpoint, revision: RevisionStatus, *, live: bool) -> list[str]:
    return [
        endpoint.name,
        revision.name + (" *" if live else ""),
        f"{endpoint.status.model_name} {revision.model_version}",
        revision.state,
        f"{revision.replicas_ready}/{revision.replicas_wanted}",
        str(revision.restarts),
        " ".join(str(pid) for pid in revision.pids),
        str(endpoint.status.port),
        (_time(endpoint.since) or "") if live else "",
    ]


def _time(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
