"""`isoserve logs`. The agent keeps the logs; this fetches, labels and follows them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from isoserve.cli.endpoints import choose
from isoserve.cli.failure import UsageError
from isoserve.cli.live import LiveEndpoint, connect, endpoints_of, read_names
from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, say
from isoserve.runtime.client import AgentClient

_POLL_S = 0.5
_WINDOW = 1000
"""Lines of each replica that are compared while following: more than a replica writes in one poll."""

EndpointName = Annotated[
    str | None, typer.Argument(metavar="[ENDPOINT]", help="One endpoint; default: all of the stack.")
]
Revision = Annotated[
    str | None, typer.Option("--revision", metavar="R", help="One revision; default: the live one.")
]
Lines = Annotated[
    int, typer.Option("-n", "--lines", min=1, help="How many of the last lines of each replica.")
]
Follow = Annotated[bool, typer.Option("-f", "--follow", help="Go on with new lines until Ctrl-C.")]


def command(
    endpoint: EndpointName = None,
    stack: Stack = None,
    revision: Revision = None,
    lines: Lines = 100,
    follow: Follow = False,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Print the replicas' logs.

    Each line starts with the replica's number, and with its endpoint where
    there are several. JSON (not with -f): {"logs": [{"endpoint", "revision",
    "lines": [text]}]}.
    """
    if follow and as_json:
        raise UsageError("-f never ends, so it has no JSON document", fix="leave out -f or --json")
    root = find_project(project)
    names = read_names(root, choose_stack(root, stack))
    client = connect(root, names)
    found = endpoints_of(client.status(), names)
    if revision is not None or endpoint is not None or len(found) < 2:
        chosen = choose([one.name for one in found], endpoint)
        found = [one for one in found if one.name == chosen]
    fetched = [(one, client.logs(one.status.name, revision, lines=lines)) for one in found]
    if as_json:
        emit({"logs": [_json(one, revision, text) for one, text in fetched]})
        return
    for one, text in fetched:
        _print(one, text, several=len(found) > 1)
    sys.stdout.flush()
    if follow:
        _follow(client, found, revision)


def new_lines(before: Sequence[str], now: Sequence[str]) -> Sequence[str]:
    """Return what `now` has beyond `before`, both being the tail of the same log of one replica."""
    for overlap in range(min(len(before), len(now)), 0, -1):
        if before[-overlap:] == now[:overlap]:
            return now[overlap:]
    return now


def by_replica(lines: Sequence[str]) -> dict[str, list[str]]:
    """Sort labelled lines into one list per replica; the label stays on."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.partition("|")[0], []).append(line)
    return found


def _follow(client: AgentClient, endpoints: Sequence[LiveEndpoint], revision: str | None) -> None:
    seen = [by_replica(client.logs(one.status.name, revision, lines=_WINDOW)) for one in endpoints]
    while True:
        time.sleep(_POLL_S)
        for position, one in enumerate(endpoints):
            now = by_replica(client.logs(one.status.name, revision, lines=_WINDOW))
            for replica, lines in now.items():
                fresh = new_lines(seen[position].get(replica, []), lines)
                _print(one, fresh, several=len(endpoints) > 1)
            seen[position] = now
        sys.stdout.flush()


def _print(endpoint: LiveEndpoint, lines: Sequence[str], *, several: bool) -> None:
    for line in lines:
        say(f"{endpoint.name}/{line}" if several else line)


def _json(endpoint: LiveEndpoint, revision: str | None, lines: Sequence[str]) -> dict[str, object]:
    return {"endpoint": endpoint.name, "revision": revision or endpoint.status.live, "lines": list(lines)}
