"""Names and versions: what is accepted, and what to write instead. Physical names live with the targets."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, Strict

from isoserve.spec.base import refusal

NAME = r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"
VERSION = r"^[A-Za-z0-9]([A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?$"
_NAME = re.compile(NAME[:-1] + r"\Z")
_VERSION = re.compile(VERSION[:-1] + r"\Z")
_LONGEST = 40


def suggested_name(text: str, taken: Collection[str] = ()) -> str:
    """Return the nearest accepted name that nobody has taken; deterministic."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-").lstrip("0123456789-")
    base = base[:_LONGEST].strip("-") or "name"
    if base not in taken:
        return base
    numbered = (f"{base[: _LONGEST - 4].strip('-')}-{number}" for number in range(2, 1000))
    return next((name for name in numbered if name not in taken), base)


def collisions(names: Iterable[str]) -> Sequence[Sequence[str]]:
    """Return the groups of names that are one name to a platform which knows fewer characters."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        folded = unicodedata.normalize("NFKC", name).casefold()
        groups[re.sub(r"[^a-z0-9]+", "-", folded).strip("-")].append(name)
    return [group for group in groups.values() if len(group) > 1]


def name_problem(text: str, taken: Collection[str] = ()) -> tuple[str, str] | None:
    """Return what is wrong with a name and the fix; None where nothing is."""
    if _NAME.match(text):
        return None
    why = f"longer than {_LONGEST} characters" if len(text) > _LONGEST else "not a name"
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    what = f"{shown!r} is {why}: lowercase letters, digits and hyphens, a letter first, at most {_LONGEST}"
    return what, f"write {suggested_name(text, taken)!r}"


def _name(text: str) -> str:
    if problem := name_problem(text):
        raise refusal(problem[0], fix=problem[1])
    return text


def _version(text: str) -> str:
    if _VERSION.match(text):
        return text
    raise refusal(
        f"{text[:64]!r} is not a version: letters, digits, '.', '_', '+', '-', at most 64 characters",
        fix='write a quoted text such as "1" or "2026-11-24"',
    )


Name = Annotated[str, Strict(), AfterValidator(_name), Field(json_schema_extra={"pattern": NAME})]
"""A name users choose: lowercase letters, digits, hyphens; a letter first; 1 to 40 characters."""

Version = Annotated[str, Strict(), AfterValidator(_version), Field(json_schema_extra={"pattern": VERSION})]
"""A version of a model: quoted text, never a number (`1.10` and `1.1` would be one)."""
