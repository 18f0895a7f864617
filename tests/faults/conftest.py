"""An agent of its own for each test, a model server that answers its name, and clients that press on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from isoserve.errors import AgentError
from isoserve.runtime.client import (
    AgentClient,
    EndpointRequest,
    EndpointStatus,
    RevisionRequest,
    ServerRequest,
)

SERVER = '''\
"""Answers `<name> <body>`; `?ms=N` waits first; `/crash` ends it."""
import asyncio, os, re, sys

NAME = sys.argv[2]

class Answer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\\r\\n\\r\\n")) >= 0:
            head = self.buffer[:end]
            length = re.search(rb"content-length: *(\\d+)", head, re.I)
            size = int(length[1]) if length else 0
            if len(self.buffer) < end + 4 + size:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + size], self.buffer[end + 4 + size :]
            if b" /crash" in head:
                os._exit(3)
            if b" /headers" in head:
                body = head
            wait = re.search(rb"ms=(\\d+)", head.split(b"\\r\\n")[0])
            if wait:
                asyncio.get_running_loop().call_later(int(wait[1]) / 1000, self.answer, body)
            else:
                self.answer(body)

    def answer(self, body):
        out = NAME.encode() + b" " + body
        self.transport.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n%s" % (len(out), out))

async def main():
    print("serving", NAME, flush=True)
    server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
'''


@dataclass(frozen=True, kw_only=True)
class Local:
    """One state folder under test."""

    state_dir: Path
    server: Path

    def connect(self, *, start: bool = True) -> AgentClient:
        return AgentClient.connect(self.state_dir, start=start)

    def request(self, name: str, *, replicas: int = 1, ready_within_s: float = 20.0) -> RevisionRequest:
        """A revision that answers `name`."""
        return self.command(
            [sys.executable, str(self.server), "{port}", name],
            replicas=replicas,
            ready_within_s=ready_within_s,
        )

    def command(
        self,
        command: Sequence[str],
        *,
        replicas: int = 1,
        ready_within_s: float = 20.0,
        env: dict[str, str] | None = None,
        secrets: dict[str, str] | None = None,
    ) -> RevisionRequest:
        server = ServerRequest(
            kind="custom", command=command, ready_path="/ready", env=env or {}, secrets=secrets or {}
        )
        return RevisionRequest(
            server=server,
            artifact="",
            model_name="echo",
            model_version="1",
            model_format="",
            replicas=replicas,
            ready_within_s=ready_within_s,
        )

    def endpoint(self, **changes: object) -> EndpointRequest:
        given: dict[str, object] = {"model_name": "echo", "protocol": "raw", "timeout_s": 10.0, **changes}
        return EndpointRequest(**given)  # pyright: ignore[reportArgumentType]

    def serve(self, *names: str, replicas: int = 1, **changes: object) -> tuple[AgentClient, EndpointStatus]:
        """An endpoint `e` with these revisions; the first is live."""
        client = self.connect()
        client.put_endpoint("e", self.endpoint(**changes))
        for name in names:
            client.put_revision("e", name, self.request(name, replicas=replicas))
        return client, client.release("e", names[0])

    def processes(self) -> list[psutil.Process]:
        """Every process that belongs to the folder, the agent included."""
        return [one for one in psutil.process_iter() if _belongs(one, str(self.state_dir))]


def _belongs(process: psutil.Process, folder: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return folder in process.cmdline() or process.environ().get("ISOSERVE_STATE") == folder
    except (psutil.Error, OSError):
        return False


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    server = tmp_path / "server.py"
    server.write_text(SERVER)
    found = Local(state_dir=tmp_path / ".isoserve" / "local", server=server)
    yield found
    try:
        client = found.connect(start=False)
        for name in client.status().endpoints:
            client.delete_endpoint(name)
    except AgentError:
        pass
    for process in found.processes():
        process.kill()


@pytest.fixture(autouse=True)
def _signals_stay() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    assert signal.getsignal(signal.SIGTERM) is before


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request as its client saw it."""

    began: float
    ended: float
    status: int
    revision: str
    said: str = ""


@dataclass(kw_only=True)
class Load:
    """Closed-loop clients on kept connections, and an open loop with one connection per request."""

    port: int
    key: str
    closed: int = 8
    open_per_s: float = 50.0
    path: str = "/predict"
    sent: list[Sent] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Load:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join(60)
        assert not self._thread.is_alive()

    @property
    def lost(self) -> list[Sent]:
        return [one for one in self.sent if one.status != 200]

    def wait_for(self, count: int, *, within_s: float = 60.0) -> None:
        """Until `count` more requests were answered."""
        goal, until = len(self.sent) + count, time.monotonic() + within_s
        while len(self.sent) < goal:
            assert time.monotonic() < until, f"{len(self.sent)} of {goal} requests in {within_s} s"
            time.sleep(0.01)

    async def _all(self) -> None:
        closed = [asyncio.create_task(self._closed()) for _ in range(self.closed)]
        opened: list[asyncio.Task[None]] = []
        while not self._over.is_set():
            opened.append(asyncio.create_task(self._once()))
            await asyncio.sleep(1 / self.open_per_s)
        await asyncio.gather(*closed, *opened)

    async def _closed(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while not self._over.is_set():
            await self._send(reader, writer)
        writer.close()

    async def _once(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        await self._send(reader, writer)
        writer.close()

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began = time.monotonic()
        try:
            writer.write(
                f"POST {self.path} HTTP/1.1\r\nhost: x\r\nx-api-key: {self.key}\r\n"
                "content-length: 5\r\n\r\nhello".encode()
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(fields["content-length"]))
            status, said = int(head.split()[1]), body.decode().split(" ")[0]
            # what the server itself says, not what the gateway says about it
            self._add(began, status, said if status == 200 else "", body.decode())
        except (OSError, EOFError, asyncio.IncompleteReadError) as exc:
            self._add(began, 0, "", repr(exc))
            raise

    def _add(self, began: float, status: int, revision: str, said: str) -> None:
        now = time.monotonic()
        self.sent.append(Sent(began=began, ended=now, status=status, revision=revision, said=said))


@pytest.fixture
def press() -> Callable[[EndpointStatus], Load]:
    def make(endpoint: EndpointStatus, **changes: object) -> Load:
        return Load(port=endpoint.port, key=endpoint.key or "", **changes)  # pyright: ignore[reportArgumentType]

    return make


@pytest.fixture
def post() -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """One request; the status, the headers and the body."""
    import http.client

    def send(
        endpoint: EndpointStatus,
        path: str = "/predict",
        *,
        body: object = b"hello",
        headers: dict[str, str] | None = None,
        method: str = "POST",
        chunked: bool = False,
        timeout_s: float = 30.0,
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=timeout_s)
        try:
            sent = {"x-api-key": endpoint.key or ""} if headers is None else headers
            connection.request(method, path, body, sent, encode_chunked=chunked)  # pyright: ignore[reportArgumentType]
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    return send


def kill(pid: int) -> None:
    """SIGKILL, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        time.sleep(0.005)


@pytest.fixture
def sigkill() -> Callable[[int], None]:
    return kill


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Poll until a condition holds; the condition's own words tell what did not happen."""

    def wait(condition: Callable[[], object], within_s: float = 15.0) -> None:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if condition():
                return
            time.sleep(0.02)
        assert condition()

    return wait
