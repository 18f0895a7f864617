"""What a caller of an endpoint meets: keys, limits, headers, logs, metrics, ports."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from isoserve.errors import AgentError


def test_the_key_is_asked_for_and_stays_with_the_gateway(local, post) -> None:
    client, endpoint = local.serve("one")
    key = endpoint.key
    wrong = ({"x-api-key": "wrong"}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {key}"})
    for headers in ({}, *wrong):
        status, answered, body = post(endpoint, headers=headers)
        assert status == 401
        assert answered["content-type"] == "application/json"
        said = json.loads(body)
        assert said["error"] == "wrong or missing API key"
        assert "authorization: Bearer" in said["fix"]
        assert "x-api-key" in said["fix"]
    schemes = [{"authorization": f"{scheme} {key}"} for scheme in ("Bearer", "bearer", "BEARER")]
    for headers in ({"x-api-key": key}, *schemes):
        status, answered, seen = post(endpoint, "/headers", headers={**headers, "x-isoserve-caller": "me"})
        assert status == 200
        assert answered["x-isoserve-revision"] == "one"
        assert answered["x-request-id"]
        assert key.encode() not in seen
        assert b"x-isoserve" not in seen.lower()
    assert client.put_endpoint("e", local.endpoint()).key == key


def test_an_open_endpoint_and_back_again(local, post) -> None:
    client, endpoint = local.serve("one", auth="none")
    assert endpoint.key is None
    assert post(endpoint, headers={})[0] == 200
    locked = client.put_endpoint("e", local.endpoint())
    assert post(endpoint, headers={})[0] == 401
    assert post(locked)[0] == 200


def test_health_needs_no_key_and_tells_the_truth(local, post) -> None:
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint())
    assert post(endpoint, "/v2/health/live", method="GET", headers={})[0] == 200
    assert post(endpoint, "/v2/health/ready", method="GET", headers={})[0] == 503
    client.put_revision("e", "one", local.request("one"))
    client.release("e", "one")
    assert post(endpoint, "/v2/health/ready", method="GET", headers={})[0] == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_has_a_limit(local, post, chunked) -> None:
    client, endpoint = local.serve("one", max_body_bytes=100_000)
    said: dict[str, str] = {}

    def send(size: int) -> int:
        body = iter([b"x" * size]) if chunked else b"x" * size
        headers = {"x-api-key": endpoint.key}
        if chunked:
            headers["transfer-encoding"] = "chunked"
        status, _, answered = post(endpoint, body=body, headers=headers, chunked=chunked)
        if status != 200:
            said.update(json.loads(answered))
        return status

    assert send(100_000) == 200
    assert send(100_001) == 413
    assert said["error"] == "the body is too large"
    assert "requests.max_body" in said["fix"]
    client.put_endpoint("e", local.endpoint(max_body_bytes=3_000_000))
    assert send(3_000_000) == 200
    assert send(3_000_001) == 413


def test_a_large_answer_passes_a_small_limit_for_bodies(local, tmp_path, post) -> None:
    script = local.server.read_text().replace("out = NAME.encode()", "out = b'x' * int(body or 0)")
    (tmp_path / "large.py").write_text(script)
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint(max_body_bytes=100))
    client.put_revision(
        "e", "one", local.command([sys.executable, str(tmp_path / "large.py"), "{port}", "x"])
    )
    client.release("e", "one")
    for size in (0, 1, 65_536, 999_990, 1_048_576, 5_000_000):
        status, _, body = post(endpoint, body=str(size).encode())
        assert (status, len(body)) == (200, size + 1 + len(str(size)))


def test_a_slow_answer_ends_in_504(local, post) -> None:
    client, endpoint = local.serve("one", timeout_s=0.3)
    began = time.monotonic()
    status, answered, body = post(endpoint, "/predict?ms=5000")
    assert status == 504
    assert time.monotonic() - began < 2
    said = json.loads(body)
    assert said["code"] == 504
    assert said["error"] == "no answer within the time-out"
    assert "requests.timeout" in said["fix"]
    assert set(said) == {"error", "code", "fix"}
    assert answered["content-type"] == "application/json"
    client.put_endpoint("e", local.endpoint(timeout_s=5.0))
    assert post(endpoint, "/predict?ms=600")[0] == 200


def test_v2_passes_the_model_and_not_its_repository(local, post) -> None:
    _, endpoint = local.serve("one", protocol="v2")
    for path in ("/v2/models/echo/infer", "/v2/models/echo", "/v2", "/v2/models/echo/versions/1/infer?x=1"):
        assert post(endpoint, path)[0] == 200, path
    for path in (
        "/v2/repository/models/echo/unload",
        "/v2//repository/index",
        "/v2%2Frepository/index",
        "/v2/models/echo/../../repository/index",
        "/v2/models/echo/%2e%2e/%2e%2e/repository/index",
        "/v2/models/other/infer",
        "/metrics",
    ):
        status, _, body = post(endpoint, path)
        assert status in (400, 404), path
        assert set(json.loads(body)) == {"error", "code", "fix"}


def test_an_endpoint_that_serves_nothing_says_why(local, post) -> None:
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint(timeout_s=1.0))
    status, _, body = post(endpoint)
    assert (status, json.loads(body)["error"]) == (503, "no revision is live")
    assert "isoserve up" in json.loads(body)["fix"]
    flag = local.state_dir.parent.parent / "broken"
    script = f"import os, sys; os.path.exists({str(flag)!r}) and sys.exit(9)"
    script = f"{script}; exec(open({str(local.server)!r}).read())"
    client.put_revision("e", "one", local.command([sys.executable, "-c", script, "{port}", "one"]))
    client.release("e", "one")
    flag.touch()
    status, _, body = post(endpoint, "/crash")
    said = json.loads(body)
    assert status in (503, 504)
    assert said["error"] in ("no replica answers", "no answer within the time-out")
    assert said["fix"]
    assert set(said) == {"error", "code", "fix"}


def test_the_access_log_tells_and_hides(local, post, eventually) -> None:
    _, endpoint = local.serve("one")
    post(endpoint, "/predict?password=hunter2", body=b"hello")
    post(endpoint, headers={"x-api-key": "wrong-key"})
    log = local.state_dir / "access.log"
    eventually(lambda: log.exists() and log.read_text().count("/predict") == 2)
    text = log.read_text()
    good, bad = (json.loads(line) for line in text.splitlines() if "/predict" in line)
    assert good["endpoint"] == "e"
    assert good["revision"] == "one"
    assert good["code"] == 200
    assert good["path"] == "/predict"
    assert good["bytes"] == len("one hello")
    assert isinstance(good["duration_ms"], int)
    assert good["request_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", good["time"])
    assert bad["code"] == 401
    for hidden in ("hunter2", "wrong-key", endpoint.key):
        assert hidden not in text


def _counters(client) -> dict[str, float]:
    text = urllib.request.urlopen(client.metrics_url).read().decode()
    families = list(text_string_to_metric_families(text))
    assert families
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in families
        for sample in family.samples
        if family.type in ("counter", "histogram")
    }


def test_metrics_are_sound_and_rise_over_a_release(local, post) -> None:
    client, endpoint = local.serve("one", "two")
    for _ in range(5):
        post(endpoint)
    post(endpoint, headers={})
    before = _counters(client)
    client.release("e", "two")
    for _ in range(3):
        post(endpoint, "/predict?ms=20")
    after = _counters(client)
    assert all(after[name] >= value for name, value in before.items())
    labels = [("code", "200"), ("endpoint", "e"), ("revision", "one")]
    assert after[f"isoserve_requests_total{labels}"] == 5
    labels[2] = ("revision", "two")
    assert after[f"isoserve_requests_total{labels}"] == 3
    assert after["isoserve_requests_total[('code', '401'), ('endpoint', 'e'), ('revision', '')]"] == 1
    of = [("endpoint", "e"), ("revision", "two")]
    assert after[f"isoserve_request_duration_seconds_count{of}"] == 3
    assert 0.05 < after[f"isoserve_request_duration_seconds_sum{of}"] < 2
    text = urllib.request.urlopen(client.metrics_url).read().decode()
    assert 'isoserve_release_info{endpoint="e",revision="two",version="1"} 1\n' in text
    assert 'isoserve_replicas{endpoint="e",revision="two",state="ready"} 1\n' in text


def test_names_with_dots_keep_their_metrics(local, post) -> None:
    client = local.connect()
    endpoint = client.put_endpoint("e.f", local.endpoint())
    client.put_revision("e.f", "v1.0", local.request("v1.0"))
    client.release("e.f", "v1.0")
    assert post(endpoint)[1]["x-isoserve-revision"] == "v1.0"
    counted = _counters(client)
    labels = [("code", "200"), ("endpoint", "e.f"), ("revision", "v1.0")]
    assert counted[f"isoserve_requests_total{labels}"] == 1


def test_a_taken_port_names_its_holder(local) -> None:
    client = local.connect()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(AgentError, match=rf"port {port} is taken by pid \d+ \(py") as caught:
            client.put_endpoint("e", local.endpoint(port=port))
        assert caught.value.faults[0].at == "native.local.port"
        assert client.get_endpoint("e") is None
    made = client.put_endpoint("e", local.endpoint(port=port))
    assert made.port == port
    with pytest.raises(AgentError, match=f"port {port} belongs to another endpoint"):
        client.put_endpoint("f", local.endpoint(port=port))
    with pytest.raises(AgentError, match=f"has port {port}, not 18999"):
        client.put_endpoint("e", local.endpoint(port=18999))
    assert client.put_endpoint("e", local.endpoint()).port == port


def test_automatic_ports_are_of_the_range_and_remembered(local) -> None:
    client = local.connect()
    first, second = (client.put_endpoint(name, local.endpoint()).port for name in ("e", "f"))
    assert first != second
    assert {first, second} <= set(range(18100, 19000))
    client.put_endpoint("f", local.endpoint(timeout_s=3.0))
    assert client.get_endpoint("f").port == second


def test_a_streamed_answer_outlives_the_timeout(local, tmp_path) -> None:
    script = tmp_path / "stream.py"
    script.write_text(
        "import sys, time\n"
        "from http.server import *\n"
        "class H(BaseHTTPRequestHandler):\n"
        "    protocol_version = 'HTTP/1.1'\n"
        "    def do_GET(self):\n"
        "        self.send_response(200); self.send_header('transfer-encoding', 'chunked')\n"
        "        self.end_headers()\n"
        "        for i in range(1 if self.path == '/ready' else 5):\n"
        "            i and time.sleep(.3); self.wfile.write(b'2\\r\\n%d\\n\\r\\n' % i); self.wfile.flush()\n"
        "        self.wfile.write(b'0\\r\\n\\r\\n')\n"
        "ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()\n"
    )
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint(stream=True, timeout_s=1.0))
    client.put_revision("e", "one", local.command([sys.executable, str(script), "{port}"]))
    client.release("e", "one")
    request = urllib.request.Request(f"{endpoint.url}/stream", headers={"x-api-key": endpoint.key})
    with urllib.request.urlopen(request) as answer:
        began = time.monotonic()
        assert answer.readline() == b"0\n"
        assert time.monotonic() - began < 0.5
        assert answer.read() == b"1\n2\n3\n4\n"
        assert time.monotonic() - began > 1.1


def test_the_agents_own_interface_is_guarded(local) -> None:
    client, _ = local.serve("one")
    base = client.metrics_url.removesuffix("/metrics")
    token = json.loads((local.state_dir / "agent.json").read_text())["token"]

    def ask(path, method="GET", body=None, token=token) -> tuple[int, dict]:
        headers = {"authorization": f"Bearer {token}"}
        request = urllib.request.Request(base + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as exc:
            return exc.code, json.load(exc)["error"]

    assert ask("/v1/status", token="wrong")[0] == 401
    assert ask("/v1/endpoints/e", "DELETE", token="")[0] == 401
    assert ask("/v1/nothing")[0] == 404
    assert ask("/v1/endpoints/e", "POST")[0] == 405
    assert ask("/v1/endpoints/x", "PUT", b"x" * 2_000_000)[0] == 413
    assert "no JSON" in ask("/v1/endpoints/x", "PUT", b"{")[1]["what"]
    assert ask("/v1/endpoints/x", "PUT", b'{"model_name": "m", "prot": 1}')[1]["what"].endswith(
        "no field 'prot'"
    )
    assert (
        "must be a number"
        in ask("/v1/endpoints/x", "PUT", b'{"model_name": "m", "timeout_s": "5"}')[1]["what"]
    )
    assert "no name for" in ask("/v1/endpoints/..%2Fx", "PUT", b'{"model_name": "m"}')[1]["what"]
    status, told = ask("/v1/status")
    assert status == 200
    assert "key" not in [name for name, value in told["endpoints"]["e"].items() if value is not None]


def test_logs_are_json_lines_and_bounded(local) -> None:
    client, _ = local.serve("one")
    for line in (local.state_dir / "agent.log").read_text().splitlines():
        assert {"time", "level", "event"} <= set(json.loads(line))
    assert client.logs("e") == ["0| serving one"]
    assert client.logs("e", "one", lines=0) == []
    with pytest.raises(AgentError, match="no revision"):
        client.logs("e", "other")
