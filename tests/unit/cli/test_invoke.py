from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

KEY = "the-endpoint-key-0123456789"
METADATA = {
    "name": "hello",
    "inputs": [
        {"name": "x", "datatype": "FP64", "shape": [-1, 3]},
        {"name": "flag", "datatype": "BOOL", "shape": [1]},
        {"name": "text", "datatype": "BYTES", "shape": [-1]},
        {"name": "n", "datatype": "INT64", "shape": [2]},
    ],
}


def lowered(headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass
class Served:
    """What the fake endpoint answers and what it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"outputs": [1]}'
    metadata: object = field(default_factory=lambda: METADATA)
    asked: list[tuple[str, str, dict, bytes]] = field(default_factory=list)
    hold: threading.Event | None = None


@pytest.fixture
def served(agent) -> Iterator[Served]:
    """An HTTP server on loopback in the place of the gateway."""
    state = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(("GET", self.path, lowered(self.headers), b""))
            self.answer(200, json.dumps(state.metadata).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.asked.append(("POST", self.path, lowered(self.headers), body))
            if state.hold:
                state.hold.wait(30)
            self.answer(state.status, state.body)

        def answer(self, code: int, body: bytes) -> None:
            self.send_response(code)
            self.send_header("content-length", str(len(body)))
            self.send_header("x-isoserve-revision", "hello-1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that gave up is part of a test
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    agent.endpoints = {"hello-0badcafe": agent.make(url=state.url)}
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def test_sends_the_key_and_prints_the_answer(cli, served) -> None:
    done = cli("invoke", "hello", "-d", '{"inputs": []}')
    assert done.code == 0
    assert json.loads(done.out) == {"outputs": [1]}
    assert "200 in" in done.err
    assert "revision hello-1" in done.err
    method, path, headers, body = served.asked[0]
    assert (method, path, body) == ("POST", "/v2/models/hello/infer", b'{"inputs": []}')
    assert headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in done.out + done.err


def test_json_shape(cli, served) -> None:
    shown = cli("invoke", "--data", "{}", "--json").json
    assert set(shown) == {"endpoint", "url", "status", "latency_ms", "revision", "answer"}
    assert (shown["status"], shown["revision"], shown["answer"]) == (200, "hello-1", {"outputs": [1]})


def test_reads_a_file_and_another_path(cli, served, project) -> None:
    (project / "request.json").write_text('{"a": 1}')
    assert cli("invoke", "-d", "@request.json", "--path", "/predict").code == 0
    assert served.asked[0][1] == "/predict"
    assert served.asked[0][3] == b'{"a": 1}'
    assert cli("invoke", "-d", "@missing.json").code == 2


def test_reads_stdin(cli, served, monkeypatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"b": 2}')))
    assert cli("invoke", "-d", "-").code == 0
    assert served.asked[0][3] == b'{"b": 2}'


@pytest.mark.parametrize("words", [(), ("--example",)])
def test_example_is_made_from_the_metadata(cli, served, words) -> None:
    assert cli("invoke", *words).code == 0
    sent = {one["name"]: one for one in json.loads(served.asked[1][3])["inputs"]}
    assert sent["x"] == {"name": "x", "shape": [1, 3], "datatype": "FP64", "data": [0.0, 0.0, 0.0]}
    assert sent["flag"]["data"] == [False]
    assert sent["text"]["data"] == [""]
    assert sent["n"]["data"] == [0, 0]


def test_example_beside_the_model_wins(cli, served, project) -> None:
    (project / "models/hello/request.json").write_text('{"inputs": ["ours"]}')
    assert cli("invoke").code == 0
    assert [one[3] for one in served.asked] == [b'{"inputs": ["ours"]}']


def test_no_example_says_what_to_do(cli, served) -> None:
    served.metadata = {"name": "hello", "inputs": []}
    done = cli("invoke")
    assert done.code == 1
    assert "--data" in done.err


def test_an_example_is_never_huge(cli, served) -> None:
    served.metadata = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1000, 1000]}]}
    assert "1000000 values" in cli("invoke").err


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "did not understand"),
        (401, "does not accept the key"),
        (403, "access.callers"),
        (404, "no model of that name"),
        (413, "raise requests.max_body of endpoint hello"),
        (429, "too many requests"),
        (500, "isoserve logs hello -s hello-dev"),
        (503, "no replica is ready"),
        (504, "raise requests.timeout"),
        (418, "refused the request"),
    ],
)
def test_a_refusal_says_what_it_means(cli, served, status: int, said: str) -> None:
    served.status, served.body = status, b"because of reasons"
    done = cli("invoke", "-d", '{"x": 1}')
    assert done.code == 1
    assert f"error: {status}: " in done.err
    assert said in done.err
    assert "because of reasons" in done.err
    assert KEY not in done.err


def test_413_names_the_size(cli, served) -> None:
    served.status = 413
    assert "(8 bytes)" in cli("invoke", "-d", '{"x": 1}').err


def test_silence_is_bounded(cli, served) -> None:
    served.hold = threading.Event()
    done = cli("invoke", "-d", "{}", "--timeout", "0.2")
    served.hold.set()
    assert done.code == 1
    assert "no answer within 0.2 s" in done.err


def test_nothing_listens(cli, agent) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    agent.endpoints = {"hello-0badcafe": agent.make(url=url)}
    done = cli("invoke", "-d", "{}")
    assert done.code == 1
    assert "nothing listens there" in done.err


@pytest.mark.parametrize("words", [("-d", "{no"), ("-d", "{}", "--example"), ("-d", "{}", "--timeout", "0")])
def test_usage(cli, served, words) -> None:
    assert cli("invoke", *words).code == 2
    assert served.asked == []


def other_target(project) -> None:
    environment = project / "stacks/environments/dev.yaml"
    environment.write_text(environment.read_text().replace("local", "vertex"))


def test_elsewhere_the_state_names_the_endpoint(cli, served, session, project) -> None:
    other_target(project)
    session.stack_outputs["endpoints"]["hello"]["url"] = served.url
    assert cli("invoke", "-d", "{}").code == 0
    assert served.asked[0][1] == "/v2/models/hello/infer"
    assert served.asked[0][2]["authorization"] == f"Bearer {KEY}"


def test_elsewhere_without_a_key_the_curl_line_helps(cli, session, project) -> None:
    other_target(project)
    del session.stack_outputs["endpoints"]["hello"]["key"]
    session.stack_outputs["endpoints"]["hello"]["auth"] = "AWS IAM"
    done = cli("invoke", "-d", "{}")
    assert done.code == 1
    assert "AWS IAM" in done.err
    assert "curl -H" in done.err
