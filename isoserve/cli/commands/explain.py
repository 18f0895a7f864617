"""`isoserve explain`. What there is to say comes from explanation.py; this shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, notice, paint, print_table, say

if TYPE_CHECKING:
    from isoserve.cli.explanation import Asked, Explanation, Field

_COLOURS = {"NATIVE": "green", "COMPOSED": "green", "NOT_YET": "yellow", "NEVER": "red"}
_DEPTH = {"endpoints": 2, "models": 2}
"""How many parts of a path make its group."""

ShowOrigin = Annotated[bool, typer.Option("--origin", help="Show file and line of each value.")]
All = Annotated[bool, typer.Option("--all", help="Show defaults too, not only what the files state.")]


def command(
    stack: Stack = None,
    origin: ShowOrigin = False,
    everything: All = False,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Show every value, its origin and how the target does it.

    Native: the target does it itself. Composed: built from neighbouring
    services. Not_yet and never are refused, by `preview` and `up` before
    anything is created; here they are shown and the exit code stays 0. Needs no
    cloud package and no network.

    JSON: {"stack", "target", "class", "fields": [{"path", "value", "origin":
    {"file", "line", "layer"}|null, "capabilities": [name]}], "capabilities":
    [{"name", "what", "asked_at", "level", "note", "source", "proof"}],
    "callers": [{"endpoint", "protocol", "auth"}], "elsewhere": [{"target",
    "auth", "protocol"}], "refused": [{"what", "at", "fix"}]}.
    """
    from isoserve.cli.explanation import explain

    root = find_project(project)
    found = explain(root, choose_stack(root, stack))
    if as_json:
        emit(_json(found))
        return
    spec = found.spec
    say(f"{spec.stack}: service {spec.service.name} in environment {spec.environment.name}")
    say(f"target {spec.environment.target}, class {spec.environment.class_}")
    _print_fields(found, origin=origin, everything=everything)
    _print_asked(found)
    _print_callers(found)
    _print_refused(found)


def _print_fields(found: Explanation, *, origin: bool, everything: bool) -> None:
    levels = {one.demand.capability: one.support.level.name.lower() for one in found.asked}
    groups: dict[str, list[list[str]]] = {}
    for field in found.fields:
        if not (everything or field.stated):
            continue
        parts = field.path.split(".")
        depth = _DEPTH.get(parts[0], 1)
        support = ", ".join(sorted({levels[asked] for asked in field.asks}))
        row = [".".join(parts[depth:]), _value(field.value), support]
        groups.setdefault(".".join(parts[:depth]), []).append([*row, _place(field)] if origin else row)
    for group, rows in groups.items():
        say()
        say(paint(group, "bold"))
        print_table(["field", "value", "support", *(["origin"] if origin else [])], rows)


def _print_asked(found: Explanation) -> None:
    say()
    say(paint("what is asked of the target", "bold"))
    for one in found.asked:
        level = one.support.level.name
        say(f"{paint(f'{level.lower():<9}', _COLOURS[level])} {one.demand.capability.value}")
        say(f"          asked at {one.demand.at}: {one.support.note}")
        say(f"          {paint(f'{one.support.source}; proof: {one.support.proof.value}', 'dim')}")


def _print_callers(found: Explanation) -> None:
    from isoserve.cli.explanation import auth_in_words

    say()
    say(paint("what a caller sees", "bold"))
    for name, endpoint in found.spec.endpoints.items():
        say(f"{name}: protocol {endpoint.requests.protocol}; auth: {auth_in_words(found, name)}")
    say()
    say("on another target the same service would answer with")
    rows = [[one.target, one.level, one.auth] for one in found.elsewhere]
    print_table(("target", "protocol", "auth: platform means"), rows)


def _print_refused(found: Explanation) -> None:
    if not found.refused:
        return
    say()
    say(paint("refused", "red"))
    for fault in found.refused:
        say(str(fault))
    notice(f"`up` would stop here: {len(found.refused)} refused")


def _json(found: Explanation) -> Mapping[str, object]:
    from isoserve.cli.explanation import auth_in_words

    spec = found.spec
    callers = [
        {"endpoint": name, "protocol": one.requests.protocol, "auth": auth_in_words(found, name)}
        for name, one in spec.endpoints.items()
    ]
    return {
        "stack": spec.stack,
        "target": spec.environment.target,
        "class": spec.environment.class_,
        "fields": [_field_json(field) for field in found.fields],
        "capabilities": [_asked_json(one) for one in found.asked],
        "callers": callers,
        "elsewhere": [
            {"target": one.target, "auth": one.auth, "protocol": one.level} for one in found.elsewhere
        ],
        "refused": [{"what": fault.what, "at": fault.at, "fix": fault.fix} for fault in found.refused],
    }


def _field_json(field: Field) -> Mapping[str, object]:
    origin = field.origin
    place = None if origin is None else {"file": origin.file, "line": origin.line, "layer": origin.layer}
    asks = [one.name.lower() for one in field.asks]
    return {"path": field.path, "value": field.value, "origin": place, "capabilities": asks}


def _asked_json(one: Asked) -> Mapping[str, object]:
    return {
        "name": one.demand.capability.name.lower(),
        "what": one.demand.capability.value,
        "asked_at": one.demand.at,
        "level": one.support.level.name.lower(),
        "note": one.support.note,
        "source": one.support.source,
        "proof": one.support.proof.name.lower(),
    }


def _place(field: Field) -> str:
    origin = field.origin
    return "default" if origin is None else f"{origin.file}:{origin.line} ({origin.layer})"


def _value(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)
