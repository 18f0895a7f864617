"""Where state is kept: the user's choice first."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from isoserve.engine.backend import choose_backend
from isoserve.engine.project import Project, read_project
from isoserve.errors import SpecError


@pytest.fixture(autouse=True)
def _no_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))


def project(root: Path, more: str = "") -> Project:
    root.mkdir(exist_ok=True)
    (root / "Pulumi.yaml").write_text(f"name: serving\nmain: stacks\nstackConfigDir: stacks\n{more}")
    return read_project(root)


def test_nothing_chosen_on_this_machine_is_ours(tmp_path: Path) -> None:
    backend = choose_backend(project(tmp_path / "p"), self_contained=True)

    assert backend.own
    assert dict(backend.environment()) == {
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/p/.isoserve/state?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE_FILE": f"{tmp_path}/p/.isoserve/passphrase",
    }


def test_a_cloud_target_gets_no_backend_of_ours(tmp_path: Path) -> None:
    backend = choose_backend(project(tmp_path / "p"), self_contained=False)

    assert (backend.own, backend.url, dict(backend.environment())) == (False, None, {})
    backend.prepare()
    assert not (tmp_path / "p" / ".isoserve").exists()


def test_the_variable_the_project_and_the_login_are_respected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = project(tmp_path / "p")
    stated = project(tmp_path / "q", "backend: {url: s3://stated}\n")
    (tmp_path / "pulumi-home").mkdir()
    (tmp_path / "pulumi-home" / "credentials.json").write_text(json.dumps({"current": "s3://login"}))

    assert choose_backend(plain, self_contained=True).url == "s3://login"
    assert choose_backend(stated, self_contained=True).url == "s3://stated"
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///env")
    assert choose_backend(stated, self_contained=True).url == "file:///env"
    assert not choose_backend(stated, self_contained=True).own


def test_an_access_token_means_pulumi_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-x")

    assert not choose_backend(project(tmp_path / "p"), self_contained=True).own


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_the_users_passphrase_is_respected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "theirs")
    backend = choose_backend(project(tmp_path / "p"), self_contained=True)

    backend.prepare()

    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in backend.environment()
    assert not backend.passphrase_file.exists()


def test_the_passphrase_is_made_once_and_for_us_only(tmp_path: Path) -> None:
    backend = choose_backend(project(tmp_path / "p"), self_contained=True)

    backend.prepare()
    first = backend.passphrase_file.read_text()
    backend.prepare()

    assert backend.passphrase_file.read_text() == first
    assert len(first.strip()) >= 43
    assert stat.S_IMODE(backend.passphrase_file.stat().st_mode) == 0o600
    assert sorted(path.name for path in backend.home.iterdir()) == ["passphrase", "state"]


def test_tidying_spares_other_stacks_and_other_peoples_files(tmp_path: Path) -> None:
    backend = choose_backend(project(tmp_path / "p"), self_contained=True)
    backend.prepare()
    record = backend.state_dir / ".pulumi" / "stacks" / "serving" / "other.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")

    backend.tidy()
    assert record.exists()
    assert backend.passphrase_file.exists()

    record.unlink()
    (backend.home / "local").mkdir()
    backend.tidy()
    assert [path.name for path in backend.home.iterdir()] == ["local"]


def test_a_secret_in_the_stack_file_keeps_the_passphrase(tmp_path: Path) -> None:
    it = project(tmp_path / "p")
    (it.root / "stacks").mkdir()
    text = "config:\n  serving:token: {secure: v1:xyz}\nencryptionsalt: v1:abc\n"
    it.stack_file("demo").write_text(text)
    backend = choose_backend(it, self_contained=True)
    backend.prepare()

    backend.forget(it, "demo")

    assert it.stack_file("demo").read_text() == text
    assert [path.name for path in backend.home.iterdir()] == ["passphrase"]


@pytest.mark.parametrize(
    ("stack", "environment", "answer"),
    [
        ("config: {serving:environment: dev}", "target: local", True),
        ("config: {serving:environment: dev}", "target: sagemaker", False),
        ("config: {serving:environment: dev}", "target: [broken", False),
        ("config: {}", "target: local", False),
        ("- no mapping", "target: local", False),
    ],
)
def test_what_needs_only_this_machine(tmp_path: Path, stack: str, environment: str, *, answer: bool) -> None:
    it = project(tmp_path / "p")
    (it.root / "stacks" / "environments").mkdir(parents=True)
    it.stack_file("demo").write_text(stack)
    (it.root / "stacks" / "environments" / "dev.yaml").write_text(environment)

    assert it.self_contained("demo") is answer


def test_a_project_without_a_name_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("runtime: python\n")

    with pytest.raises(SpecError, match="states no project name"):
        read_project(tmp_path)
