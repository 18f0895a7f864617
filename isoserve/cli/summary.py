"""How endpoints and a finished deployment are shown. Computes nothing that was not handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from isoserve.cli import live
from isoserve.cli.endpoints import Endpoint
from isoserve.cli.terminal import paint, print_table, say, seconds

if TYPE_CHECKING:
    from isoserve.engine import UpSummary

_SIGNS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "delete": ("-", "red"),
    "replace": ("±", "yellow"),
    "same": ("=", "dim"),
}


def print_endpoints(endpoints: Sequence[Endpoint], replicas: Mapping[str, str] | None = None) -> None:
    """Print the table of endpoints, with `ready/wanted` replicas if known, and one curl line each."""
    if not endpoints:
        return
    header = ["endpoint", "url", "protocol", "auth", "model", "revision"]
    rows = [[e.name, e.url, e.protocol, e.auth, e.model, e.revision] for e in endpoints]
    if replicas:
        header.append("replicas")
        for row in rows:
            row.append(replicas.get(row[0], ""))
    print_table(header, rows)
    for endpoint in endpoints:
        if endpoint.curl:
            say()
            say(endpoint.curl)


def replicas_of(root: Path, stack: str) -> Mapping[str, str]:
    """Return endpoint → `ready/wanted` of its live revision; empty where no agent can tell."""
    names = live.read_names(root, stack)
    if names.target not in live.AGENT_TARGETS:
        return {}
    found = live.endpoints_of(live.connect(root, names).status(), names)
    return {
        one.name: f"{one.live.replicas_ready}/{one.live.replicas_wanted}"
        for one in found
        if one.live is not None
    }


def changes_json(stack: str, result: UpSummary) -> Mapping[str, object]:
    """Return what a finished command did in the documented JSON shape."""
    return {"stack": stack, "changes": dict(result.changes), "duration_s": round(result.duration_s, 3)}


def print_changes(changes: Mapping[str, int], *, duration_s: float | None, verb: str) -> None:
    """Print how many resources changed in which way, and how long it took."""
    counted = [(kind, count) for kind, count in changes.items() if count]
    parts = [
        paint(f"{_SIGNS.get(kind, ('', 'dim'))[0]}{count} {kind}", _SIGNS.get(kind, ("", "dim"))[1])
        for kind, count in counted
    ]
    took = f" in {seconds(duration_s)}" if duration_s is not None else ""
    say(f"{verb}{took}: {', '.join(parts) or 'nothing'}")


def print_next(stack: str, endpoints: Sequence[Endpoint]) -> None:
    """Print the commands that usually follow a successful `up`."""
    say()
    say("next:")
    if endpoints:
        say(f"  isoserve invoke {endpoints[0].name} -s {stack}")
    say(f"  isoserve status -s {stack}")
    say(f"  isoserve logs -s {stack} -f")
