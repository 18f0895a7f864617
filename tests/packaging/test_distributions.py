"""What is in the wheel and the sdist. Whether it works once installed is test_installed.py's."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]

DATA = [
    "isoserve/py.typed",
    "isoserve/policies/PulumiPolicy.yaml",
    "isoserve/policies/__main__.py",
    "isoserve/engine/toolchain/go.mod",
    "isoserve/engine/toolchain/go.sum",
    "isoserve/cli/templates/Pulumi.yaml.tmpl",
]


def committed(*folders: str) -> set[str]:
    """Paths below these folders that git keeps, links left out (the folder a link names is listed itself)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *folders], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    return {path for path in listed if path and not (ROOT / path).is_symlink() and (ROOT / path).is_file()}


def packaged(path: str) -> str:
    """Where a committed file lies in the wheel."""
    if path.startswith("toolchain/pulumi/"):
        return f"isoserve/engine/toolchain/{PurePosixPath(path).name}"
    return path if path.startswith("isoserve/") else f"isoserve/{path}"


def test_the_wheel_owns_one_top_level_name(contents: dict[str, int]) -> None:
    assert {name.split("/")[0] for name in contents if ".dist-info" not in name} == {"isoserve"}


def test_the_wheel_holds_every_committed_file_of_the_package(contents: dict[str, int]) -> None:
    folders = ("isoserve", "adapters", "components", "policies", "toolchain/pulumi")
    want = {packaged(path) for path in committed(*folders)}
    assert want - set(contents) == set()


def test_the_wheel_holds_no_file_twice(contents: dict[str, int], wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert len(archive.infolist()) == len(contents)


@pytest.mark.parametrize("name", DATA)
def test_package_data_is_in_the_wheel(contents: dict[str, int], name: str) -> None:
    assert name in contents


def test_no_foreign_folder_is_in_the_wheel(contents: dict[str, int]) -> None:
    foreign = {"tests", "stacks", "docs", "requirements", "__pycache__", ".isoserve"}
    inside = {name for name in contents if foreign & set(PurePosixPath(name).parts[:-1])}
    assert {name for name in inside if not name.startswith("isoserve/cli/templates/stacks/")} == set()


def test_files_that_run_keep_their_mode(contents: dict[str, int]) -> None:
    folders = ("isoserve", "adapters", "components", "policies")
    runs = {packaged(path) for path in committed(*folders) if (ROOT / path).stat().st_mode & 0o100}
    assert runs, "no committed file of the package is executable: this test sees nothing"
    assert {name for name in runs if not contents[name] & 0o100} == set()


def test_both_ways_to_a_wheel_give_the_same_files(tree_wheel: Path, sdist_wheel: Path) -> None:
    with zipfile.ZipFile(tree_wheel) as tree, zipfile.ZipFile(sdist_wheel) as again:
        assert {i.filename: i.CRC for i in tree.infolist()} == {i.filename: i.CRC for i in again.infolist()}


def test_the_sdist_holds_files_and_no_links(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    below = {str(PurePosixPath(*PurePosixPath(member.name).parts[1:])) for member in members}
    assert [member.name for member in members if not member.isfile()] == []
    assert {"pyproject.toml", "README.md", "LICENSE", "isoserve/adapters/__init__.py"} <= below
    assert {name.split("/")[0] for name in below if "/" in name} == {"isoserve"}


def test_the_metadata_declares_every_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode()
    extras = {line.split(": ")[1] for line in text.splitlines() if line.startswith("Provides-Extra: ")}
    assert extras >= {"local", "aws", "gcp", "azure", "kubernetes", "monitor"}
