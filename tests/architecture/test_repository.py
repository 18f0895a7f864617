"""What is in the repository: tests that are collected, and no trace of one machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAS_TESTS = re.compile(r"^\s*(async )?def test_|^class Test", re.MULTILINE)
# written in two parts, so that this file does not hold what it looks for
HOSTS = ("pypi" + r"\.org", "pythonhosted" + r"\.org", "proxy" + r"\.golang\.org", "sum" + r"\.golang\.org")
PLACES = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/[a-z]", "/Us" + r"ers/[A-Za-z]")
TRACES = re.compile("|".join((*HOSTS, *PLACES)))


def tracked() -> Iterator[tuple[str, str]]:
    """Path and text of every tracked text file."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            raw = path.read_bytes()
            if b"\0" not in raw:
                yield name, raw.decode("utf-8")


def test_every_file_with_tests_is_collected() -> None:
    missed = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if not path.name.startswith("test_") and HAS_TESTS.search(path.read_text("utf-8"))
    ]
    assert missed == []


def test_every_test_file_holds_tests() -> None:
    empty = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if not HAS_TESTS.search(path.read_text("utf-8"))
    ]
    assert empty == []


def test_no_registry_host_and_no_machine_path_is_tracked() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in tracked()
        for number, line in enumerate(text.splitlines(), 1)
        if TRACES.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "trace", ["https://pypi" + ".org/simple", "/ro" + "ot/.cache", "GOPROXY=proxy" + ".golang.org"]
)
def test_such_a_trace_would_be_found(trace: str) -> None:
    assert TRACES.search(trace)
