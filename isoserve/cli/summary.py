"""How endpoints and a finished deployment are shown. Computes nothing that was not handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isoserve.cli.endpoints import Endpoint
from isoserve.cli.terminal import paint, print_table, say, seconds

_SIGNS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "delete": ("-", "red"),
    "replace": ("±", "yellow"),
    "same": ("=", "dim"),
}


def print_endpoints(endpoints: Sequence[Endpoint]) -> None:
    """Print the table of endpoints and, under it, one curl line each."""
    if not endpoints:
        return
    rows = [[e.name, e.url, e.protocol, e.auth, e.revision] for e in endpoints]
    print_table(("endpoint", "url", "protocol", "auth", "revision"), rows)
    for endpoint in endpoints:
        if endpoint.curl:
            say()
            say(endpoint.curl)


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
