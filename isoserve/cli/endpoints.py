"""A stack's endpoints as its outputs state them. Knows no target and asks no agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from isoserve.cli.failure import UsageError, did_you_mean

OUTPUT = "endpoints"
"""The name under which stacks/__main__.py exports them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint; a text is empty where the stack does not state it."""

    name: str
    url: str
    protocol: str
    auth: str
    curl: str
    model: str
    """Name and version, separated by a space."""
    revision: str
    key: str
    """The caller's key, `[secret]` unless secrets were asked for."""


def endpoints_of(outputs: Mapping[str, object]) -> Sequence[Endpoint]:
    """Return the endpoints in a stack's outputs by name; empty before the first `up`."""
    stated = outputs.get(OUTPUT)
    return [_endpoint(name, values) for name, values in sorted(as_mapping(stated).items())]


def shown(endpoint: Endpoint) -> Mapping[str, str]:
    """Return an endpoint in the documented JSON shape, without its key."""
    fields = ("name", "url", "protocol", "auth", "model", "revision", "curl")
    return {name: getattr(endpoint, name) for name in fields}


def choose(endpoints: Sequence[str], stated: str | None) -> str:
    """Return the stated endpoint if it exists, or the only one. Raises UsageError naming them."""
    if not endpoints:
        raise UsageError("the stack has no endpoint yet", fix="isoserve up")
    if stated is None:
        if len(endpoints) == 1:
            return endpoints[0]
        raise UsageError("which endpoint?", fix=f"name one of: {', '.join(endpoints)}")
    if stated in endpoints:
        return stated
    fix = f"{did_you_mean(stated, endpoints)}existing: {', '.join(endpoints)}"
    raise UsageError(f"no endpoint named {stated!r}", fix=fix)


def as_mapping(value: object) -> Mapping[str, object]:
    """Return the value if it is a mapping, else an empty one, with its keys as text."""
    if not isinstance(value, Mapping):
        return {}
    # the keys and values of a parsed document may be anything, which `object` is
    return {str(key): item for key, item in cast("Mapping[object, object]", value).items()}


def as_sequence(value: object) -> Sequence[object]:
    """Return the value if it is a list, else an empty one."""
    # as above
    return cast("list[object]", value) if isinstance(value, list) else []


def _endpoint(name: str, values: object) -> Endpoint:
    stated = as_mapping(values)

    def text(key: str) -> str:
        value = stated.get(key)
        return "" if value is None else str(value)

    return Endpoint(
        name=name,
        url=text("url"),
        protocol=text("protocol"),
        auth=text("auth"),
        curl=text("curl"),
        model=text("model"),
        revision=text("live") or text("revision"),
        key=text("key"),
    )
