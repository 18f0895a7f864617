"""Keeps a stack file as the user wrote it, although the engine rewrites it to store its encryption settings.

The engine drops the top comment, unknown top-level keys and spacing (tried with 3.246). What the file means
is isoserve.spec's.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import yaml

from isoserve.engine.files import write_atomically
from isoserve.engine.project import strings_of

_ENGINES_LINE = re.compile(r"^(?:encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
_SALT_LINE = re.compile(r"^encryptionsalt:.*\n?", re.MULTILINE)
_SECURE_VALUE = re.compile(r"\bsecure:\s*\S")


@contextmanager
def users_text_kept(stack_file: Path) -> Generator[None]:
    """Afterwards the file holds the user's text and the engine's lines, if the engine changed no value."""
    before = _read(stack_file)
    try:
        yield
    finally:
        after = _read(stack_file)
        if before and after and after != before:
            wanted = _with_lines(before, _ENGINES_LINE.findall(after))
            if wanted != after and _values(wanted) == {**_values(before), **_values(after)}:
                write_atomically(stack_file, wanted, mode=stack_file.stat().st_mode & 0o777)


def has_salt(stack_file: Path) -> bool:
    """Whether the file holds an encryption salt, which fits one passphrase only."""
    return _SALT_LINE.search(_read(stack_file)) is not None


def drop_salt(stack_file: Path) -> bool:
    """Take the encryption salt out of the file; False, and nothing done, if a secret in it needs it."""
    text = _read(stack_file)
    if _SECURE_VALUE.search(text):
        return False
    without = _SALT_LINE.sub("", text)
    if without != text:
        write_atomically(stack_file, without, mode=stack_file.stat().st_mode & 0o777)
    return True


def _with_lines(text: str, lines: list[str]) -> str:
    kept = _ENGINES_LINE.sub("", text)
    kept += "" if kept.endswith("\n") else "\n"
    return kept + "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _values(text: str) -> dict[str, object]:
    return dict(strings_of(yaml.safe_load(text)))
