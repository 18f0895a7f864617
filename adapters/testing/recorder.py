"""Records what a program declares, by Pulumi's mocks: inputs, parents, order. Starts no engine.

The mocks see inputs only; parents, order and options come from the registration request itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pulumi
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest, RegisterResourceResponse
from pulumi.runtime.stack import run_pulumi_func

from isoserve.adapters.base.facts import Declared

ORGANIZATION, PROJECT, STACK = "acme", "serving", "fraud-test"
REDACTED = "<secret>"

Outputs = Mapping[str, pulumi.Input[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One registered resource."""

    token: str
    name: str
    urn: str
    inputs: Mapping[str, object]
    """As sent to the engine: secrets redacted, whole numbers as integers, keys sorted."""
    parent: str
    """URN of the parent; the stack's at the root."""
    after: frozenset[str]
    """URNs that it waits for, by order or by input."""
    provider: str
    """`urn::id` of the explicit provider; empty where none was given."""
    protect: bool

    def declared(self) -> Declared:
        """Return it as policies see it."""
        return Declared(token=self.token, urn=self.urn, props=self.inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was registered, in order of registration, and what the outputs came to."""

    rows: Sequence[Row]
    values: Mapping[str, object]
    secret: frozenset[str]
    """Names of the outputs that are marked secret."""

    def waits(self, row: Row) -> frozenset[str]:
        """Return every URN that a row waits for, directly or not."""
        by_urn = {each.urn: each for each in self.rows}
        seen: set[str] = set()
        todo = list(row.after)
        while todo:
            if (urn := todo.pop()) in by_urn and urn not in seen:
                seen.add(urn)
                todo += by_urn[urn].after
        return frozenset(seen)


def record(declare: Callable[[], Outputs]) -> Recording:
    """Run `declare` against mocks, in an event loop of its own, until everything is registered.

    Raises what `declare` raises. Two recordings never see each other's resources.
    """
    rows: list[Row] = []
    outputs: list[Outputs] = []
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        settings.reset_options()
        monitor = _Monitor(rows)
        mocks.set_mocks(
            monitor.mocks,
            project=PROJECT,
            stack=STACK,
            preview=False,
            monitor=monitor,
            organization=ORGANIZATION,
        )
        loop.run_until_complete(run_pulumi_func(lambda: outputs.append(declare())))
        resolved = loop.run_until_complete(_resolved(outputs[0]))
    finally:
        settings.reset_options()
        asyncio.set_event_loop(None)
        loop.close()
    values = {name: value for name, (value, _) in resolved.items()}
    return Recording(rows=rows, values=values, secret=frozenset(n for n, (_, hid) in resolved.items() if hid))


async def _resolved(outputs: Outputs) -> Mapping[str, tuple[object, bool]]:
    found: dict[str, tuple[object, bool]] = {}
    for name, given in outputs.items():
        output: pulumi.Output[object] = pulumi.Output.from_input(given)
        found[name] = (await output.future(), await output.is_secret())
    return found


class _Monitor(mocks.MockMonitor):
    """Writes a row for every registration; components and providers too."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__(_Echo())
        self._rows = rows

    def RegisterResource(self, request: RegisterResourceRequest) -> RegisterResourceResponse:  # noqa: N802
        """Record what the engine is asked, then answer as the mock does."""
        if request.type != "pulumi:pulumi:Stack":
            self._rows.append(_row(request, urn=self.make_urn(request.parent, request.type, request.name)))
        try:
            # the base class is not annotated
            return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType]
        finally:
            _close_loop_of_thread()


def _close_loop_of_thread() -> None:
    """Close what the mock opens in each of its worker threads and leaves open."""
    try:
        loop = asyncio.get_event_loop()
    except RuntimeError:  # a thread without one
        return
    if not loop.is_running():
        loop.close()
        asyncio.set_event_loop(None)


class _Echo(mocks.Mocks):
    """Answers a creation with its inputs."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, object]]:
        inputs = cast("Mapping[str, object]", args.inputs)  # pyright: ignore[reportUnknownMemberType] a bare dict
        return f"{args.name}-id", dict(inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], None]:  # noqa: ARG002
        return {}, None


def _row(asked: RegisterResourceRequest, *, urn: str) -> Row:
    plain = _plain(rpc.deserialize_properties(asked.object, keep_internal=True))
    return Row(
        token=asked.type,
        name=asked.name,
        urn=urn,
        inputs=cast("Mapping[str, object]", plain),  # properties are always a map
        parent=asked.parent,
        after=frozenset(asked.dependencies),
        provider=asked.provider,
        protect=asked.protect,
    )


def _plain(value: object) -> object:
    """Redact secrets, sort keys, and turn the engine's floats back into whole numbers."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value)  # JSON objects have text keys
        if rpc._special_sig_key in pairs:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            return REDACTED
        return {key: _plain(pairs[key]) for key in sorted(pairs)}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]  # JSON
    return int(value) if isinstance(value, float) and value.is_integer() else value
