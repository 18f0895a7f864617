"""A full disk under the project's state: a clear error, nothing lost, and the next `up` goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]


@pytest.fixture
def disk(echo) -> Iterator[Path]:
    """A small disk of its own at the project's `.isoserve`."""
    if os.geteuid() != 0:
        pytest.skip("only the superuser can mount a small disk")
    folder = echo.root / ".isoserve"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", folder], check=True)
    yield folder
    echo.run("destroy", "-s", "dev", "--yes")
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(b"x" * 4096):
                pass
        except OSError:
            return filler
    raise AssertionError("the disk never filled up")


def test_first_up_on_a_full_disk(echo, disk: Path) -> None:
    filler = fill(disk)
    failed = echo.run("up", "-s", "dev")
    assert failed.returncode != 0
    assert "isoserve itself failed" not in failed.stderr
    assert "space" in failed.stderr
    assert "Traceback" not in failed.stderr
    filler.unlink()
    echo.up()
    assert set(echo.up()) == {"same"}


def test_promotion_on_a_full_disk_keeps_the_live_version(echo, disk: Path) -> None:
    echo.up()
    before = echo.outputs()["echo"]
    filler = fill(disk)
    echo.pin("echo", "2")
    failed = echo.run("up", "-s", "dev")
    assert failed.returncode != 0
    assert "isoserve itself failed" not in failed.stderr
    assert "space" in failed.stderr
    assert "Traceback" not in failed.stderr
    filler.unlink()
    assert echo.outputs()["echo"]["live"] == before["live"]
    echo.up()
    assert echo.outputs()["echo"]["live"] != before["live"]
    echo.ok("destroy", "-s", "dev", "--yes")
    assert echo.processes() == []
