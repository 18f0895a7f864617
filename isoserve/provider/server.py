"""The plugin's gRPC face: what the engine asks, answered by resource kinds. Holds no resource."""

# The names and parameters of the methods are the protocol's.
# ruff: noqa: N802, ARG002

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import ResourceProviderServicer, plugin_pb2, provider_pb2

from isoserve.errors import ServingError
from isoserve.provider.kind import Made, ResourceKind, Site
from isoserve.provider.values import UNKNOWN, Properties, Secret, decode, encode, has_unknown, plain_map

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


class InWords(grpc.ServerInterceptor):
    """Sends a ServingError to the engine as its own words, without a traceback."""

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[_Request, _Response] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[_Request, _Response] | None:
        """Wrap one call."""
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        return grpc.unary_unary_rpc_method_handler(
            _in_words(handler.unary_unary),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def _in_words(
    call: Callable[[_Request, grpc.ServicerContext], _Response],
) -> Callable[[_Request, grpc.ServicerContext], _Response]:
    def answer(request: _Request, context: grpc.ServicerContext) -> _Response:
        try:
            return call(request, context)
        except ServingError as exc:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(exc))

    return answer


class Servicer(ResourceProviderServicer):
    """Answers the engine for a set of resource kinds. Calls may come in parallel."""

    def __init__(self, kinds: Iterable[ResourceKind], *, root: Path, version: str) -> None:
        self._kinds: Mapping[str, ResourceKind] = {kind.token: kind for kind in kinds}
        self._root = root
        self._version = version
        self._site = Site(root=root, config={})

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the plugin's version."""
        return plugin_pb2.PluginInfo(version=self._version)

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        """Let running calls end: the engine ends the plugin, and every call can be made again."""
        return Empty()

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Refuse a state folder outside the project."""
        failures = [
            provider_pb2.CheckFailure(property=name, reason="must be a path inside the project")
            for name, value in plain_map(decode(request.news)).items()
            if name.endswith("Dir") and not self._inside(str(value))
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def _inside(self, path: str) -> bool:
        return (self._root / path).resolve().is_relative_to(self._root)

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """Report changed configuration; none of it replaces resources."""
        changed = _changed(decode(request.old_inputs), decode(request.news))
        return _diff_response(changed, replaces=frozenset())

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Take the provider's configuration."""
        self._site = Site(root=self._root, config=plain_map(decode(request.args)))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, acceptResources=False, acceptOutputs=False, supportsPreview=True
        )

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Check one resource's inputs; all faults at once."""
        faults = self._kind(request.urn).check(plain_map(decode(request.news)), self._site)
        failures = [
            provider_pb2.CheckFailure(property=fault.at, reason=_reason(fault.what, fault.fix))
            for fault in faults
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """Compare old with new inputs, and the live resource with its state."""
        kind = self._kind(request.urn)
        old = decode(request.old_inputs)
        changed = _changed(old, decode(request.news))
        drift = kind.drift(request.id, plain_map(old), self._site)
        return _diff_response([*changed, *drift], replaces=kind.replace_on)

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        """Make a resource; in a preview say only what is known already."""
        kind = self._kind(request.urn)
        inputs = decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(_foreseen(kind, inputs)))
        made = kind.create(_known(inputs), self._site)
        return provider_pb2.CreateResponse(id=made.id, properties=encode(_state(inputs, made)))

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        """Return the live state of a resource that this plugin made."""
        inputs = decode(request.inputs)
        if not inputs:
            raise ServingError(
                f"{request.id} cannot be imported", fix="declare it in the service file and run `isoserve up`"
            )
        made = self._kind(request.urn).read(request.id, plain_map(inputs), self._site)
        if made is None:
            return provider_pb2.ReadResponse()
        live = {**inputs, **{name: made.outputs[name] for name in inputs if name in made.outputs}}
        return provider_pb2.ReadResponse(
            id=made.id, inputs=encode(live), properties=encode(_state(live, made))
        )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        """Change a resource in place."""
        kind = self._kind(request.urn)
        inputs = decode(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=encode(_foreseen(kind, inputs)))
        made = kind.update(request.id, _known(inputs), self._site)
        return provider_pb2.UpdateResponse(properties=encode(_state(inputs, made)))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Empty:
        """Remove a resource."""
        self._kind(request.urn).delete(request.id, plain_map(decode(request.old_inputs)), self._site)
        return Empty()

    def _kind(self, urn: str) -> ResourceKind:
        token = urn.split("::")[2].rsplit("$", maxsplit=1)[-1]
        if (kind := self._kinds.get(token)) is None:
            raise ServingError(
                f"this isoserve has no resource type {token}",
                fix="use one isoserve version for program and plugin",
            )
        return kind


def _reason(what: str, fix: str) -> str:
    return f"{what}; fix: {fix}" if fix else what


def _known(inputs: Properties) -> dict[str, object]:
    values = plain_map(inputs)
    if unknown := [name for name, value in values.items() if has_unknown(value)]:
        raise ServingError(f"inputs still unknown at `up`: {', '.join(unknown)}", fix="report this as a bug")
    return values


def _state(inputs: Properties, made: Made) -> Properties:
    """Join inputs, which keep their secret marks, with what was computed."""
    computed = {
        name: Secret(value) if name in made.secrets else value
        for name, value in made.outputs.items()
        if name not in inputs
    }
    return {**inputs, **computed}


def _foreseen(kind: ResourceKind, inputs: Properties) -> Properties:
    return inputs | dict.fromkeys(kind.computed, UNKNOWN)


def _changed(old: Properties, new: Properties) -> list[str]:
    before, after = plain_map(old), plain_map(new)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _diff_response(changed: list[str], *, replaces: frozenset[str]) -> provider_pb2.DiffResponse:
    kinds = provider_pb2.PropertyDiff
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=changed,
        replaces=[name for name in changed if name in replaces],
        detailedDiff={
            name: kinds(kind=kinds.UPDATE_REPLACE if name in replaces else kinds.UPDATE) for name in changed
        },
        hasDetailedDiff=True,
    )
