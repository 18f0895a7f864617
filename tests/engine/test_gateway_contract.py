"""What the local table says of requests, secrets, access, logs and metrics, with nothing replaced."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

ANSWERS_WITHIN_S = 10
SECRET = "a-secret-that-only-the-server-may-know"

SERVER = '''\
"""Answers slowly, in parts, or with the digest of its secret: whatever the path asks."""
import hashlib, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

go_on = threading.Event()

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def part(self, text):
        self.wfile.write(f"{len(text):x}\\r\\n{text}\\r\\n".encode())
        self.wfile.flush()

    def do_GET(self):
        if self.path == "/slow":
            threading.Event().wait(30)
        elif self.path == "/go-on":
            go_on.set()
        elif self.path == "/parts":
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.part("part 0")
            for number in range(1, 5):
                go_on.wait(20)
                go_on.clear()
                self.part(f"part {number}")
            self.part("")
            return
        self.answer(hashlib.sha256(os.environ.get("TOKEN", "").encode()).hexdigest())

    def do_POST(self):
        size = int(self.headers.get("content-length", 0))
        print(f"asked with {len(self.rfile.read(size))} bytes", flush=True)
        self.answer(str(size))

    def log_message(self, *args):
        pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''


@pytest.fixture
def contract(echo):
    """The project `echo` with a server that can be slow, and a service whose lines a test changes."""
    from isoserve.runtime.artifacts import tree_sha256

    folder = echo.root / "models" / "echo" / "1"
    service = echo.root / "stacks" / "services" / "echo.yaml"
    before = tree_sha256(folder)
    (folder / "server.py").write_text(SERVER)
    service.write_text(service.read_text().replace(before, tree_sha256(folder)))
    return echo


def change(project, *pairs: tuple[str, str]) -> None:
    """Replace texts of the service, each of which must be there."""
    service = project.root / "stacks" / "services" / "echo.yaml"
    for old, new in pairs:
        text = service.read_text()
        assert old in text
        service.write_text(text.replace(old, new))


def ask(endpoint: Mapping[str, str], path: str, body: bytes | None = None) -> tuple[int, str]:
    """Send one request, with the key where there is one; return the code and the text."""
    headers = {"authorization": f"Bearer {endpoint['key']}"} if "key" in endpoint else {}
    request = urllib.request.Request(f"{endpoint['url']}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_requests_are_bounded_counted_and_logged(contract) -> None:
    change(contract, ("timeout: 5s, ", "timeout: 1s, max_body: 1KiB, "))
    change(contract, ("    requests:", "    access: {auth: key}\n    requests:"))
    contract.up()
    endpoint = contract.outputs()["echo"]

    assert ask(endpoint, "/", b"x" * 1024) == (200, "1024")
    assert ask(endpoint, "/", b"x" * 1025)[0] == 413
    assert ask(endpoint, "/slow")[0] == 504
    assert ask({"url": endpoint["url"]}, "/")[0] == 401

    lines = json.loads(contract.ok("logs", "-s", "dev", "--json"))["logs"]
    said = "\n".join(line for one in lines for line in one["lines"])
    assert "asked with 1024 bytes" in said
    assert "asked with 1025 bytes" not in said

    status = json.loads(contract.ok("status", "-s", "dev", "--json"))
    with urllib.request.urlopen(status["agent"]["metrics_url"], timeout=ANSWERS_WITHIN_S) as answer:
        counted = [
            line for line in answer.read().decode().splitlines() if line.startswith("isoserve_requests_total")
        ]
    [answered] = [line for line in counted if 'code="200"' in line]
    assert 'endpoint="' in answered
    assert f'revision="{endpoint["live"]}"' in answered
    assert float(answered.split()[-1]) == 1
    assert [line for line in counted if 'code="504"' in line and endpoint["live"] in line]


def test_a_stream_passes_each_part_as_it_comes(contract) -> None:
    change(contract, ("protocol: raw", "protocol: raw, stream: true"), ("timeout: 5s", "timeout: 2s"))
    contract.up()
    endpoint = contract.outputs()["echo"]
    host = endpoint["url"].removeprefix("http://")
    caller = http.client.HTTPConnection(host, timeout=ANSWERS_WITHIN_S)
    try:
        caller.request("GET", "/parts", headers={"x-api-key": endpoint["key"]})
        answer = caller.getresponse()
        begun = time.monotonic()
        assert answer.read1(100) == b"part 0"
        for number in range(1, 5):
            time.sleep(0.7)  # a stream may outlast the time-out, which bounds its pauses
            # the server holds a part back until it is told that the one before has come
            assert ask(endpoint, "/go-on")[0] == 200
            assert answer.read1(100) == f"part {number}".encode()
        assert answer.read() == b""
        assert time.monotonic() - begun > 2
    finally:
        caller.close()


def test_a_secret_reaches_the_server_and_is_kept_nowhere_else(contract) -> None:
    file = contract.root / "token.txt"
    file.write_text(SECRET)
    change(contract, ("kind: custom", "kind: custom\n      secrets: {TOKEN: 'file:token.txt'}"))
    done = contract.run("up", "-s", "dev")
    assert done.returncode == 0, done.stderr
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    assert ask(contract.outputs()["echo"], "/") == (200, digest)
    assert SECRET not in done.stdout + done.stderr
    state = (one for one in (contract.root / ".isoserve").rglob("*") if one.is_file())
    assert [one for one in state if SECRET.encode() in one.read_bytes()] == []


def test_without_auth_everybody_is_answered_on_the_chosen_port(contract) -> None:
    port = free_port()
    more = f"    access: {{auth: none}}\n    native: {{local: {{port: {port}}}}}\n    requests:"
    change(contract, ("    requests:", more))
    contract.up()
    endpoint = contract.outputs()["echo"]
    assert endpoint["url"] == f"http://127.0.0.1:{port}"
    assert "key" not in endpoint
    assert ask(endpoint, "/", b"anybody") == (200, "7")
