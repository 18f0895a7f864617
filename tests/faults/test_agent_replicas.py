"""Replicas that crash, hang, answer nonsense or never get ready."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import urllib.request

import pytest

from isoserve.errors import AgentError


def _refused(client, name, request) -> tuple[str, float]:
    began = time.monotonic()
    with pytest.raises(AgentError) as caught:
        client.put_revision("e", name, request)
    return str(caught.value), time.monotonic() - began


def _run_after(local, first: str) -> str:
    """A program that does something first and then serves."""
    return f"import os, sys; {first}; exec(open({str(local.server)!r}).read())"


def test_a_crash_is_restarted_and_counted(local, sigkill, eventually) -> None:
    client, _ = local.serve("one")
    before = client.get_revision("e", "one").replicas[0]
    sigkill(before.pid)
    eventually(
        lambda: client.get_revision("e", "one").state == "ready" and client.get_revision("e", "one").restarts
    )
    after = client.get_revision("e", "one").replicas[0]
    assert after.restarts == 1
    assert after.port == before.port
    assert after.pid != before.pid
    text = urllib.request.urlopen(client.metrics_url).read().decode()
    assert 'isoserve_replica_restarts_total{endpoint="e",revision="one",replica="0"} 1\n' in text


def test_restarts_back_off(local, eventually) -> None:
    """A replica that was ready once and then dies at each start is tried again, more and more slowly."""
    flag = local.state_dir.parent.parent / "broken"
    script = _run_after(local, f"os.path.exists({str(flag)!r}) and sys.exit(9)")
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    client.put_revision("e", "one", local.command([sys.executable, "-c", script, "{port}", "one"]))
    flag.touch()
    os.kill(client.get_revision("e", "one").pids[0], signal.SIGKILL)
    eventually(lambda: client.get_revision("e", "one").restarts >= 4)
    lines = [json.loads(line) for line in (local.state_dir / "agent.log").read_text().splitlines()]
    delays = [line["delay_s"] for line in lines if line["event"] == "process.restart"]
    assert delays[:4] == [0.0, 0.5, 1.0, 2.0]
    assert client.get_revision("e", "one").state == "down"
    flag.unlink()
    eventually(lambda: client.get_revision("e", "one").state == "ready")


def test_a_crash_at_the_first_start_fails_at_once_with_its_log(local, post) -> None:
    client, endpoint = local.serve("one")
    broken = local.command([sys.executable, "-c", "print('before'); raise SystemExit('no such model: 42')"])
    said, took = _refused(client, "bad", broken)
    assert "exit status 1" in said
    assert "no such model: 42" in said
    assert "before" in said
    assert took < 5
    assert client.get_revision("e", "bad") is None
    assert not (local.state_dir / "endpoints" / "e" / "bad").exists()
    assert post(endpoint)[2] == b"one hello"


def test_one_of_two_replicas_that_crashes_ends_the_other(local, eventually) -> None:
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    script = _run_after(local, "os.environ['ISOSERVE_REPLICA'] == '1' and sys.exit(5)")
    said, _ = _refused(
        client, "bad", local.command([sys.executable, "-c", script, "{port}", "x"], replicas=2)
    )
    assert "replica 1: exit status 5" in said
    assert [one for one in local.processes() if "x" in one.cmdline()] == []


def test_never_ready_fails_in_time_with_its_log(local) -> None:
    client, _ = local.serve("one")
    script = "import time; print('loading weights', flush=True); time.sleep(60)"
    said, took = _refused(client, "slow", local.command([sys.executable, "-c", script], ready_within_s=1.0))
    assert "not ready within 1 s (ready_within)" in said
    assert "nothing listens there yet" in said
    assert "loading weights" in said
    assert 1 <= took < 3
    assert [one for one in local.processes() if script in one.cmdline()] == []


GARBAGE = """\
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = server.accept()
    connection.recv(4096)
    connection.sendall({answer!r})
    connection.close()
"""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"SSH-2.0-OpenSSH_9.2\\r\\n", "not HTTP"),
        (b"HTTP/1.1 500 Oops\\r\\ncontent-length: 4\\r\\n\\r\\noops", "was answered with 500: 'oops'"),
        (b"HTTP/1.1 404 No\\r\\ncontent-length: 0\\r\\n\\r\\n", "was answered with 404"),
        (b"", "closed without an answer"),
        (b"HTTP/1.1 200 OK\\r\\ncontent-length: 40\\r\\n\\r\\nshort", "closed without an answer"),
    ],
)
def test_a_wrong_answer_is_not_ready_and_is_told(local, answer, said) -> None:
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    script = GARBAGE.replace("{answer!r}", f"b{answer.decode('unicode_escape')!r}")
    request = local.command([sys.executable, "-c", script, "{port}"], ready_within_s=1.0)
    text, _ = _refused(client, "bad", request)
    assert said in text


def test_a_missing_program_and_a_missing_secret_are_told(local) -> None:
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    said, _ = _refused(client, "bad", local.command(["/no/such/program", "{port}"]))
    assert "/no/such/program cannot be started" in said
    said, _ = _refused(client, "bad", local.command(["true"], secrets={"TOKEN": "file:/no/such/file"}))
    assert "server.secrets.TOKEN" in said
    said, _ = _refused(client, "bad", local.command(["true"], secrets={"TOKEN": "arn:aws:x"}))
    assert "use file:PATH" in said


def test_a_hung_replica_is_unready_and_then_ready_again(local, press, eventually) -> None:
    client, endpoint = local.serve("one", replicas=2)
    victim = client.get_revision("e", "one").replicas[0].pid
    with press(endpoint, closed=2, open_per_s=20) as load:
        load.wait_for(50)
        os.kill(victim, signal.SIGSTOP)
        try:
            eventually(lambda: client.get_revision("e", "one").state == "degraded")
        finally:
            os.kill(victim, signal.SIGCONT)
        eventually(lambda: client.get_revision("e", "one").state == "ready")
        load.wait_for(50)
    assert load.lost == []
    assert client.get_revision("e", "one").restarts == 0


def test_the_environment_is_clean_and_secrets_stay_out_of_sight(local, monkeypatch, post) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hidden")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    secret = local.state_dir.parent.parent / "token"
    secret.write_text("s3cr3t-value\n")
    script = _run_after(local, "print(sorted(os.environ.items()), flush=True)")
    command = [sys.executable, "-c", script, "{port}", "one"]
    request = local.command(command, env={"MODE": "fast"}, secrets={"TOKEN": f"file:{secret}"})
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint())
    client.put_revision("e", "one", request)
    (line,) = [line for line in client.logs("e", "one") if "MODE" in line]
    assert "('TOKEN', '***')" in line
    names = {name for name, _ in eval(line.partition("| ")[2])}
    own = {"ISOSERVE_STATE", "ISOSERVE_ENDPOINT", "ISOSERVE_REVISION", "ISOSERVE_REPLICA"}
    assert names - own - {"LC_CTYPE"} == {"PATH", "HOME", "LANG", "PORT", "MODE", "TOKEN"}
    agent = next(one for one in local.processes() if one.pid == client.pid)
    assert not {name for name in agent.environ() if name.startswith(("PULUMI", "AWS"))}
    client.release("e", "one")
    post(endpoint)
    for file in local.state_dir.rglob("*"):
        if file.is_file() and file.name != "replica.log":
            assert "s3cr3t-value" not in file.read_text("utf-8", "replace"), file
            assert (
                file.name == "state.json"
                or file.name == "listeners.json"
                or endpoint.key not in file.read_text()
            )
            assert file.stat().st_mode & 0o077 == 0, file
    for process in local.processes():
        assert endpoint.key not in " ".join(process.cmdline())
        assert endpoint.key not in str(process.environ())
    assert endpoint.key not in repr(client.status())
    assert endpoint.key not in repr(endpoint)
    assert endpoint.key not in urllib.request.urlopen(client.metrics_url).read().decode()


def test_a_revision_is_immutable_but_for_its_replicas(local, press, eventually) -> None:
    client, endpoint = local.serve("one", replicas=1)
    assert client.put_revision("e", "one", local.request("one")).restarts == 0
    with pytest.raises(AgentError, match="exists with another server"):
        client.put_revision("e", "one", local.request("other"))
    with press(endpoint, closed=4, open_per_s=50) as load:
        load.wait_for(100)
        grown = client.put_revision("e", "one", local.request("one", replicas=3))
        assert grown.replicas_ready == 3
        load.wait_for(300)
        shrunk = client.put_revision("e", "one", local.request("one", replicas=1))
        assert [one.index for one in shrunk.replicas] == [0]
        load.wait_for(300)
    assert load.lost == []
    eventually(lambda: len(client.get_revision("e", "one").pids) == 1)


def test_growing_fails_without_harm(local, post) -> None:
    script = _run_after(local, "os.environ['ISOSERVE_REPLICA'] == '1' and sys.exit(5)")
    command = [sys.executable, "-c", script, "{port}", "one"]
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint())
    client.put_revision("e", "one", local.command(command))
    client.release("e", "one")
    with pytest.raises(AgentError, match="replica 1: exit status 5"):
        client.put_revision("e", "one", local.command(command, replicas=2))
    assert client.get_revision("e", "one").replicas_wanted == 1
    assert post(endpoint)[2] == b"one hello"


def test_a_repeat_waits_until_ready_again(local, sigkill) -> None:
    """After a restart of the machine it is `up` that says whether all is well."""
    _, _ = local.serve("one", replicas=2)
    for process in local.processes():
        sigkill(process.pid)
    again = local.connect()
    status = again.put_revision("e", "one", local.request("one", replicas=2))
    assert (status.state, status.replicas_ready) == ("ready", 2)


def test_a_live_revision_that_does_not_get_ready_is_told_and_kept(local, sigkill, eventually, post) -> None:
    flag = local.state_dir.parent.parent / "broken"
    script = _run_after(local, f"os.path.exists({str(flag)!r}) and sys.exit('no disk today')")
    command = [sys.executable, "-c", script, "{port}", "one"]
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint())
    client.put_revision("e", "one", local.command(command))
    client.release("e", "one")
    flag.touch()
    for process in local.processes():
        sigkill(process.pid)
    said, took = _refused(local.connect(), "one", local.command(command, ready_within_s=2.0))
    assert "not ready within 2 s (ready_within)" in said
    assert "no disk today" in said
    assert 1.9 < took < 5
    assert client.get_endpoint("e").live == "one"
    flag.unlink()
    assert client.put_revision("e", "one", local.command(command)).state == "ready"
    eventually(lambda: post(endpoint)[0] == 200)


def test_logs_need_no_name_where_one_revision_is_there(local) -> None:
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    with pytest.raises(AgentError, match="none ever became ready") as caught:
        client.logs("e")
    assert "isoserve up" in str(caught.value)
    client.put_revision("e", "one", local.request("one"))
    assert client.logs("e") == ["0| serving one"]
    client.put_revision("e", "two", local.request("two"))
    with pytest.raises(AgentError, match="none is live") as caught:
        client.logs("e")
    assert "['one', 'two']" in str(caught.value)
    with pytest.raises(AgentError, match="no revision named other") as caught:
        client.logs("e", "other")
    assert "['one', 'two']" in str(caught.value)
    with pytest.raises(AgentError, match="no endpoint named f"):
        client.logs("f")


def test_deleting_the_endpoint_ends_a_revision_that_is_still_starting(local) -> None:
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    said = []

    def start() -> None:
        try:
            client.put_revision(
                "e", "slow", local.command([sys.executable, "-c", "import time; time.sleep(99)"])
            )
        except AgentError as exc:
            said.append(str(exc))

    starting = threading.Thread(target=start)
    starting.start()
    while not local.state_dir.joinpath("endpoints/e/slow/0").exists():
        time.sleep(0.01)
    client.delete_endpoint("e")
    starting.join(10)
    assert "ended before it was ready" in said[0]
    assert local.processes() == []


def test_children_of_a_crashed_replica_are_ended_too(local, sigkill, eventually) -> None:
    """A worker that outlives its parent would hold the port."""
    script = (
        "import subprocess,sys; "
        f"subprocess.run([sys.executable, {str(local.server)!r}, sys.argv[1], 'child'])"
    )
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    client.put_revision("e", "one", local.command([sys.executable, "-c", script, "{port}"]))
    before = {one.pid for one in local.processes() if "child" in one.cmdline()}
    assert len(before) == 1
    sigkill(client.get_revision("e", "one").pids[0])
    eventually(lambda: client.get_revision("e", "one").restarts == 1)
    eventually(lambda: client.get_revision("e", "one").state == "ready")
    after = {one.pid for one in local.processes() if "child" in one.cmdline()}
    assert len(after) == 1
    assert not before & after


def test_a_request_that_kills_the_model_is_bounded(local, post, eventually) -> None:
    """It is tried again after each restart, but never for longer than the endpoint's time-out."""
    client, endpoint = local.serve("one", timeout_s=2.0)
    began = time.monotonic()
    status, _, _ = post(endpoint, "/crash")
    assert status in (503, 504)
    assert time.monotonic() - began < 4
    eventually(lambda: client.get_revision("e", "one").state == "ready")
    assert post(endpoint)[2] == b"one hello"


TWO_WRITES = """\
import os, socket, sys, threading, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
def serve(connection):
    while data := connection.recv(4096):
        connection.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\n")
        if b"/die" in data and not os.path.exists(sys.argv[2]):
            open(sys.argv[2], "w").close()
            time.sleep(0.1)
            os._exit(1)
        connection.sendall(b"hello")
while True:
    threading.Thread(target=serve, args=(server.accept()[0],)).start()
"""


def test_a_replica_that_dies_between_head_and_body_loses_nothing(local, tmp_path, post) -> None:
    """Most servers write them one after the other; the gateway passes no head on before the body is there."""
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint())
    command = [sys.executable, "-c", TWO_WRITES, "{port}", str(tmp_path / "died")]
    client.put_revision("e", "one", local.command(command))
    client.release("e", "one")
    status, _, body = post(endpoint, "/die")
    assert (tmp_path / "died").exists()
    assert (status, body) == (200, b"hello")
    assert client.get_revision("e", "one").restarts == 1
