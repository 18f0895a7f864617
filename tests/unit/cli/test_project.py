from __future__ import annotations

from pathlib import Path

import pytest

from isoserve.cli.failure import UsageError
from isoserve.cli.options import complete_stack
from isoserve.cli.project import choose_stack, find_project, stack_names


def add_stack(project: Path, name: str) -> None:
    (project / "stacks" / f"Pulumi.{name}.yaml").write_text("config: {}\n")


def test_project_is_found_from_below(project: Path, monkeypatch) -> None:
    monkeypatch.chdir(project / "stacks" / "services")
    assert find_project(None) == project


def test_no_project_says_how_to_start_one(tmp_path: Path, monkeypatch, cli) -> None:
    monkeypatch.chdir(tmp_path)
    done = cli("up")
    assert done.code == 2
    assert "isoserve init" in done.err


def test_stated_folder_is_not_searched_upwards(project: Path, cli) -> None:
    done = cli("up", "-C", "stacks")
    assert done.code == 2
    assert "no Pulumi.yaml in" in done.err


def test_the_only_stack_needs_no_name(project: Path, capsys) -> None:
    assert choose_stack(project, None) == "hello-dev"
    assert "hello-dev" in capsys.readouterr().err


def test_of_several_stacks_one_must_be_named(project: Path, cli) -> None:
    add_stack(project, "hello-prod")
    done = cli("up")
    assert done.code == 2
    assert "hello-dev, hello-prod" in done.err


def test_unknown_stack_names_the_nearest_and_all(project: Path) -> None:
    add_stack(project, "fraud-prod")
    with pytest.raises(UsageError) as caught:
        choose_stack(project, "helo-dev")
    assert "did you mean hello-dev? existing: fraud-prod, hello-dev" in str(caught.value)


def test_stack_from_the_environment(project: Path, cli, session, monkeypatch) -> None:
    add_stack(project, "other")
    monkeypatch.setenv("ISOSERVE_STACK", "hello-dev")
    assert cli("outputs").code == 0
    assert session.asked == ["open hello-dev create=False"]


def test_completion_knows_the_files(project: Path, tmp_path: Path, monkeypatch) -> None:
    add_stack(project, "fraud-prod")
    assert complete_stack("f") == ["fraud-prod"]
    monkeypatch.chdir(tmp_path)
    assert complete_stack("") == []
    assert stack_names(tmp_path) == []
