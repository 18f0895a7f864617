"""What a person and CI start: the Makefile, .ci/run, the search for a Python. Not what those run in turn."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {"demo", "demo-down", "test", "check", "bench", "lock", "clean", "help"}


def sh(*command: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False, capture_output=True, text=True
    )


def fake_python(folder: Path, name: str, version: str, *, venv: bool = True) -> None:
    """A `python` that says it is `version` to what .ci/find-python asks."""
    major, minor, *_ = version.split(".")
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f"    *python_version*) echo {version} ;;\n"
        f"    *version_info*) [ {major} = 3 ] && [ {minor} -ge 11 ] && [ {minor} -lt 13 ] ;;\n"
        f"    *ensurepip*) exit {0 if venv else 1} ;;\n"
        "esac\n"
    )
    file.chmod(0o755)


def find_python(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the search where only the fakes in `folder` are on PATH."""
    folder.mkdir(exist_ok=True)
    return sh("/bin/sh", ROOT / ".ci" / "find-python", env={"PATH": str(folder), "PYTHON": "", **env})


def test_make_alone_lists_every_target() -> None:
    said = sh("make")
    assert said.returncode == 0, said.stderr
    assert set(re.findall(r"^  make ([a-z-]+) ", said.stdout, re.MULTILINE)) >= TARGETS


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_target_can_be_planned(target: str) -> None:
    said = sh("make", "--dry-run", target)
    assert said.returncode == 0, said.stderr


def test_a_finished_environment_costs_nothing() -> None:
    assert (ROOT / ".venv" / ".installed").exists(), "the suite runs from `make test`"
    said = sh("make", "--question", "venv")
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize(("made_in", "stale"), [("here", False), ("elsewhere", True)])
def test_a_moved_checkout_installs_anew(tmp_path: Path, made_in: str, stale: bool) -> None:
    here = tmp_path / "here"
    shutil.copytree(ROOT / "requirements", here / "requirements")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy2(ROOT / name, here)
    (here / ".venv").mkdir()
    (here / ".venv" / ".installed").write_text(str(tmp_path / made_in))
    assert bool(sh("make", "--directory", here, "--question", "venv").returncode) == stale


def test_the_first_fitting_python_is_taken(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", "3.9.2")
    fake_python(tmp_path, "python3.11", "3.11.4")
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.11")


@pytest.mark.parametrize("version", ["3.10.13", "3.13.0"])
def test_a_python_that_does_not_fit_is_named(tmp_path: Path, version: str) -> None:
    fake_python(tmp_path, "python3", version)
    said = find_python(tmp_path)
    assert said.returncode == 1
    assert f"python3 is {version}" in said.stderr
    assert "needs Python 3.11 or 3.12" in said.stderr


def test_a_python_without_venv_says_what_to_install(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", "3.11.2", venv=False)
    said = find_python(tmp_path)
    assert said.returncode == 1
    assert "install python3-venv" in said.stderr


def test_no_python_at_all_is_said(tmp_path: Path) -> None:
    said = find_python(tmp_path)
    assert (said.returncode, "none on PATH" in said.stderr) == (1, True)


def test_a_named_python_is_not_replaced_by_another(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", "3.11.4")
    fake_python(tmp_path, "mine", "3.10.1")
    assert find_python(tmp_path, PYTHON=str(tmp_path / "mine")).returncode == 1


def test_the_search_accepts_the_python_that_runs_this() -> None:
    said = sh(".ci/find-python", env={"PYTHON": sys.executable})
    assert (said.returncode, said.stdout.strip()) == (0, sys.executable)


def test_ci_runs_the_targets_a_person_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "set -euo pipefail" in script
    assert re.findall(r"^make (\w+)$", script, re.MULTILINE) == ["check", "test"]
    assert sh("bash", "-n", ".ci/run").returncode == 0


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_skipped_test_fails_ci(tmp_path: Path, ci: str, code: int) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_runs(): pass\n@pytest.mark.skip(reason='no engine')\ndef test_not(): pass\n"
    )
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path)
    said = sh(*command, env={"CI": ci})
    assert said.returncode == code, said.stdout
    assert ("skipped in CI" in said.stdout) == bool(ci)
