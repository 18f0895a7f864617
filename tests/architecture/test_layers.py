"""Who may import whom, held by import-linter; the contracts are in .importlinter."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

from isoserve.adapters.base.registry import BUILT_IN

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / ".importlinter"


def test_the_layers_hold() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", CONTRACTS, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert run.returncode == 0, run.stdout
    assert " 0 broken" in run.stdout


def test_every_target_is_under_contract() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(CONTRACTS)
    packages = {f"isoserve.adapters.{name}" for name in BUILT_IN}
    profiles = {f"{package}.profile" for package in packages}
    assert set(_lines(contracts, "targets", "modules")) == packages
    assert set(_lines(contracts, "profiles", "source_modules")) == profiles
    for contract in ("base", "suite"):
        assert packages <= set(_lines(contracts, contract, "forbidden_modules"))


def _lines(contracts: configparser.ConfigParser, contract: str, key: str) -> list[str]:
    return contracts[f"importlinter:contract:{contract}"][key].split()
