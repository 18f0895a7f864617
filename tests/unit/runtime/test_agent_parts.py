"""Small parts of the agent: logs, loopback answers, ports, metrics text, kept processes."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from isoserve.errors import AgentError
from isoserve.runtime import logs, ports
from isoserve.runtime.loopback import fetch
from isoserve.runtime.metrics import parse
from isoserve.runtime.processes import Watched, identify


def test_a_log_is_bounded_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"old line\n" * 100)
        assert not logs.bound(path, max_bytes=1000)
        assert logs.bound(path, max_bytes=899)
        writer.write(b"new line\n")
    assert path.read_bytes() == b"new line\n"
    assert logs.tail(path, 2) == ["old line", "new line"]
    assert logs.tail(path, 0) == []
    assert logs.tail(tmp_path / "none", 5) == []
    assert not logs.bound(tmp_path / "none")


def test_log_lines_are_json(capfd: pytest.CaptureFixture[str]) -> None:
    logs.log("it.happened", "warning", endpoint="e", path=Path("/x"))
    line = json.loads(capfd.readouterr().out)
    assert (line["level"], line["event"], line["endpoint"], line["path"]) == (
        "warning",
        "it.happened",
        "e",
        "/x",
    )
    assert line["time"].endswith("Z")


@pytest.mark.parametrize(
    ("sent", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200, b"hi"),
        (
            b"HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n1\r\n!\r\n0\r\n\r\n",
            503,
            b"hi!",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", 200, b"to the end"),
        (b"HTTP/1.1 204 None\r\n\r\n", 204, b""),
    ],
)
def test_an_answer_is_read(sent: bytes, status: int, body: bytes) -> None:
    answer = asyncio.run(_ask(sent))
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "closed without an answer"),
        (b"220 smtp\r\n", "not HTTP: '220 smtp"),
        (b"HTTP/1.1 abc\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi", "closed without an answer"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
        (b"x" * 200_000, "not HTTP"),
    ],
)
def test_no_answer_is_told_in_words(sent: bytes, said: str) -> None:
    with pytest.raises(AgentError, match=said):
        asyncio.run(_ask(sent))


async def _ask(sent: bytes) -> object:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        return await fetch(server.sockets[0].getsockname()[1], "/x")


def test_silence_and_refusal_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(AgentError, match=r"GET /x got no answer within 0.1 s"):
            asyncio.run(fetch(port, "/x", within_s=0.1))
    with pytest.raises(AgentError, match="nothing listens there yet"):
        asyncio.run(fetch(port, "/x"))


@pytest.fixture
def claims() -> Iterator[list[ports.Claims]]:
    """Two agents' claims, given back at the end."""
    both = [ports.Claims(), ports.Claims()]
    yield both
    for one in both:
        for port in list(one._held):
            one.drop(port)


def test_a_held_port_is_seen_and_named(claims: list[ports.Claims]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        assert not ports.is_free(port)
        with pytest.raises(AgentError, match=rf"port {port} is taken by pid \d+"):
            ports.endpoint_port(port, claims[1])
    assert ports.endpoint_port(port, claims[0]) == port
    with pytest.raises(AgentError, match="belongs to another endpoint"):
        ports.endpoint_port(port, claims[0])


def test_a_neighbours_claim_is_respected_until_it_is_dropped(claims: list[ports.Claims]) -> None:
    mine, theirs = claims
    port = ports.endpoint_port(None, theirs)
    assert not mine.take(port)
    assert ports.endpoint_port(None, mine) != port
    theirs.drop(port)
    assert mine.take(port)


def test_no_port_left_is_told(claims: list[ports.Claims], monkeypatch: pytest.MonkeyPatch) -> None:
    port = ports.endpoint_port(None, claims[0])
    monkeypatch.setattr(ports, "ENDPOINT_PORTS", range(port, port + 1))
    with pytest.raises(AgentError, match=f"no free port in {port}-{port}"):
        ports.endpoint_port(None, claims[0])
    with pytest.raises(AgentError, match="no free port in 20000-29999"):
        ports.replica_port(ports.REPLICA_PORTS)


def test_samples_are_parsed() -> None:
    text = '# HELP a b\n# TYPE a counter\na{x="1",y="q\\"z"} 2.5\nb 3\nc_bucket{le="+Inf"} 1e3\n'
    found = [(one.name, dict(one.labels), one.value) for one in parse(text)]
    assert found == [
        ("a", {"x": "1", "y": 'q\\"z'}, 2.5),
        ("b", {}, 3.0),
        ("c_bucket", {"le": "+Inf"}, 1000.0),
    ]


def test_how_a_process_ended_is_told(tmp_path: Path) -> None:
    async def end(*command: str, term: bool = False) -> str:
        process = Watched.start(command, env={}, cwd=tmp_path, log=tmp_path / "log")
        if term:
            await process.terminate(grace_s=5)
        return await asyncio.wait_for(process.ended(), 10)

    assert asyncio.run(end(sys.executable, "-c", "raise SystemExit(4)")) == "exit status 4"
    assert asyncio.run(end("/bin/sleep", "60", term=True)) == "killed by SIGTERM"
    with pytest.raises(AgentError, match="cannot be started"):
        asyncio.run(end("/no/such/program"))


def test_whoever_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    script = "import signal,time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"

    async def run() -> str:
        process = Watched.start([sys.executable, "-c", script], env={}, cwd=tmp_path, log=tmp_path / "log")
        while "on" not in (tmp_path / "log").read_text():  # noqa: ASYNC110 - it writes a file, no event
            await asyncio.sleep(0.01)
        await process.terminate(grace_s=0.2)
        return await process.ended()

    assert asyncio.run(run()) == "killed by SIGKILL"


def test_an_adopted_process_is_watched_too(tmp_path: Path) -> None:
    child = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)

    async def run() -> None:
        adopted = Watched.adopt(identify(child.pid))
        assert adopted is not None
        await adopted.terminate(grace_s=5)
        assert adopted.has_ended

    asyncio.run(run())
    assert child.wait(5) == -15
    assert Watched.adopt(None) is None


def test_the_client_needs_the_standard_library_only() -> None:
    script = (
        "import sys; before = set(sys.modules); import isoserve.runtime.client; "
        "print(sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['isoserve']"
