"""The stack file stays the user's although the engine writes into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from isoserve.engine.stackfile import drop_salt, users_text_kept

TEXT = "# yaml-language-server: $schema=…\nisoserve: 1\n\nconfig:\n  serving:pins: {fraud: '1'}   # kept\n"
REWRITTEN = "config:\n  serving:pins: {fraud: '1'} # kept\nencryptionsalt: v1:abc\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "Pulumi.demo.yaml"
    file.write_text(TEXT)
    file.chmod(0o640)
    return file


def test_the_engines_line_is_added_to_the_users_text(file: Path) -> None:
    with users_text_kept(file):
        file.write_text(REWRITTEN)

    assert file.read_text() == TEXT + "encryptionsalt: v1:abc\n"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_changed_line_of_the_engine_replaces_the_old_one(file: Path) -> None:
    file.write_text(TEXT + "encryptionsalt: v1:old")

    with users_text_kept(file):
        file.write_text(REWRITTEN)

    assert file.read_text() == TEXT + "encryptionsalt: v1:abc\n"


def test_a_changed_value_is_never_undone(file: Path) -> None:
    changed = REWRITTEN.replace("'1'", "'2'")

    with users_text_kept(file):
        file.write_text(changed)

    assert file.read_text() == changed


def test_it_is_kept_when_the_command_fails_too(file: Path) -> None:
    def fail() -> None:
        with users_text_kept(file):
            file.write_text(REWRITTEN)
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert file.read_text().startswith(TEXT)


def test_a_file_the_engine_made_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.new.yaml"

    with users_text_kept(file):
        file.write_text("encryptionsalt: v1:abc\n")

    assert file.read_text() == "encryptionsalt: v1:abc\n"


def test_the_salt_goes_and_nothing_else(file: Path) -> None:
    file.write_text(TEXT + "encryptionsalt: v1:abc\n")

    assert drop_salt(file)
    assert file.read_text() == TEXT


def test_the_salt_stays_while_a_secret_needs_it(file: Path) -> None:
    text = "config:\n  serving:token:\n    secure: v1:xyz\nencryptionsalt: v1:abc\n"
    file.write_text(text)

    assert not drop_salt(file)
    assert file.read_text() == text


def test_no_file_no_secret(tmp_path: Path) -> None:
    assert drop_salt(tmp_path / "absent.yaml")
