"""The agent's folder is moved or removed, while it runs and while it does not."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from isoserve.errors import AgentError
from isoserve.provider.kind import Site
from isoserve.provider.local.revision import RevisionKind
from isoserve.runtime.state import State, Store


@pytest.fixture
def project(local):
    """A project of its own with a state folder, an artifact in it and a secret beside it."""
    root = local.state_dir.parent.parent / "before"
    found = replace(local, state_dir=root / ".isoserve" / "local")
    (found.state_dir / "artifacts").mkdir(parents=True)
    (found.state_dir / "artifacts" / "m").write_text("the model")
    (root / "token").write_text("s3cr3t")
    yield found
    for state_dir in (found.state_dir, _moved(found).state_dir):
        for process in replace(found, state_dir=state_dir).processes():
            process.kill()


def _moved(local):
    return replace(local, state_dir=local.state_dir.parent.parent.with_name("after") / ".isoserve" / "local")


def _move(local):
    after = _moved(local)
    local.state_dir.parent.parent.rename(after.state_dir.parent.parent)
    return after


def _site(local) -> Site:
    return Site(root=local.state_dir.parent.parent, config={"stateDir": ".isoserve/local"})


def _inputs(local) -> dict[str, object]:
    """What the engine hands over: nothing in it says where the project lies."""
    script = "import os, sys; open(sys.argv[3]); assert os.environ['TOKEN'] == 's3cr3t'"
    script = f"{script}; exec(open({str(local.server)!r}).read())"
    server = {
        "kind": "custom",
        "command": [sys.executable, "-c", script, "{port}", "one", "{artifact}"],
        "secrets": {"TOKEN": "file:token"},
        "ready_path": "/ready",
    }
    return {
        "endpoint": "e",
        "name": "one",
        "server": server,
        "artifact": ".isoserve/local/artifacts/m",
        "model_name": "echo",
        "model_version": "1",
        "replicas": 1,
    }


def _serve(local):
    client = local.connect()
    endpoint = client.put_endpoint("e", local.endpoint())
    RevisionKind().create(_inputs(local), _site(local))
    client.release("e", "one")
    return client, endpoint


def _answers(post, endpoint) -> bool:
    try:
        return post(endpoint)[2] == b"one hello"
    except OSError:
        return False


def test_a_project_that_was_moved_while_nothing_ran_serves_again(project, sigkill, eventually, post) -> None:
    _, endpoint = _serve(project)
    assert str(project.state_dir) not in (project.state_dir / "state.json").read_text()
    for process in project.processes():
        sigkill(process.pid)
    after = _move(project)
    RevisionKind().update("one", _inputs(after), _site(after))
    again = after.connect(start=False)
    assert again.get_revision("e", "one").state == "ready"
    eventually(lambda: _answers(post, endpoint))
    again.delete_endpoint("e")


def test_a_request_from_elsewhere_may_say_absolute_paths(project) -> None:
    client, _ = _serve(project)
    request = client.get_revision("e", "one").request
    assert request.artifact == "artifacts/m"
    absolute = replace(request, artifact=str(project.state_dir / "artifacts" / "m"))
    assert client.put_revision("e", "one", absolute).request == request
    with pytest.raises(AgentError, match="another artifact"):
        client.put_revision("e", "one", replace(request, artifact="artifacts/n"))
    client.delete_endpoint("e")


def test_a_project_that_is_moved_while_it_runs_serves_at_its_new_place(project, eventually, post) -> None:
    client, endpoint = _serve(project)
    after = _move(project)
    again = after.connect()
    assert again.pid != client.pid
    assert project.processes() == []
    again.put_revision("e", "one", again.get_revision("e", "one").request)
    eventually(lambda: _answers(post, endpoint))
    assert again.get_endpoint("e").key == endpoint.key
    again.delete_endpoint("e")
    assert after.processes() == []
    # an artifact of the provider's is in the folder, nothing of the agent's
    assert [one.name for one in after.state_dir.iterdir()] == ["artifacts"]


def test_an_agent_whose_folder_was_moved_ends_by_itself(project, eventually) -> None:
    _serve(project)
    after = _move(project)
    eventually(lambda: project.processes() == [])
    events = [json.loads(line) for line in (after.state_dir / "agent.log").read_text().splitlines()]
    (lost,) = [one for one in events if one["event"] == "agent.lost"]
    assert str(project.state_dir) in lost["cause"]
    assert json.loads((after.state_dir / "state.json").read_text())["endpoints"]["e"]["live"] == "one"


def test_an_agent_whose_folder_was_removed_ends_and_leaves_its_successor_alone(
    project, eventually, post
) -> None:
    client, _ = _serve(project)
    shutil.rmtree(project.state_dir.parent)
    again = project.connect()
    assert again.pid != client.pid
    endpoint = again.put_endpoint("e", project.endpoint())
    again.put_revision("e", "two", project.request("two"))
    again.release("e", "two")
    eventually(lambda: client.pid not in [one.pid for one in project.processes()])
    revisions = {one.environ().get("ISOSERVE_REVISION") for one in project.processes()}
    assert "one" not in revisions
    assert post(endpoint)[2] == b"two hello"
    assert again.get_endpoint("e").live == "two"
    again.delete_endpoint("e")
    assert project.processes() == []


def test_a_state_that_cannot_be_written_tells_the_remedy_of_its_cause(tmp_path: Path, monkeypatch) -> None:
    store = Store(tmp_path / "gone")
    with pytest.raises(AgentError, match="moved or removed") as caught:
        store.save(State())
    assert "disk space" not in str(caught.value)

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", denied)
    with pytest.raises(AgentError, match="mend the permissions") as caught:
        Store(tmp_path).save(State())
    assert "disk space" not in str(caught.value)
