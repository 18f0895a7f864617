"""A release under load loses nothing, and the old revision never answers after it."""

from __future__ import annotations

import threading
import time

import pytest

RELEASES = 6


@pytest.mark.parametrize("replicas", [1, 2])
def test_releases_under_load_lose_nothing(local, press, replicas) -> None:
    client, endpoint = local.serve("one", "two", replicas=replicas)
    with press(endpoint, open_per_s=100) as load:
        load.wait_for(300)
        for number in range(RELEASES):
            name = ("two", "one")[number % 2]
            client.release("e", name)
            at = time.monotonic()
            load.wait_for(1800)
            until = time.monotonic()
            after = [one for one in load.sent if one.began >= at and one.ended <= until]
            assert after
            assert [one for one in after if one.revision != name] == []
    assert len(load.sent) >= 10_000
    assert load.lost == []


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_killed_replica_loses_nothing_while_releases_go_on(local, press, sigkill, replicas) -> None:
    client, endpoint = local.serve("one", "two", replicas=replicas)
    with press(endpoint, open_per_s=100) as load:
        for number in range(4):
            name = ("two", "one")[number % 2]
            live = client.get_endpoint("e").live
            victim = client.get_revision("e", live).pids[0]
            killer = threading.Timer(0.01, sigkill, [victim])
            killer.start()
            client.release("e", name)
            at = time.monotonic()
            killer.join()
            load.wait_for(600)
            sigkill(client.get_revision("e", name).pids[0])
            load.wait_for(2000)
            until = time.monotonic()
            after = [one for one in load.sent if one.began >= at and one.ended <= until]
            assert [one for one in after if one.revision != name] == []
    assert len(load.sent) >= 10_000
    assert load.lost == []
    restarts = [client.get_revision("e", name).restarts for name in ("one", "two")]
    assert sum(restarts) == 8


def test_a_slow_answer_is_waited_for(local, press, post) -> None:
    client, endpoint = local.serve("one", "two")
    answers = []
    slow = threading.Thread(target=lambda: answers.append(post(endpoint, "/predict?ms=800")))
    began = time.monotonic()
    slow.start()
    time.sleep(0.2)
    client.release("e", "two")
    took = time.monotonic() - began
    slow.join()
    assert answers[0][0] == 200
    assert answers[0][2] == b"one hello"
    assert 0.7 < took < 2


def test_a_slow_upload_never_reaches_the_old_revision_after_the_release(local) -> None:
    """A request's revision is chosen when its head arrives: release waits for its body, or sees it fail."""
    import socket

    client, endpoint = local.serve("one", "two", timeout_s=2.0)
    head = f"POST /predict HTTP/1.1\r\nhost: x\r\nx-api-key: {endpoint.key}\r\n"
    chunks = b"5\r\nhello\r\n0\r\n\r\n"
    for framing, body in (("content-length: 5", b"hello"), ("transfer-encoding: chunked", chunks)):
        target = "two" if client.get_endpoint("e").live == "one" else "one"
        with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as slow:
            slow.sendall(f"{head}{framing}\r\n\r\n".encode())
            time.sleep(0.1)
            released = threading.Event()
            threading.Thread(target=lambda t=target, r=released: (client.release("e", t), r.set())).start()
            assert not released.wait(0.4), framing
            slow.sendall(body)
            answer = slow.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            assert released.wait(5)


def test_an_upload_that_never_ends_is_cut_and_bounds_the_release(local) -> None:
    import socket

    client, endpoint = local.serve("one", "two", timeout_s=1.0)
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as slow:
        head = f"POST / HTTP/1.1\r\nhost: x\r\nx-api-key: {endpoint.key}\r\n"
        slow.sendall(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
        time.sleep(0.05)
        began = time.monotonic()
        client.release("e", "two")
        assert time.monotonic() - began < 3
        assert slow.recv(4096).startswith(b"HTTP/1.1 408")


def test_an_unreleased_endpoint_refuses_and_its_revision_can_go(local, post) -> None:
    client, endpoint = local.serve("one")
    assert client.unrelease("e").live is None
    status, _, body = post(endpoint)
    assert status == 503
    assert b"no revision is live" in body
    client.delete_revision("e", "one")
    client.delete_revision("e", "one")
    assert client.get_revision("e", "one") is None


def test_history_and_refusals(local) -> None:
    from isoserve.errors import AgentError

    client, _ = local.serve("one", "two")
    client.release("e", "two")
    client.release("e", "two")
    assert [one.revision for one in client.get_endpoint("e").history] == ["one", "two"]
    with pytest.raises(AgentError, match="revision two is live"):
        client.delete_revision("e", "two")
    with pytest.raises(AgentError, match="no revision named three"):
        client.release("e", "three")
