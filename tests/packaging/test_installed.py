"""isoserve as a user has it, in an environment of its own. What a wheel holds is test_distributions.py's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, Installed

PACKAGES = [
    "isoserve",
    "isoserve.adapters",
    "isoserve.adapters.base",
    "isoserve.components",
    "isoserve.policies.rules",
]


def origins(environment: Installed) -> dict[str, str]:
    """The file each package is imported from."""
    program = (
        "import importlib, json, os, sys\n"
        "print(json.dumps({n: os.path.realpath(importlib.import_module(n).__file__) for n in sys.argv[1:]}))"
    )
    found: dict[str, str] = json.loads(environment.run(environment.python, "-c", program, *PACKAGES))
    return found


def test_packages_are_imported_from_where_they_were_installed(
    installed: Installed, request: pytest.FixtureRequest
) -> None:
    home = ROOT if request.node.callspec.params["installed"] == "editable" else installed.packages.resolve()
    assert {name for name, file in origins(installed).items() if not Path(file).is_relative_to(home)} == set()


def test_the_command_runs(installed: Installed) -> None:
    said = installed.run(installed.folder / "bin" / "isoserve", "version")
    assert "isoserve" in said


def test_no_top_level_name_is_taken(installed: Installed) -> None:
    names = {path.name for path in installed.packages.iterdir()}
    assert names.isdisjoint({"adapters", "components", "policies", "tests", "stacks", "toolchain"})


def test_the_engine_can_be_built_from_a_wheel(fresh_environment: Installed, tree_wheel: Path) -> None:
    fresh_environment.install(tree_wheel)
    assert (fresh_environment.packages / "isoserve/engine/toolchain/go.mod").is_file()


@pytest.mark.parametrize("first", ["isoserve", "adapters"])
def test_a_foreign_package_named_adapters_comes_and_goes(
    fresh_environment: Installed, tree_wheel: Path, foreign_adapters: Path, first: str
) -> None:
    wheels = {"isoserve": tree_wheel, "adapters": foreign_adapters}
    for name in sorted(wheels, key=lambda name: name != first):
        fresh_environment.install(wheels[name])
    beside = origins(fresh_environment)
    fresh_environment.run(fresh_environment.python, "-c", "import adapters; assert adapters.FOREIGN")

    fresh_environment.pip("uninstall", "--yes", "adapters")

    assert origins(fresh_environment) == beside
    assert "isoserve" in fresh_environment.run(fresh_environment.folder / "bin" / "isoserve", "version")
