"""What is left when a run is interrupted or killed, and how the next one goes on."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import psutil
import pytest

from isoserve.engine import Event, Notice, open_stack
from isoserve.errors import StackLockedError

pytestmark = pytest.mark.engine

INTERRUPTED = 130
ENDED_FROM_OUTSIDE = 5


@pytest.fixture
def gate(project) -> Path:
    """The create of `fraud` ends once this file is there; `other` comes after it."""
    gate = project.root / "gate"
    project.things(fraud={"gate": str(gate)}, other={})
    return gate


def begin(project, start, verb: str = "up"):
    run = start(verb)
    run.until((project.root / "gate.waiting").exists)
    return run


def test_one_interrupt_finishes_the_running_step_and_lets_go(project, start, gate: Path) -> None:
    run = begin(project, start)

    run.process.send_signal(signal.SIGINT)
    assert "interrupted: the running steps are being finished" in _line_with(run, "interrupted")
    gate.touch()
    code, said = run.ended()

    assert code == INTERRUPTED
    assert "`up` was interrupted" in said
    assert "Traceback" not in said
    assert project.locks == []
    assert project.calls == ["create fraud"]
    assert open_stack(project.root, "demo", create=True).up().changes == {"create": 1, "same": 2}


def test_two_interrupts_cancel_the_running_step(project, start, gate: Path) -> None:
    run = begin(project, start)

    run.process.send_signal(signal.SIGTERM)
    _line_with(run, "interrupted")
    time.sleep(1)  # as a person does: the engine takes two signals at one moment for one
    run.process.send_signal(signal.SIGINT)
    code, _ = run.ended(60)

    assert code == INTERRUPTED
    assert project.locks == []
    assert not run.engine.is_running()


def test_a_killed_engine_is_as_if_it_never_was(project, start, gate: Path) -> None:
    run = begin(project, start)
    run.engine.kill()
    code, said = run.ended()
    assert code == ENDED_FROM_OUTSIDE
    assert "ended from outside by signal 9" in said
    assert len(project.locks) == 1
    gate.touch()
    heard = list[Event]()
    session = open_stack(project.root, "demo", create=True)

    session.up(on_event=heard.append)

    notices = [event.text for event in heard if isinstance(event, Notice)]
    assert notices[0].startswith("removed the lock of a run that no longer exists (")
    assert notices[1] == "an earlier run had been killed; what it left open is settled"
    assert "pending_operations" not in session.state() or session.state()["pending_operations"] == []
    assert session.up(on_event=heard.append).changes == {"same": 3}
    assert len([event for event in heard if isinstance(event, Notice)]) == 2


def test_destroy_after_a_kill_leaves_nothing_behind(project, start, gate: Path) -> None:
    run = begin(project, start)
    run.engine.kill()
    run.ended()
    gate.touch()
    heard = list[Event]()

    open_stack(project.root, "demo", create=True).destroy(on_event=heard.append)

    assert project.calls[-2:] == ["delete other", "delete fraud"]
    assert "an earlier run was killed while it created fraud" in str(heard)
    assert not (project.root / ".isoserve").exists()


def test_destroy_during_an_up_is_refused_and_claims_nothing(project, start, gate: Path) -> None:
    run = begin(project, start)
    heard = list[Event]()

    with pytest.raises(StackLockedError):
        open_stack(project.root, "demo", create=False).destroy(on_event=heard.append)

    assert heard == []
    gate.touch()
    assert run.ended()[0] == 0


def test_an_open_create_that_the_program_dropped_is_named_and_kept(project, start, gate: Path) -> None:
    run = begin(project, start)
    run.engine.kill()
    run.ended()
    gate.touch()
    project.things(other={})
    heard = list[Event]()
    session = open_stack(project.root, "demo", create=True)

    session.up(on_event=heard.append)

    said = [event.text for event in heard if isinstance(event, Notice)][-1]
    assert "killed while it created fraud" in said
    assert "pulumi refresh --stack demo" in said
    assert len(session.state()["pending_operations"]) == 1


def test_the_engine_and_its_packs_do_not_outlive_us(project, start, gate: Path) -> None:
    project.pack()
    run = begin(project, start)
    packs = [child for child in run.children if "isoserve.engine.policyhost" in child.cmdline()]
    assert len(packs) == 1

    run.process.kill()

    assert psutil.wait_procs([run.engine, *packs], timeout=5)[1] == []
    gate.touch()


def test_packs_do_not_outlive_a_killed_engine(project, start, gate: Path) -> None:
    project.pack()
    run = begin(project, start)
    packs = [child for child in run.children if "isoserve.engine.policyhost" in child.cmdline()]

    run.engine.kill()

    assert psutil.wait_procs(packs, timeout=5)[1] == []
    gate.touch()


def test_a_lock_of_another_machine_is_left_alone(project) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()
    folder = project.root / ".isoserve" / "state" / ".pulumi" / "locks" / "organization" / "serving" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "1a2b.json"
    content = {
        "pid": 1,
        "username": "ann",
        "hostname": "elsewhere",
        "timestamp": "2026-01-02T03:04:05.123456789Z",
    }
    lock.write_text(json.dumps(content))

    with pytest.raises(StackLockedError, match="ann on elsewhere, process 1") as caught:
        session.up()

    assert f"no longer runs on elsewhere: rm {lock}" in caught.value.faults[0].fix
    assert lock.exists()


@pytest.mark.parametrize("content", ["garbage", "", "[]", '{"pid": "x"}'])
def test_a_lock_that_nobody_can_read_is_named(project, content: str) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()
    folder = project.root / ".isoserve" / "state" / ".pulumi" / "locks" / "organization" / "serving" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "1a2b.json"
    lock.write_text(content)

    with pytest.raises(StackLockedError, match="cannot be read") as caught:
        session.up()

    assert caught.value.faults[0].at == str(lock)
    assert caught.value.faults[0].fix.endswith(f"rm {lock}")


def _line_with(run, word: str) -> str:
    assert run.process.stdout is not None
    for line in run.process.stdout:
        if word in line:
            return line
    raise AssertionError(f"the run ended without saying {word}")
