"""The hash locks under requirements/. Whether they still install is what every `make` shows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[^\s;\\]+)(?: ; [^\\]+)? \\\n"
    r"(?:    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64}\n"
)
COMMENT = re.compile(r"#[^\n]*\n|    #[^\n]*\n")


def extras_of(lock: Path) -> list[str]:
    return ["local", "dev"] if lock.stem == "dev" else [lock.stem]


def pins(lock: Path) -> dict[str, list[Version]]:
    """The versions a lock names for each distribution; several where a marker chooses."""
    found: dict[str, list[Version]] = {}
    for pin in PIN.finditer(lock.read_text()):
        found.setdefault(pin["name"], []).append(Version(pin["version"]))
    return found


def test_there_is_one_lock_per_extra() -> None:
    assert {lock.stem for lock in LOCKS} == set(EXTRAS)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock: Path) -> None:
    rest = COMMENT.sub("", PIN.sub("", lock.read_text()))
    assert rest.strip() == "", "not a pin with its hashes: an index, a host, a path, or a pin without a hash"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_names_no_place(lock: Path) -> None:
    assert re.findall(r"\S*(?:://|@ |/simple|(?<!\S)-i\b|--find-links|--index)\S*", lock.read_text()) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_covers_what_pyproject_asks_for(lock: Path) -> None:
    wanted = [*PROJECT["dependencies"], *(line for extra in extras_of(lock) for line in EXTRAS[extra])]
    have = pins(lock)
    missing = {
        line
        for line in wanted
        if not (versions := have.get(canonicalize_name(Requirement(line).name)))
        or not all(version in Requirement(line).specifier for version in versions)
    }
    assert missing == set(), "run `make lock`"


def test_the_development_lock_and_the_local_lock_agree() -> None:
    dev, local = (pins(ROOT / "requirements" / f"{name}.txt") for name in ("dev", "local"))
    assert {name: versions for name, versions in local.items() if dev.get(name) != versions} == {}
