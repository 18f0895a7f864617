from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest

from isoserve.cli import checks
from isoserve.cli.checks import Level


@pytest.fixture(autouse=True)
def engine(monkeypatch) -> None:
    found = checks.Finding(name="engine", level=Level.OK, detail="pulumi 3.246.0")
    monkeypatch.setattr(checks, "check_engine", lambda: found)


def names(cli, *words: str) -> dict[str, dict[str, str]]:
    return {one["name"]: one for one in cli("doctor", "--json", *words).json["checks"]}


def test_a_sound_project(cli, project) -> None:
    done = cli("doctor")
    assert done.code == 0, done.out
    found = names(cli)
    assert set(found) >= {"python", "engine", "project", "spec hello-dev", "target local", "gateway", "agent"}
    assert set(found) >= {"mlserver", "ports", "state folder", "disk"}
    assert all(set(one) == {"name", "level", "detail", "fix"} for one in found.values())


def test_a_fault_in_a_file_fails_with_its_fix(cli, project) -> None:
    service = project / "stacks/services/hello.yaml"
    service.write_text(service.read_text().replace("timeout: 5s", "timeout: soon"))
    done = cli("doctor")
    assert done.code == 4
    assert "fail  spec hello-dev:" in done.out
    assert "1 of" in done.err
    assert cli("doctor", "--json").json["ok"] is False


def test_a_stack_file_that_is_no_yaml_is_one_finding(cli, project) -> None:
    (project / "stacks/Pulumi.hello-dev.yaml").write_text("config: [")
    assert cli("doctor").code == 4
    assert names(cli)["spec hello-dev"]["level"] == "fail"


def test_without_a_project_the_machine_is_checked(cli, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = cli("doctor")
    assert done.code == 0
    assert "warn  project: none here" in done.out
    assert cli("doctor", "-C", tmp_path).code == 2


def test_a_missing_extra_names_the_pip_command(cli, project, monkeypatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    done = cli("doctor")
    assert done.code == 4
    assert "fix: pip install 'isoserve[local]'" in done.out


def test_a_target_without_adapter_is_a_warning(project) -> None:
    assert checks.check_target("sagemaker").level in {Level.WARN, Level.FAIL, Level.OK}
    unknown = checks.check_target("mainframe")
    assert unknown.level is Level.FAIL
    assert "mainframe" in unknown.detail


def test_no_free_port() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        assert checks.check_ports(range(port, port + 1)).level is Level.FAIL
    assert checks.check_ports(range(port, port + 1)).level is Level.OK


@pytest.mark.parametrize(
    ("free", "level"), [(10 * 1024**3, Level.OK), (1024**3, Level.WARN), (1024**2, Level.FAIL)]
)
def test_disk(free: int, level: Level, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert checks.check_disk(tmp_path).level is level


def test_state_folder_that_cannot_be_written(tmp_path, monkeypatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "permission denied")

    monkeypatch.setattr(checks.tempfile, "TemporaryFile", refuse)
    found = checks.check_state_dir(tmp_path)
    assert found.level is Level.FAIL
    assert "permission denied" in found.detail


def test_python_too_old(monkeypatch) -> None:
    monkeypatch.setattr(checks.sys, "version_info", (3, 9, 1))
    assert checks.check_python().level is Level.FAIL


def test_agent(project, agent) -> None:
    assert "isoserve up" in checks.check_agent(project).detail
    (project / ".isoserve/local/state.json").write_text("{}")
    assert checks.check_agent(project).level is Level.OK
    agent.running = False
    assert checks.check_agent(project).level is Level.WARN


class TestEngine:
    @pytest.fixture(autouse=True)
    def own(self, monkeypatch, tmp_path) -> None:
        monkeypatch.undo()
        monkeypatch.setenv("ISOSERVE_ENGINE_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("ISOSERVE_ENGINE", raising=False)

    def program(self, path, version: str) -> None:
        path.write_text(f"#!/bin/sh\necho v{version}\n")
        path.chmod(0o755)

    def test_none_is_a_warning(self) -> None:
        found = checks.check_engine()
        assert found.level is Level.WARN
        assert "isoserve up" in found.fix

    def test_one_on_path(self, tmp_path) -> None:
        self.program(tmp_path / "pulumi", "3.999.0")
        found = checks.check_engine()
        assert (found.level, "3.999.0" in found.detail) == (Level.OK, True)

    def test_an_old_one_is_not_taken(self, tmp_path) -> None:
        self.program(tmp_path / "pulumi", "3.1.0")
        found = checks.check_engine()
        assert found.level is Level.WARN
        assert "is version 3.1.0; isoserve needs" in found.detail

    def test_a_newer_generation_is_not_called_older(self, tmp_path) -> None:
        self.program(tmp_path / "pulumi", "4.0.0")
        detail = checks.check_engine().detail
        assert "is version 4.0.0; isoserve needs" in detail
        assert "older" not in detail

    def test_a_stated_one_may_be_in_the_home(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "engine").mkdir()
        self.program(tmp_path / "engine" / "pulumi", "3.999.0")
        monkeypatch.setenv("ISOSERVE_ENGINE", "~/engine/pulumi")
        assert checks.check_engine().level is Level.OK

    def test_a_stated_one_must_work(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setenv("ISOSERVE_ENGINE", str(tmp_path / "missing"))
        assert checks.check_engine().level is Level.FAIL


def test_ports_are_those_of_the_agent() -> None:
    from isoserve.runtime.ports import ENDPOINT_PORTS

    assert checks.PORTS == ENDPOINT_PORTS
