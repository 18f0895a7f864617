"""The agent or the gateway dies, is started twice, or finds a damaged folder."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from isoserve.errors import AgentError
from isoserve.provider.kind import Site
from isoserve.provider.local.revision import RevisionKind
from isoserve.runtime.client import AgentClient


def test_a_killed_agent_is_succeeded_and_its_processes_live_on(local, press, sigkill, eventually) -> None:
    client, endpoint = local.serve("one", "two", replicas=2)
    pids = client.get_revision("e", "one").pids
    gateway = client.status().gateway_pid
    with press(endpoint, closed=4, open_per_s=50) as load:
        load.wait_for(200)
        sigkill(client.pid)
        load.wait_for(200)
        victim = next(p for p in local.processes() if p.environ().get("ISOSERVE_REVISION") == "two")
        sigkill(victim.pid)
        again = local.connect()
        assert again.pid != client.pid
        assert again.get_revision("e", "one").pids == pids
        assert again.status().gateway_pid == gateway
        eventually(lambda: again.get_revision("e", "two").state == "ready")
        assert again.get_endpoint("e").key == endpoint.key
        again.release("e", "two")
        load.wait_for(200)
        # the old client finds the new agent by itself
        assert client.status().pid == again.pid
        # adopted processes are watched like own children
        sigkill(again.get_revision("e", "one").pids[0])
        eventually(lambda: again.get_revision("e", "one").restarts == 1)
        eventually(lambda: again.get_revision("e", "one").state == "ready")
        load.wait_for(200)
    assert load.lost == []
    client.delete_endpoint("e")
    assert local.processes() == []


def test_a_killed_gateway_is_restarted_on_the_same_port(local, sigkill, eventually, post) -> None:
    client, endpoint = local.serve("one")
    sigkill(client.status().gateway_pid)
    eventually(lambda: client.status().gateway_restarts == 1)
    eventually(lambda: _answers(post, endpoint))
    assert post(endpoint)[2] == b"one hello"
    client.put_revision("e", "two", local.request("two"))
    client.release("e", "two")
    assert post(endpoint)[2] == b"two hello"


def test_a_revision_that_is_not_ready_is_drift(local, sigkill, eventually) -> None:
    """Or `up` would say that all is well with no replica running."""
    client, _ = local.serve("one")
    site = Site(root=local.state_dir.parent.parent, config={"stateDir": ".isoserve/local"})
    kind, inputs = RevisionKind(), {"endpoint": "e"}
    assert kind.drift("one", inputs, site) == ()
    assert kind.drift("two", inputs, site) == ("live",)
    replica = client.get_revision("e", "one").pids[0]
    os.kill(replica, signal.SIGSTOP)
    try:
        eventually(lambda: kind.drift("one", inputs, site) == ("live",))
    finally:
        os.kill(replica, signal.SIGCONT)
    eventually(lambda: kind.drift("one", inputs, site) == ())


def test_the_first_answer_after_a_restart_is_no_guess(local, sigkill) -> None:
    client, _ = local.serve("one", replicas=2)
    pids = client.get_revision("e", "one").pids
    sigkill(client.pid)
    status = local.connect().status()
    found = status.endpoints["e"].revisions["one"]
    assert (found.state, found.pids) == ("ready", pids)
    assert status.gateway_pid == client.status().gateway_pid


def test_a_replica_that_waited_for_its_restart_is_tried_on_by_the_next_agent(
    local, sigkill, eventually
) -> None:
    flag = local.state_dir.parent.parent / "broken"
    script = f"import os, sys; os.path.exists({str(flag)!r}) and sys.exit(9)"
    script = f"{script}; exec(open({str(local.server)!r}).read())"
    client = local.connect()
    client.put_endpoint("e", local.endpoint())
    client.put_revision("e", "one", local.command([sys.executable, "-c", script, "{port}", "one"]))
    flag.touch()
    sigkill(client.get_revision("e", "one").pids[0])
    eventually(lambda: client.get_revision("e", "one").restarts >= 4)  # the next try is seconds away
    eventually(lambda: not client.get_revision("e", "one").pids)
    sigkill(client.pid)
    again = local.connect()
    flag.unlink()
    eventually(lambda: again.get_revision("e", "one").state == "ready")


def _answers(post, endpoint) -> bool:
    try:
        return post(endpoint)[0] == 200
    except OSError:
        return False


def test_everything_killed_is_started_again(local, sigkill, eventually, post) -> None:
    """A machine that was switched off."""
    _, endpoint = local.serve("one", replicas=2)
    for process in local.processes():
        sigkill(process.pid)
    again = local.connect()
    eventually(lambda: again.get_revision("e", "one").state == "ready")
    eventually(lambda: _answers(post, endpoint))
    assert post(endpoint)[2] == b"one hello"
    assert again.get_endpoint("e").live == "one"


def test_sigterm_ends_the_agent_alone(local, eventually, post) -> None:
    client, endpoint = local.serve("one")
    os.kill(client.pid, signal.SIGTERM)
    eventually(lambda: client.pid not in [one.pid for one in local.processes()])
    assert post(endpoint)[2] == b"one hello"
    with pytest.raises(AgentError, match="no local agent is running"):
        local.connect(start=False)
    assert local.connect().get_endpoint("e").live == "one"


def test_a_revision_that_was_starting_when_the_agent_died_is_ended(local, sigkill, eventually) -> None:
    client, _ = local.serve("one")
    slow = local.command([sys.executable, "-c", "import time; time.sleep(99)"])
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.put_revision, "e", "slow", slow)
        eventually(lambda: [p for p in local.processes() if p.environ().get("ISOSERVE_REVISION") == "slow"])
        sigkill(client.pid)
        with pytest.raises(AgentError, match="cannot be reached"):
            answer.result()
    again = local.connect()
    assert again.get_revision("e", "slow") is None
    eventually(lambda: not [p for p in local.processes() if p.environ().get("ISOSERVE_REVISION") == "slow"])


def test_many_starters_make_one_agent(local) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        clients = list(pool.map(lambda _: local.connect(), range(6)))
    assert len({client.pid for client in clients}) == 1
    agents = [one for one in local.processes() if "isoserve.runtime.agent" in one.cmdline()]
    assert [one.pid for one in agents] == [clients[0].pid]


def test_a_new_agent_follows_one_that_is_ending(local) -> None:
    for _ in range(5):
        client = local.connect()
        client.put_endpoint("e", local.endpoint())
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            gone = pool.submit(client.delete_endpoint, "e")
            other = local.connect()
            gone.result()
        assert other.put_endpoint("f", local.endpoint()).port
        other.delete_endpoint("f")
        assert not local.state_dir.exists()


def test_agents_of_several_folders_share_the_ports(tmp_path) -> None:
    folders = [tmp_path / str(number) / ".isoserve" / "local" for number in range(4)]

    def serve(folder: Path) -> int:
        from isoserve.runtime.client import EndpointRequest

        return AgentClient.connect(folder).put_endpoint("e", EndpointRequest(model_name="m")).port

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(serve, folders))
        list(pool.map(lambda folder: AgentClient.connect(folder).delete_endpoint("e"), folders))
    assert len(set(found)) == 4
    assert [folder for folder in folders if folder.parent.exists()] == []


def test_whoever_started_it_is_free(local) -> None:
    """A caller that reads to the end of a pipe must not wait for the daemon, and its end must not end it."""
    script = (
        "import sys; from pathlib import Path; from isoserve.runtime.client import *; "
        f"c = AgentClient.connect(Path({str(local.state_dir)!r})); "
        "c.put_endpoint('e', EndpointRequest(model_name='m')); print(c.pid)"
    )
    extra_r, extra_w = os.pipe()
    os.set_inheritable(extra_w, True)
    starter = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=[extra_w],
    )
    os.close(extra_w)
    said, _ = starter.communicate(timeout=20)
    assert os.read(extra_r, 1) == b""
    os.close(extra_r)
    pid = int(said)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(starter.pid, signal.SIGKILL)
    process = psutil.Process(pid)
    assert process.is_running()
    assert os.getsid(pid) != os.getsid(0)
    assert process.status() != psutil.STATUS_ZOMBIE


def test_stale_files_of_a_dead_agent_are_ignored(local) -> None:
    """Its pid belongs to somebody else by now, its socket to nobody."""
    local.state_dir.mkdir(parents=True)
    stranger = socket.create_server(("127.0.0.1", 0))
    stale = {"pid": os.getpid(), "started": 1.0, "port": stranger.getsockname()[1], "token": "x"}
    (local.state_dir / "agent.json").write_text(json.dumps(stale))
    left = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    try:
        os.chdir(local.state_dir)
        left.bind("admin.sock")
    finally:
        os.chdir(here)
    left.close()
    stranger.close()
    client = local.connect()
    assert client.pid != os.getpid()
    client.put_endpoint("e", local.endpoint())
    client.delete_endpoint("e")
    assert not local.state_dir.exists()


def test_a_recorded_pid_that_is_another_process_now_is_left_alone(local, sigkill, eventually) -> None:
    local.serve("one")
    for process in local.processes():
        sigkill(process.pid)
    bystander = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    try:
        file = local.state_dir / "state.json"
        state = json.loads(file.read_text())
        replica = state["endpoints"]["e"]["revisions"]["one"]["replicas"]["0"]
        replica["process"]["pid"] = state["gateway"]["process"]["pid"] = bystander.pid
        file.write_text(json.dumps(state))
        again = local.connect()
        eventually(lambda: again.get_revision("e", "one").state == "ready")
        again.delete_endpoint("e")
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize(
    "damage", ["", "{", '{"isoserve": 1}', '{"isoserve": 99, "endpoints": {}}', "\x00\x01"]
)
def test_a_damaged_state_is_refused_with_the_fix(local, sigkill, damage) -> None:
    client, _ = local.serve("one")
    sigkill(client.pid)
    file = local.state_dir / "state.json"
    sound = file.read_text()
    file.write_text(damage)
    with pytest.raises(AgentError) as caught:
        local.connect()
    assert "the agent's state is damaged" in str(caught.value)
    assert str(file) in str(caught.value)
    assert f"mv {file}" in str(caught.value)
    assert file.read_text() == damage
    file.write_text(sound)
    assert local.connect().get_revision("e", "one").state in ("ready", "starting", "down")


def test_a_state_moved_away_ends_what_nobody_knows_any_more(local, sigkill, eventually) -> None:
    client, _ = local.serve("one")
    sigkill(client.pid)
    (local.state_dir / "state.json").rename(local.state_dir / "state.json.broken")
    again = local.connect()
    assert again.status().endpoints == {}
    eventually(lambda: [one.pid for one in local.processes()] == [again.pid])
    (local.state_dir / "state.json.broken").unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_changes_nothing_and_is_told(local, post) -> None:
    local.state_dir.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(local.state_dir)], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        client, endpoint = local.serve("one")
        state = (local.state_dir / "state.json").read_text()
        filler = os.open(local.state_dir / "filler", os.O_WRONLY | os.O_CREAT)
        _fill(filler)
        os.close(filler)
        with pytest.raises(AgentError, match="No space left on device") as caught:
            client.put_revision("e", "two", local.request("two"))
        assert "free disk space" in str(caught.value)
        assert (local.state_dir / "state.json").read_text() == state
        with pytest.raises(AgentError, match="No space left on device"):
            client.put_endpoint("f", local.endpoint())
        with pytest.raises(AgentError, match="No space left on device"):
            client.unrelease("e")
        assert post(endpoint)[2] == b"one hello"
        assert client.get_endpoint("e").live == "one"
        (local.state_dir / "filler").unlink()
        client.put_revision("e", "two", local.request("two"))
        client.release("e", "two")
        assert post(endpoint)[2] == b"two hello"
        client.delete_endpoint("e")
    finally:
        for process in local.processes():
            process.kill()
        time.sleep(0.2)
        subprocess.run(["umount", "-l", str(local.state_dir)], check=True)


def _fill(descriptor: int) -> None:
    """Write until nothing fits any more."""
    with contextlib.suppress(OSError):
        while True:
            os.write(descriptor, b"x" * 4096)


def test_a_folder_that_cannot_be_written_is_told(tmp_path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(AgentError, match="did not start"):
        AgentClient.connect(file / "local")


def test_a_very_long_path_works(tmp_path, monkeypatch) -> None:
    from isoserve.runtime.client import EndpointRequest

    folder = tmp_path / ("x" * 200) / ".isoserve" / "local"
    client = AgentClient.connect(folder)
    assert client.put_endpoint("e", EndpointRequest(model_name="m")).port
    client.delete_endpoint("e")
    assert not folder.parent.exists()


def test_the_last_delete_leaves_nothing(local, post) -> None:
    client, endpoint = local.serve("one", replicas=2)
    client.put_endpoint("f", local.endpoint())
    post(endpoint)
    client.delete_endpoint("e")
    assert client.get_endpoint("e") is None
    assert client.get_endpoint("f") is not None
    with pytest.raises(OSError):
        post(endpoint)
    client.delete_endpoint("f")
    assert local.processes() == []
    assert not local.state_dir.parent.exists()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", endpoint.port))


def test_an_idle_agent_costs_nothing(local) -> None:
    client, _ = local.serve("one", replicas=2)
    agent = psutil.Process(client.pid)
    time.sleep(1)
    before, began = agent.cpu_times(), time.monotonic()
    time.sleep(4)
    after = agent.cpu_times()
    used = after.user + after.system - before.user - before.system
    assert used / (time.monotonic() - began) < 0.02


def test_connecting_is_fast(local) -> None:
    local.serve("one")
    times = []
    for _ in range(5):
        began = time.monotonic()
        local.connect(start=False)
        times.append(time.monotonic() - began)
    assert min(times) < 0.05
