from __future__ import annotations

import errno
import json
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from isoserve.cli.scaffold import template
from isoserve.runtime.artifacts import tree_sha256
from isoserve.spec import load_serving

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("path", ["Pulumi.yaml", "stacks/__main__.py", "stacks/bin/pulumi-resource-isoserve"])
def test_templates_are_this_repositorys_own_files(path: str) -> None:
    assert template(path) == (REPOSITORY / path).read_text()


def test_program_stays_short() -> None:
    assert len(template("stacks/__main__.py").splitlines()) <= 25


def test_a_new_project_is_whole(tmp_path: Path, cli) -> None:
    root = tmp_path / "new"
    done = cli("init", root, "--json")
    assert done.code == 0
    written = done.json
    assert set(written) == {"root", "files", "ignored", "stack"}
    assert sorted(written["files"]) == sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and path.name != ".gitignore"
    )
    assert ".isoserve/" in (root / ".gitignore").read_text().splitlines()
    launcher = root / "stacks/bin/pulumi-resource-isoserve"
    assert launcher.stat().st_mode & stat.S_IXUSR
    spec = load_serving(root, written["stack"])
    assert spec.environment.target == "local"
    assert spec.models["hello"].versions["1"].sha256 == tree_sha256(root / "models/hello/1")


def test_schema_lines_lead_to_the_written_schemas(project: Path) -> None:
    found = 0
    for file in (project / "stacks").rglob("*.yaml"):
        first = file.read_text().splitlines()[0]
        schema = file.parent / first.partition("$schema=")[2]
        assert json.loads(schema.read_text())["type"] == "object", file
        found += 1
    assert found == 3


def test_nothing_is_overwritten(project: Path, cli) -> None:
    (project / "Pulumi.yaml").write_text("mine\n")
    (project / "models/hello/1/server.py").unlink()
    done = cli("init")
    assert done.code == 2
    assert "Pulumi.yaml" in done.err
    assert "stacks/services/hello.yaml" in done.err
    assert "server.py" not in done.err
    assert (project / "Pulumi.yaml").read_text() == "mine\n"
    assert not (project / "models/hello/1/server.py").exists()


def test_an_existing_folder_keeps_its_files(tmp_path: Path, cli, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("ours\n")
    (tmp_path / ".gitignore").write_text("*.log\n.venv/")
    done = cli("init")
    assert done.code == 0
    assert (tmp_path / "README.md").read_text() == "ours\n"
    assert (tmp_path / ".gitignore").read_text() == "*.log\n.venv/\n.isoserve/\n__pycache__/\n"
    assert "isoserve up -s hello-dev" in done.out


def test_a_file_is_no_folder(tmp_path: Path, cli) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert cli("init", file).code == 2


@pytest.mark.parametrize("words", [("init",), ("schema", "--write")])
def test_where_there_can_be_no_folder(tmp_path: Path, cli, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "sub", tmp_path / "file" / "sub" / "sub", Path("/proc/x")):
        done = cli(*words, place)
        assert done.code == 2, done.err
        assert str(place) in done.err
        assert "itself failed" not in done.err


def test_a_full_disk_is_named_with_the_file(tmp_path: Path, cli, monkeypatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = cli("init", tmp_path / "new", "--json")
    (fault,) = done.json["error"]["faults"]
    assert fault["what"] == "no space left on device"
    assert fault["at"].startswith(str(tmp_path / "new"))


@pytest.fixture
def server(project: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = project / "models/hello/1/server.py"
    process = subprocess.Popen([sys.executable, program, "--port", str(port)], stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}/v2/health/ready", timeout=1).close()
                break
            except urllib.error.URLError:
                if process.poll() is not None:
                    raise
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(timeout=0.05)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


def post(url: str, body: object) -> tuple[int, dict]:
    request = urllib.request.Request(f"{url}/v2/models/hello/infer", json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, json.loads(exc.read())


def test_the_example_server_predicts_and_refuses(server: str) -> None:
    tensor = {"name": "x", "shape": [2, 3], "datatype": "FP64", "data": [1, 1, 1, 0, 0, 0]}
    code, answer = post(server, {"inputs": [tensor]})
    assert (code, answer["outputs"][0]["data"]) == (200, [1.75, 0.25])
    words = {"inputs": [{"data": ["a", "b", "c"]}]}
    for bad in ({}, {"inputs": []}, {"inputs": [{"data": [1, 2]}]}, [], words):
        code, answer = post(server, bad)
        assert code == 400, bad
        assert "V2" in answer["error"]
