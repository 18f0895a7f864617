"""Which packs run, and the launcher that boots them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isoserve.engine.packs import launcher_dir, policy_packs
from isoserve.errors import EngineError


def test_the_projects_own_pack_wins(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "PulumiPolicy.yaml").write_text("runtime: python\n")

    assert policy_packs(tmp_path) == [str(tmp_path / "policies")]


def test_a_folder_without_a_pack_file_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()

    assert str(tmp_path / "policies") not in policy_packs(tmp_path)


def test_the_launcher_runs_the_python_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSERVE_ENGINE_CACHE", str(tmp_path / "a cache"))
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "$@"\n')
    fake.chmod(0o755)

    launcher = launcher_dir() / "pulumi-analyzer-policy-python"
    said = subprocess.run(
        [launcher, "127.0.0.1:1", "."],
        env={"ISOSERVE_PYTHON": str(fake)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "-u -m isoserve.engine.policyhost 127.0.0.1:1 .\n"


def test_a_spoilt_launcher_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSERVE_ENGINE_CACHE", str(tmp_path))
    launcher = launcher_dir() / "pulumi-analyzer-policy-python"
    launcher.write_text("half")
    launcher.chmod(0o600)

    launcher_dir()

    assert launcher.read_text().startswith("#!/bin/sh\nexec ")
    assert os.access(launcher, os.X_OK)


def test_an_unwritable_cache_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ISOSERVE_ENGINE_CACHE", str(tmp_path / "file"))

    with pytest.raises(EngineError, match="ISOSERVE_ENGINE_CACHE"):
        launcher_dir()


def test_the_pack_host_ends_with_its_engine() -> None:
    """An engine that is gone is a parent that is gone: the host's watch must end it."""
    script = (
        "import os, subprocess, sys\n"
        "code = 'import os, threading, time; from isoserve.engine import policyhost; '\\\n"
        "       'threading.Thread(target=policyhost._end_with, args=(os.getppid(),)).start(); '\\\n"
        "       'print(\"ready\", flush=True); time.sleep(30)'\n"
        "child = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
    )
    engine = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    import psutil

    host = int(engine.stdout)
    if psutil.pid_exists(host):
        psutil.Process(host).wait(timeout=10)
    assert not psutil.pid_exists(host)


def test_the_public_names_load() -> None:
    import isoserve.engine

    assert [name for name in isoserve.engine.__all__ if not hasattr(isoserve.engine, name)] == []
    with pytest.raises(AttributeError):
        _ = isoserve.engine.nothing  # pyright: ignore[reportAttributeAccessIssue]


def test_locating_an_engine_imports_no_pulumi() -> None:
    script = "import sys, isoserve.engine; isoserve.engine.locate_engine; print('pulumi' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout == "False\n"
