"""Which lock still has a holder: only certainty counts as dead."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from isoserve.engine.events import Event, Notice
from isoserve.engine.locks import UnreadableLockError, locks_in, locks_named
from isoserve.engine.stacklock import StackLock
from isoserve.errors import StackLockedError


def held(
    folder: Path, pid: int, *, host: str | None = None, since: datetime | None = None, name: str = "a"
) -> Path:
    since = since or datetime.now(UTC)
    content = {
        "pid": pid,
        "username": "ann",
        "hostname": host or socket.gethostname(),
        "timestamp": since.isoformat().replace("+00:00", "123Z"),
    }
    file = folder / f"{name}.json"
    file.write_text(json.dumps(content))
    return file


@pytest.fixture
def gone() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def of(folder: Path) -> StackLock:
    def never() -> None:
        raise AssertionError("a lock that is a file is removed as one")

    return StackLock(stack="demo", folder=folder, cancel=never)


def test_no_lock_no_word(tmp_path: Path) -> None:
    heard = list[Event]()
    of(tmp_path / "absent").check(heard.append)
    assert heard == []


def test_a_running_holder_is_named(tmp_path: Path) -> None:
    file = held(tmp_path, os.getpid())

    with pytest.raises(StackLockedError, match=f"ann on .*, process {os.getpid()}, since 20"):
        of(tmp_path).check(print)
    assert file.exists()


def test_a_dead_holders_lock_goes_and_that_is_said(tmp_path: Path, gone: int) -> None:
    file = held(tmp_path, gone)
    heard = list[Event]()

    of(tmp_path).check(heard.append)

    assert not file.exists()
    assert [type(event) for event in heard] == [Notice]


def test_a_pid_used_again_by_a_later_process_does_not_hold_it(tmp_path: Path) -> None:
    file = held(tmp_path, os.getpid(), since=datetime.now(UTC) - timedelta(days=30))

    of(tmp_path).check(print)

    assert not file.exists()


def test_a_dead_pid_of_another_machine_proves_nothing(tmp_path: Path, gone: int) -> None:
    file = held(tmp_path, gone, host="elsewhere")

    with pytest.raises(StackLockedError, match="no longer runs on elsewhere: rm "):
        of(tmp_path).check(print)
    assert file.exists()


def test_a_dead_one_beside_a_running_one_stays(tmp_path: Path, gone: int) -> None:
    held(tmp_path, gone, name="dead")
    held(tmp_path, os.getpid(), name="running")

    with pytest.raises(StackLockedError, match=f"process {os.getpid()}"):
        of(tmp_path).check(print)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"pid": ')

    with pytest.raises(UnreadableLockError) as caught:
        locks_in(tmp_path)

    assert caught.value.file == tmp_path / "a.json"


SAID = """error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or \
delete the lock file with `pulumi cancel`.
  s3://bucket/.pulumi/locks/organization/serving/demo/1a.json?region=x: created by ann@build-7 (pid 12) \
at 2026-01-02T03:04:05Z"""


def test_a_buckets_locks_are_read_from_the_engines_words() -> None:
    (lock,) = locks_named(SAID)

    assert (lock.user, lock.host, lock.pid) == ("ann", "build-7", 12)
    assert lock.file == "s3://bucket/.pulumi/locks/organization/serving/demo/1a.json"
    assert lock.since == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert not lock.dead


def test_a_dead_holder_in_a_bucket_is_cancelled_by_the_engine(gone: int) -> None:
    cancelled = list[bool]()
    lock = StackLock(stack="demo", folder=None, cancel=lambda: cancelled.append(True))
    said = SAID.replace("build-7", socket.gethostname()).replace("pid 12", f"pid {gone}")

    assert lock.cleared(said, print)
    assert cancelled == [True]


def test_another_failure_is_no_lock() -> None:
    assert not StackLock(stack="demo", folder=None, cancel=lambda: None).cleared("error: no disk", print)


def test_a_busy_stack_on_pulumi_cloud() -> None:
    lock = StackLock(stack="demo", folder=None, cancel=lambda: None)

    with pytest.raises(StackLockedError, match="being updated by another run"):
        lock.cleared("error: [409] Conflict: Another update is currently in progress.", print)
