"""What a session makes of failures: the cause, in words and with a class that tells the exit code."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from isoserve.engine import Event, Message, Violation, open_stack
from isoserve.errors import DeploymentError, Fault, PolicyError, SpecError, StackLockedError

pytestmark = pytest.mark.engine


def test_a_providers_message_comes_as_it_is_with_the_resources_name(project) -> None:
    project.things(fraud={"fail": "model did not become ready\nlast line: boom"}, after={})

    with pytest.raises(DeploymentError) as caught:
        open_stack(project.root, "demo", create=True).up()

    (fault,) = caught.value.faults
    assert fault.what == "model did not become ready\nlast line: boom"
    assert fault.at == "probe:index:Thing fraud"
    assert "isoserve up -s demo" in fault.fix
    assert "Traceback" not in str(caught.value)
    assert project.calls == ["create fraud"]


def test_an_error_of_ours_through_the_engine_keeps_its_place_and_fix(project) -> None:
    project.things(fraud={"fail": "port 80 is taken\n  at:  native.local.port\n  fix: choose another"})

    with pytest.raises(DeploymentError) as caught:
        open_stack(project.root, "demo", create=True).up()

    expected = Fault(what="port 80 is taken", at="native.local.port", fix="choose another")
    assert list(caught.value.faults) == [expected]
    assert str(caught.value).count("  at:  ") == 1


def test_a_program_that_is_missing_is_named(project) -> None:
    program = project.root / "stacks" / "__main__.py"
    program.unlink()

    with pytest.raises(SpecError, match="the program is missing") as caught:
        open_stack(project.root, "demo", create=True).up()

    assert caught.value.faults[0].at == str(program)
    assert "isoserve init" in caught.value.faults[0].fix


@pytest.mark.parametrize("how", ["gone", "not executable"])
def test_a_plugin_that_cannot_be_started_is_named(project, how: str) -> None:
    launcher = project.root / "bin" / "pulumi-resource-probe"
    if how == "gone":
        launcher.unlink()
    else:
        launcher.chmod(0o644)

    with pytest.raises(SpecError) as caught:
        open_stack(project.root, "demo", create=True).up()

    assert caught.value.faults[0].at.startswith(str(project.root / "Pulumi.yaml"))
    assert str(launcher) in str(caught.value)
    assert caught.value.faults[0].fix


def test_the_next_up_repairs_a_failed_create(project) -> None:
    project.things(fraud={"fail": "no"})
    session = open_stack(project.root, "demo", create=True)
    with pytest.raises(DeploymentError):
        session.up()
    project.things(fraud={"value": "1"})

    assert session.up().changes == {"create": 1, "same": 1}


def test_a_serving_error_of_the_program_comes_out_as_itself(project) -> None:
    project.write(
        "stacks/__main__.py",
        "from isoserve.errors import SpecError\nraise SpecError('no ceiling', at='a.yaml:3', fix='set it')\n",
    )
    heard = list[Event]()

    with pytest.raises(SpecError) as caught:
        open_stack(project.root, "demo", create=True).up(on_event=heard.append)

    assert str(caught.value) == "no ceiling\n  at:  a.yaml:3\n  fix: set it"
    assert [event for event in heard if isinstance(event, Message)] == []


def test_any_other_error_of_the_program_names_its_line(project) -> None:
    file = project.write("stacks/__main__.py", "import pulumi\n\n{}['nope']\n")

    with pytest.raises(DeploymentError) as caught:
        open_stack(project.root, "demo", create=True).preview()

    assert caught.value.faults[0].what == "the program failed: KeyError: 'nope'"
    assert caught.value.faults[0].at == f"{file}:3"


def test_an_error_in_a_callback_names_its_line_too(project) -> None:
    file = project.write(
        "stacks/__main__.py", "import pulumi\npulumi.Output.from_input(1).apply(\n    lambda _: {}['late'])\n"
    )

    with pytest.raises(DeploymentError) as caught:
        open_stack(project.root, "demo", create=True).up()

    assert caught.value.faults[0].what == "KeyError: 'late'"
    assert caught.value.faults[0].at == f"{file}:3"
    assert "Traceback" not in str(caught.value)


def test_a_mandatory_policy_stops_before_the_resource(project) -> None:
    project.pack()
    project.things(fraud={"value": "bad"})
    heard = list[Event]()

    with pytest.raises(PolicyError) as caught:
        open_stack(project.root, "demo", create=True).up(on_event=heard.append)

    assert [(fault.what, fault.at) for fault in caught.value.faults] == [
        ("no-bad: Values are good.\nvalue is bad: change it", "resource fraud")
    ]
    assert {(event.policy, event.mandatory) for event in heard if isinstance(event, Violation)} == {
        ("no-bad", True),
        ("advice", False),
    }
    assert project.calls == []


def test_an_advisory_policy_only_speaks_and_packs_can_be_left_out(project) -> None:
    project.pack()
    heard = list[Event]()
    session = open_stack(project.root, "demo", create=True)

    assert session.up(on_event=heard.append).changes == {"create": 2}
    project.things(fraud={"value": "bad"})
    assert session.up(policy_packs=False).changes == {"update": 1, "same": 1}
    assert [event.policy for event in heard if isinstance(event, Violation)] == ["advice"]
    assert [event for event in heard if isinstance(event, Message)] == []


def test_a_wrong_passphrase_changes_nothing(project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_stack(project.root, "demo", create=True)
    session.up()
    record = project.root / ".isoserve" / "state" / ".pulumi" / "stacks" / "serving" / "demo.json"
    before = (record.read_bytes(), project.stack_file.read_text())
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    project.things(fraud={"value": "2"})

    with pytest.raises(DeploymentError, match="the passphrase does not fit this stack; nothing was changed"):
        open_stack(project.root, "demo", create=True).up()

    assert (record.read_bytes(), project.stack_file.read_text()) == before
    assert project.calls == ["create fraud"]
    assert project.locks == []


def test_a_salt_from_elsewhere_is_a_clear_error(project) -> None:
    salt = "encryptionsalt: v1:ZmTmWYqRU2k=:v1:f6hGt16Az8Z3FJpz:khe84YV7avmK7o6opDisFHBkveAg6g==\n"
    text = project.stack_file.read_text() + salt
    project.stack_file.write_text(text)
    session = open_stack(project.root, "demo", create=True)

    with pytest.raises(DeploymentError) as caught:
        session.up()

    assert caught.value.faults[0].at == f"{project.stack_file} encryptionsalt"
    assert f"sed -i '/^encryptionsalt:/d' {project.stack_file}" in caught.value.faults[0].fix
    assert session.destroy().changes == {}
    assert project.stack_file.read_text() == text


def test_a_second_update_is_refused_at_once_and_names_the_holder(project, start) -> None:
    gate = project.root / "gate"
    project.things(fraud={"gate": str(gate)})
    first = start("up")
    first.until((project.root / "gate.waiting").exists)

    began = time.monotonic()
    with pytest.raises(StackLockedError) as caught:
        open_stack(project.root, "demo", create=True).up()
    took_s = time.monotonic() - began

    assert took_s < 2
    assert f"process {first.engine.pid}" in str(caught.value)
    assert f"rm {project.locks[0]}" in caught.value.faults[0].fix
    gate.touch()
    assert first.ended()[0] == 0
    assert project.calls == ["create fraud"]


def test_a_lock_in_another_kind_of_backend_is_read_from_the_engines_words(
    project, start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    gate = project.root / "gate"
    project.things(fraud={"gate": str(gate)})
    first = start("up")
    first.until((project.root / "gate.waiting").exists)
    session = open_stack(project.root, "demo", create=True)
    object.__setattr__(session._lock, "folder", None)  # as for a bucket

    with pytest.raises(StackLockedError, match=f"process {first.engine.pid}") as caught:
        session.up()

    assert "pulumi cancel --yes --stack demo" in caught.value.faults[0].fix
    gate.touch()
    assert first.ended()[0] == 0
