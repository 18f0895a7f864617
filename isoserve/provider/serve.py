"""Serves the plugin until the engine that started it is gone. Knows no resource."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from isoserve.provider.local import KINDS
from isoserve.provider.server import InWords, Servicer

_WATCH_EVERY_S = 0.25
# As many calls as the engine makes at once; waiting for replicas holds one each.
_PARALLEL_CALLS = 64
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def _exit_with(parent_pid: int) -> None:
    """End this process once its parent has: a killed engine must not leave a plugin behind."""
    while os.getppid() == parent_pid:
        time.sleep(_WATCH_EVERY_S)
    os._exit(1)


def serve(interceptors: Sequence[grpc.ServerInterceptor] = ()) -> None:
    """Start the gRPC server and print its port, as the engine expects of a plugin.

    `interceptors` see every call before it is answered.
    """
    threading.Thread(target=_exit_with, args=(os.getppid(),), daemon=True).start()
    root = Path(os.environ.get("ISOSERVE_PROJECT") or Path.cwd()).resolve()
    pool = ThreadPoolExecutor(max_workers=_PARALLEL_CALLS)
    server = grpc.server(pool, interceptors=[*interceptors, InWords()], options=_OPTIONS)
    servicer = Servicer(KINDS, root=root, version=version("isoserve"))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
