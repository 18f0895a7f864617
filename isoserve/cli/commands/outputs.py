"""`isoserve outputs`. Reads the stack's state through isoserve.engine; asks no agent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

import typer

from isoserve.cli.endpoints import OUTPUT, as_mapping, endpoints_of
from isoserve.cli.failure import UsageError, did_you_mean
from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, notice, say

Name = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="One endpoint, or one value of it, such as `fraud.url`."),
]
ShowSecrets = Annotated[
    bool, typer.Option("--show-secrets", help="Print secret values in clear instead of [secret].")
]


def command(
    name: Name = None,
    stack: Stack = None,
    show_secrets: ShowSecrets = False,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Print a stack's endpoints: URL, protocol, auth and a curl line.

    With the NAME of one value nothing but that value is printed, for use in
    scripts: $(isoserve outputs fraud.key -s fraud-prod --show-secrets).
    JSON: the stack's outputs as they are, or the named part of them.
    """
    from isoserve.engine import open_stack

    root = find_project(project)
    chosen = choose_stack(root, stack)
    outputs = open_stack(root, chosen, create=False).outputs(show_secrets=show_secrets)
    if name is not None:
        _print_value(_named(outputs, name), as_json=as_json)
    elif as_json:
        emit(dict(outputs))
    else:
        _print_all(outputs, chosen)


def _print_all(outputs: Mapping[str, object], stack: str) -> None:
    from isoserve.cli.summary import print_endpoints

    if not outputs:
        notice(f"stack {stack} has no outputs yet: isoserve up -s {stack}")
    print_endpoints(endpoints_of(outputs))
    for key, value in sorted(outputs.items()):
        if key != OUTPUT:
            say(f"{key}: {_text(value)}")


def _print_value(value: object, *, as_json: bool) -> None:
    if as_json:
        emit(value)
    elif inside := as_mapping(value):
        for key, item in inside.items():
            say(f"{key}: {_text(item)}")
    else:
        say(_text(value))


def _named(outputs: Mapping[str, object], name: str) -> object:
    """Walk a dotted name, first among the endpoints, then among all outputs."""
    first, *rest = name.split(".")
    endpoints = as_mapping(outputs.get(OUTPUT))
    here: object = {**outputs, **endpoints}
    for part in (first, *rest):
        known = as_mapping(here)
        if part not in known:
            raise _unknown(name, part, list(known))
        here = known[part]
    return here


def _unknown(name: str, part: str, known: list[str]) -> UsageError:
    fix = (
        f"{did_you_mean(part, known)}known: {', '.join(sorted(known))}" if known else "run isoserve up first"
    )
    return UsageError(f"no output named {name!r}", fix=fix)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
