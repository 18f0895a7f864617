"""What a session does to a stack when all goes well: real engine, a provider of the tests' own."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from isoserve.engine import Event, Notice, State, Step, open_stack
from isoserve.engine.command import EngineCommand
from isoserve.errors import DeploymentError, SpecError

pytestmark = pytest.mark.engine


def test_up_creates_then_finds_everything_same(project) -> None:
    session = open_stack(project.root, "demo", create=True)

    first, second = session.up(), session.up()

    assert first.changes == {"create": 2}
    assert second.changes == {"same": 2}
    assert (first.changed, second.changed) == (True, False)
    assert first.outputs == second.outputs == {"count": 1, "key": "[secret]"}
    assert project.calls == ["create fraud"]


def test_preview_touches_nothing(project) -> None:
    summary = open_stack(project.root, "demo", create=True).preview()

    assert summary.changes == {"create": 2}
    assert project.calls == []


def test_preview_of_a_stack_that_is_not_there_leaves_no_trace(project) -> None:
    before = sorted(project.root.rglob("*"))
    text = project.stack_file.read_text()

    for _ in range(2):
        open_stack(project.root, "demo", create=True).preview()

    assert sorted(project.root.rglob("*")) == before
    assert project.stack_file.read_text() == text


def test_a_failed_preview_leaves_no_trace_either(project) -> None:
    project.write("stacks/__main__.py", "raise ValueError('no')\n")
    before, text = sorted(project.root.rglob("*")), project.stack_file.read_text()

    with pytest.raises(DeploymentError):
        open_stack(project.root, "demo", create=True).preview()

    assert sorted(project.root.rglob("*")) == before
    assert project.stack_file.read_text() == text


def test_preview_of_another_stack_leaves_the_first_alone(project) -> None:
    other = project.root / "stacks" / "Pulumi.two.yaml"
    other.write_text(text := project.stack_file.read_text())
    session = open_stack(project.root, "demo", create=True)
    session.up()

    open_stack(project.root, "two", create=True).preview()

    assert other.read_text() == text
    assert session.up().changes == {"same": 2}
    with pytest.raises(DeploymentError, match="there is no stack two"):
        open_stack(project.root, "two", create=False).state()


def test_an_update_and_a_removal_reach_the_provider(project) -> None:
    project.things(fraud={"value": "1"}, other={"value": "1"})
    session = open_stack(project.root, "demo", create=True)
    session.up()
    project.things(fraud={"value": "2"})

    assert session.up().changes == {"update": 1, "delete": 1, "same": 1}
    assert project.calls == ["create fraud", "create other", "update", "delete other"]


def test_the_events_follow_each_resource(project) -> None:
    heard = list[Event]()

    open_stack(project.root, "demo", create=True).up(on_event=heard.append)

    steps = [(step.op, step.state) for step in heard if isinstance(step, Step) and step.name == "fraud"]
    assert steps == [("create", State.STARTED), ("create", State.DONE)]
    assert {step.type for step in heard if isinstance(step, Step) and step.name == "fraud"} == {
        "probe:index:Thing"
    }


def test_the_program_runs_where_the_plain_engine_would_run_it(project) -> None:
    project.write("stacks/beside.py", "NAME = 'found'\n")
    project.write(
        "stacks/__main__.py",
        "import os, sys, beside, pulumi\n"
        "pulumi.export('name', beside.NAME)\n"
        "pulumi.export('main', __name__)\n"
        "pulumi.export('here', os.getcwd())\n"
        "pulumi.export('later', pulumi.Output.from_input(1).apply(lambda _: os.getcwd()))\n",
    )
    before = (Path.cwd(), list(sys.path))

    outputs = open_stack(project.root, "demo", create=True).up().outputs

    here = str(project.root / "stacks")
    assert outputs == {"name": "found", "main": "__main__", "here": here, "later": here}
    assert (Path.cwd(), list(sys.path)) == before
    del sys.modules["beside"]


def test_outputs_show_a_secret_only_when_asked(project) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()

    assert session.outputs() == {"count": 1, "key": "[secret]"}
    assert session.outputs(show_secrets=True) == {"count": 1, "key": "hunter2"}
    assert "hunter2" not in json.dumps(session.state())


def test_the_state_is_ours_alone(project) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()
    home = project.root / ".isoserve"

    assert stat.S_IMODE((home / "passphrase").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [row["type"] for row in session.state()["resources"]][-1] == "probe:index:Thing"
    assert project.locks == []


def test_the_stack_file_keeps_the_users_text(project) -> None:
    before = project.stack_file.read_text()

    open_stack(project.root, "demo", create=True).up()

    text = project.stack_file.read_text()
    assert text.startswith(before)
    assert text.removeprefix(before).startswith("encryptionsalt: v1:")
    assert text.count("\n") == before.count("\n") + 1


def test_destroy_leaves_the_project_as_it_was(project) -> None:
    before = sorted(path.relative_to(project.root) for path in project.root.rglob("*"))
    text = project.stack_file.read_text()
    session = open_stack(project.root, "demo", create=True)
    session.up()

    summary = session.destroy()

    assert summary.changes == {"delete": 2}
    assert project.calls == ["create fraud", "delete fraud"]
    (project.root / "stacks" / "calls.log").unlink()
    assert sorted(path.relative_to(project.root) for path in project.root.rglob("*")) == before
    assert project.stack_file.read_text() == text


def test_after_destroy_it_starts_again_and_destroy_repeats(project) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()
    session.destroy()

    assert session.up().changes == {"create": 2}
    session.destroy()
    assert session.destroy().changes == {}
    assert not (project.root / ".isoserve").exists()


def test_destroy_without_state_lets_up_take_over(project) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()
    shutil.rmtree(project.root / ".isoserve" / "state")

    assert session.destroy().changes == {}

    assert session.up().changes == {"create": 2}
    session.destroy()
    assert not (project.root / ".isoserve").exists()


def test_two_stacks_share_the_state_and_go_one_by_one(project) -> None:
    (project.root / "stacks" / "Pulumi.two.yaml").write_text(project.stack_file.read_text())
    one, two = (open_stack(project.root, name, create=True) for name in ("demo", "two"))
    one.up()
    two.up()

    one.destroy()
    assert two.up().changes == {"same": 2}
    two.destroy()
    assert not (project.root / ".isoserve").exists()


def test_refresh_reads_what_is_there(project) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()

    assert session.refresh().changes == {"same": 2}


def test_env_lets_the_plain_engine_work_on_the_same_state(project) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()
    told = session.env()

    answer = subprocess.run(
        ["pulumi", "stack", "output", "--json", "--show-secrets", "--stack", "demo", "--non-interactive"],
        cwd=project.root,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(answer.stdout) == {"count": 1, "key": "hunter2"}
    assert told["PULUMI_BACKEND_URL"] == f"file://{project.root}/.isoserve/state?metadata=skip"
    assert told["ISOSERVE_PYTHON"] == sys.executable
    secret = (project.root / ".isoserve" / "passphrase").read_text().strip()
    assert not any(secret in value for value in told.values())


def test_the_users_backend_and_passphrase_are_respected(
    project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").mkdir()
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/theirs")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    session = open_stack(project.root, "demo", create=True)

    assert session.up().changes == {"create": 2}
    assert session.up().changes == {"same": 2}
    session.destroy()

    assert not (project.root / ".isoserve").exists()
    assert (tmp_path / "theirs" / ".pulumi" / "stacks" / "serving" / "demo.json").exists()
    assert "PULUMI_CONFIG_PASSPHRASE" not in session.env()


def test_a_stack_that_is_not_there_is_named(project) -> None:
    session = open_stack(project.root, "demo", create=False)

    for ask in (session.up, session.outputs, session.state):
        with pytest.raises(DeploymentError, match="there is no stack demo") as caught:
            ask()
        assert caught.value.faults[0].at == str(project.stack_file)
    assert project.calls == []


def test_a_folder_without_a_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"holds no Pulumi.yaml"):
        open_stack(tmp_path, "demo", create=True)


def test_a_project_file_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: serving\nmain: [\n")

    with pytest.raises(SpecError, match="not YAML") as caught:
        open_stack(tmp_path, "demo", create=True)

    assert caught.value.faults[0].at == f"{tmp_path / 'Pulumi.yaml'}:3"


def test_an_up_is_one_command_of_the_engine(project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command costs 0.3 s; the stock Automation API runs five of them for one `up`."""
    ran = list[str]()
    run = EngineCommand.run

    def counting(self, args: list[str], *rest: object) -> object:
        ran.append(args[0])
        return run(self, args, *rest)

    monkeypatch.setattr(EngineCommand, "run", counting)
    session = open_stack(project.root, "demo", create=True)
    session.up()
    session.up()
    session.preview()

    assert ran == ["stack", "up", "up", "preview"]


def test_notices_are_given_only_for_what_the_user_should_know(project) -> None:
    heard = list[Event]()
    session = open_stack(project.root, "demo", create=True)
    session.up(on_event=heard.append)
    session.destroy(on_event=heard.append)

    assert [event for event in heard if isinstance(event, Notice)] == []
