"""A resource provider for tests of the engine session: its things are lines in a file; it fails on demand.

`probe:index:Thing` inputs: `log` (file that gets a line per call), `value`, `fail` (message to fail with),
`gate` (a FIFO or file path: the create announces itself by `<gate>.waiting` and ends once `<gate>` is there).
"""

# ruff: noqa: N802 - the names are the provider protocol's
from __future__ import annotations

import os
import sys
import time
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc


def inputs_of(struct: struct_pb2.Struct) -> dict[str, object]:
    return json_format.MessageToDict(struct)


class Probe(provider_pb2_grpc.ResourceProviderServicer):
    def Handshake(self, request, context):
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        return provider_pb2.ConfigureResponse(acceptSecrets=False)

    def Check(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):
        same = inputs_of(request.olds).get("value") == inputs_of(request.news).get("value")
        kind = provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(changes=kind)

    def Create(self, request, context):
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        inputs = inputs_of(request.properties)
        name = request.urn.rpartition("::")[2]
        _note(inputs, f"create {name}")
        if gate := inputs.get("gate"):
            Path(f"{gate}.waiting").touch()
            while not Path(str(gate)).exists():
                time.sleep(0.02)
        if fail := inputs.get("fail"):
            context.abort(grpc.StatusCode.UNKNOWN, str(fail))
        return provider_pb2.CreateResponse(id=f"id-{name}", properties=request.properties)

    def Read(self, request, context):
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Update(self, request, context):
        _note(inputs_of(request.news), "update")
        return provider_pb2.UpdateResponse(properties=request.news)

    def Delete(self, request, context):
        _note(inputs_of(request.properties), f"delete {request.urn.rpartition('::')[2]}")
        return empty_pb2.Empty()

    def Cancel(self, request, context):
        return empty_pb2.Empty()


def _note(inputs: dict[str, object], line: str) -> None:
    if log := inputs.get("log"):
        with Path(str(log)).open("a") as stream:
            stream.write(line + "\n")


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Probe(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    engine = os.getppid()
    while os.getppid() == engine:
        server.wait_for_termination(timeout=0.5)
    os._exit(0)  # a create may still wait for its gate


main()
