"""Checksums and copies of artifacts: what a shell computes, and nothing half-copied."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoserve.errors import ServingError
from isoserve.runtime.artifacts import copy_verified, require_sha256, tree_sha256

LISTING = (
    "(cd {} && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sed 's,  ./,  ,') | sha256sum"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    (made / "parts").mkdir(parents=True)
    (made / "parts" / "b.bin").write_bytes(b"\x00\x01")
    (made / "a.txt").write_text("weights")
    (made / ".hidden").write_text("counts, too")
    (made / "with space.txt").write_text("as well")
    return made


def test_folder_checksum_is_what_the_shell_computes(folder: Path) -> None:
    shell = subprocess.run(
        LISTING.format(folder), shell=True, capture_output=True, text=True, check=True
    ).stdout
    assert tree_sha256(folder) == shell.split()[0]


def test_file_checksum_is_the_files_own(folder: Path) -> None:
    shell = subprocess.run(["sha256sum", folder / "a.txt"], capture_output=True, text=True, check=True).stdout
    assert tree_sha256(folder / "a.txt") == shell.split()[0]


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_other_bytes_other_checksum(
    tmp_path_factory: pytest.TempPathFactory, one: bytes, other: bytes
) -> None:
    file = tmp_path_factory.mktemp("bytes") / "f"
    file.write_bytes(one)
    first = tree_sha256(file)
    file.write_bytes(other)
    assert (tree_sha256(file) == first) == (one == other)


def test_a_renamed_file_changes_the_checksum(folder: Path) -> None:
    before = tree_sha256(folder)
    (folder / "a.txt").rename(folder / "c.txt")
    assert tree_sha256(folder) != before


def test_links_are_refused(folder: Path) -> None:
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(ServingError, match="holds a link"):
        tree_sha256(folder)


@pytest.mark.parametrize("name", ["missing", "pipe", "empty"])
def test_what_is_no_artifact_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ServingError, match=r"neither a file nor a folder|empty folder"):
        tree_sha256(tmp_path / name)


def test_copy_is_whole_and_repeatable(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "store" / "copy"
    copy_verified(folder, target, sha256=tree_sha256(folder))
    copy_verified(folder, target, sha256=tree_sha256(folder))
    assert tree_sha256(target) == tree_sha256(folder)
    assert [entry.name for entry in target.parent.iterdir()] == ["copy"]


def test_wrong_checksum_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "store" / "copy"
    with pytest.raises(ServingError, match="stated is 0000") as caught:
        copy_verified(folder, target, sha256="0" * 64)
    assert tree_sha256(folder) in str(caught.value)
    assert str(folder) in str(caught.value)
    assert list(target.parent.iterdir()) == []


def test_require_accepts_the_right_one(folder: Path) -> None:
    require_sha256(folder, tree_sha256(folder))
