"""The main job with nothing replaced: real engine, plugin, agent, gateway and model server."""

from __future__ import annotations

import json
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import joblib
import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def ask(endpoint: Mapping[str, str], body: Mapping[str, object]) -> tuple[Mapping[str, object], str]:
    """Send one V2 request; return the answer and the revision that gave it."""
    request = urllib.request.Request(
        f"{endpoint['url']}/v2/models/digits/infer",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {endpoint['key']}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read()), answer.headers["x-isoserve-revision"]


def rows_of(project) -> list[list[float]]:
    sys.path.insert(0, str(project.root / "examples" / "digits"))
    try:
        import train

        return train.split()[1]
    finally:
        sys.path.remove(str(project.root / "examples" / "digits"))
        sys.modules.pop("train", None)


def request_of(rows: list[list[float]]) -> Mapping[str, object]:
    values = [value for row in rows for value in row]
    return {"inputs": [{"name": "image", "shape": [len(rows), 64], "datatype": "FP64", "data": values}]}


def test_the_whole_life_of_a_service(digits) -> None:
    assert digits.up()["create"] > 0
    endpoint = digits.outputs()["digits"]

    rows = rows_of(digits)
    model = joblib.load(digits.root / "examples" / "digits" / "models" / "1" / "model.joblib")
    answer, revision = ask(endpoint, request_of(rows))
    assert answer["outputs"][0]["data"] == model.predict(rows).tolist()
    assert revision == endpoint["live"]

    again = digits.up()
    assert set(again) == {"same"}
    refreshed = json.loads(digits.ok("refresh", "-s", "demo", "--json"))["changes"]
    assert set(refreshed) == {"same"}

    digits.pin("digits", "2")
    digits.up()
    model = joblib.load(digits.root / "examples" / "digits" / "models" / "2" / "model.joblib")
    promoted = digits.outputs()["digits"]
    answer, revision = ask(promoted, request_of(rows))
    assert answer["outputs"][0]["data"] == model.predict(rows).tolist()
    assert promoted["url"] == endpoint["url"]
    assert promoted["key"] == endpoint["key"]
    assert revision == promoted["live"] != endpoint["live"]
    assert set(digits.up()) == {"same"}

    digits.ok("destroy", "-s", "demo", "--yes")
    assert [process.cmdline() for process in digits.processes()] == []
    assert not (digits.root / ".isoserve" / "local").exists()
    assert list(digits.root.glob("**/*.lock")) == []
    assert list(digits.root.glob(".isoserve/**/locks/**/*.json")) == []
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", int(endpoint["url"].rsplit(":", 1)[1])))


def test_callers_without_the_key_are_refused(echo) -> None:
    echo.up()
    endpoint = echo.outputs()["echo"]
    for headers in ({}, {"authorization": "Bearer wrong"}):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(endpoint["url"], headers=headers), timeout=5)
        assert caught.value.code == 401
        assert endpoint["key"] not in caught.value.read().decode()
        caught.value.close()


def test_the_key_is_only_in_private_places(echo) -> None:
    done = echo.run("up", "-s", "dev")
    key = echo.outputs()["echo"]["key"]
    assert key not in done.stdout + done.stderr
    assert key not in echo.ok("outputs", "-s", "dev") + echo.ok("status", "-s", "dev", "--json")
    holders = [file for file in echo.root.rglob("*") if file.is_file() and key.encode() in file.read_bytes()]
    assert holders, "the agent must remember the key"
    for file in holders:
        assert file.stat().st_mode & 0o077 == 0, file
        assert ".isoserve/local" in file.as_posix(), f"{file} holds the key in clear"


def test_a_lost_agent_folder_is_made_anew(echo) -> None:
    echo.up()
    first = echo.outputs()["echo"]["url"]
    for process in echo.processes():
        process.kill()
    import shutil

    shutil.rmtree(echo.root / ".isoserve" / "local")
    changes = echo.up()
    assert changes.get("update", 0) > 0
    assert "create" not in changes
    assert echo.outputs()["echo"]["url"].startswith(first.rsplit(":", 1)[0])
    assert set(echo.up()) == {"same"}


def test_preview_starts_nothing(echo) -> None:
    changes = json.loads(echo.ok("preview", "-s", "dev", "--json"))["changes"]
    assert changes["create"] > 0
    assert echo.processes() == []
    assert not (echo.root / ".isoserve" / "local").exists()


def broken(project, version: str, program: str) -> None:
    """Make one version's server another program, with its new checksum."""
    from isoserve.runtime.artifacts import tree_sha256

    folder = project.root / "models" / "echo" / version
    service = project.root / "stacks" / "services" / "echo.yaml"
    before = tree_sha256(folder)
    (folder / "server.py").write_text(program)
    service.write_text(service.read_text().replace(before, tree_sha256(folder)))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; print('weights are missing'); sys.exit(3)", "weights are missing"),
        ("import time; print('still loading', flush=True); time.sleep(600)", "still loading"),
    ],
    ids=["exits", "never-ready"],
)
def test_a_bad_version_fails_up_and_the_live_one_serves_on(echo, program: str, said: str) -> None:
    service = echo.root / "stacks" / "services" / "echo.yaml"
    service.write_text(service.read_text().replace("ready_within: 20s", "ready_within: 4s"))
    echo.up()
    endpoint = echo.outputs()["echo"]
    before = {process.pid for process in echo.processes()}

    broken(echo, "2", program)
    echo.pin("echo", "2")
    failed = echo.run("up", "-s", "dev")
    assert failed.returncode == 5
    assert said in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stdout + failed.stderr
    request = urllib.request.Request(endpoint["url"], headers={"x-api-key": endpoint["key"]})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert json.loads(answer.read()) == {"version": "1"}

    echo.pin("echo", "1")
    changes = echo.up()
    assert "update" not in changes
    assert "create" not in changes
    assert {process.pid for process in echo.processes()} == before


def test_missing_artifact_creates_nothing(echo) -> None:
    (echo.root / "models" / "echo" / "1" / "version").unlink()
    failed = echo.run("up", "-s", "dev")
    assert failed.returncode == 3
    assert "checksum" in failed.stderr
    assert echo.processes() == []


def test_state_holds_no_path_of_this_machine(echo) -> None:
    echo.up()
    state = next((echo.root / ".isoserve" / "state").glob(".pulumi/stacks/**/dev.json")).read_text()
    inside = state.replace(str(Path(sys.executable)), "")  # the test's own command names its Python
    assert str(echo.root) not in inside
