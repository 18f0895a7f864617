"""Quantities as users write them (`5m`, `20GiB`, `10%`), stored as plain numbers. No default lives here."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, Strict, StrictBool, StrictFloat, StrictInt, StrictStr, WithJsonSchema

from isoserve.spec.base import refusal

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {
    "B": 1,
    **{unit: 1000**n for n, unit in enumerate(("kB", "MB", "GB", "TB", "PB"), 1)},
    **{unit: 1000**n for n, unit in enumerate(("k", "M", "G", "T", "P"), 1)},
    **{unit: 1024**n for n, unit in enumerate(("KiB", "MiB", "GiB", "TiB", "PiB"), 1)},
    **{unit: 1024**n for n, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), 1)},
}
LONGEST_DAYS = 365
"""Longest duration that is accepted: a longer one is a slip of the unit."""
DURATION = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$"
SIZE = r"^[0-9]+(\.[0-9]+)?(B|[kMGTP]B?|[KMGTP]i(B)?)$"
SHARE = r"^[0-9]+(\.[0-9]+)?%$"
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[smhdw])")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)")
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
_MONEY = re.compile(r"\$? ?([0-9][0-9_,]*(?:\.[0-9]+)?)(?: ?USD)?")


class SourceInt(int):
    """An integer that remembers how it was written (`0815`), for fields that hold text."""

    source: str


class SourceFloat(float):
    """A number that remembers how it was written (`1.10`), for fields that hold text."""

    source: str


def _number(value: object) -> float | None:
    """Return a plain number at or above zero; None where it is none (a bool, text, NaN, infinite)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < float("inf") else None


@lru_cache(maxsize=4096)
def _seconds_of(text: str) -> float | None:
    parts = _PART.findall(text)
    if not parts or "".join(map("".join, parts)) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


@lru_cache(maxsize=4096)
def _bytes_of(text: str) -> int | None:
    match = _SIZE.fullmatch(text)
    if match is None or match[2] not in _BYTES:
        return None
    return round(float(match[1]) * _BYTES[match[2]])


@lru_cache(maxsize=4096)
def _share_of(text: str) -> float | None:
    match = _SHARE.fullmatch(text)
    return float(match[1]) / 100 if match else None


def to_seconds(value: object) -> float:
    """Return a duration in seconds. Raises the refusal that a field of this type gives."""
    text = str(_as_written(value)) if isinstance(value, int | float) else value
    found = _seconds_of(text) if isinstance(text, str) else None
    if found is None:
        if isinstance(text, str) and _seconds_of(f"{text}s") is not None:
            raise refusal(f"a duration needs its unit; given {_shown(value)}", fix=f"write {text}s")
        raise refusal(f"a duration is needed; given {_shown(value)}", fix="write 500ms, 30s, 5m, 12h or 30d")
    if found > LONGEST_DAYS * _SECONDS["d"]:
        what = f"a duration is at most {LONGEST_DAYS} days; given {_shown(value)}"
        raise refusal(what, fix=f"write {LONGEST_DAYS}d or less")
    return found


def _bytes(value: object) -> int:
    found = _bytes_of(value) if isinstance(value, str) else _number(value)
    if found is None or found != int(found):
        raise refusal(f"a size is needed; given {_shown(value)}", fix="write 512MiB or 20GiB")
    return int(found)


def to_fraction(value: object) -> float:
    """Return a share as a fraction of 1. Raises the refusal that a field of this type gives."""
    found = _share_of(value) if isinstance(value, str) else _number(value)
    if found is None:
        raise refusal(f"a share is needed; given {_shown(value)}", fix="write 10% or 0.1")
    if found > 1:
        fix = f"write {value}%" if not isinstance(value, str) and found <= 100 else "write 10% or 0.1"
        raise refusal(f"a share is at most 100%; given {_shown(value)}", fix=fix)
    return float(found)


def _usd(value: object) -> float:
    if isinstance(value, str) and (match := _MONEY.fullmatch(value)):
        return float(match[1].replace(",", "").replace("_", ""))
    if (found := _number(value)) is None:
        raise refusal(f"an amount in US dollars is needed; given {_shown(value)}", fix="write 3000")
    return float(found)


def _text(value: object) -> object:
    """Let an unquoted number stand for the text it was written as; a bool is refused by the type."""
    if type(value) is str or isinstance(value, bool):
        return value
    if isinstance(value, SourceInt | SourceFloat):
        return value.source
    return str(value) if isinstance(value, int | float) else value


def _as_written(value: object) -> object:
    return value.source if isinstance(value, SourceInt | SourceFloat) else value


def _shown(value: object) -> str:
    shown = repr(value.source if isinstance(value, SourceInt | SourceFloat) else value)
    return shown if len(shown) <= 60 else shown[:59] + "…"


Seconds = Annotated[
    float,
    BeforeValidator(to_seconds),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": DURATION,
            "examples": ["5m", "500ms"],
        }
    ),
]
"""A duration, stored in seconds: `500ms`, `30s`, `5m`, `1h30m`, `30d`; with its unit, at most 365 days."""

Bytes = Annotated[
    int,
    BeforeValidator(_bytes),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": SIZE}, {"type": "integer", "minimum": 0}],
            "examples": ["4GiB", "512MiB"],
        }
    ),
]
"""A size, stored in bytes: `512MiB`, `20GiB`, `20Gi`, `1GB`; a bare number is bytes."""

Fraction = Annotated[
    float,
    BeforeValidator(to_fraction),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": SHARE}, {"type": "number", "minimum": 0, "maximum": 1}],
            "examples": ["10%", 0.1],
        }
    ),
]
"""A share, stored as a fraction of 1: `10%`, `0.1`."""

Usd = Annotated[
    float, BeforeValidator(_usd), WithJsonSchema({"type": "number", "minimum": 0, "examples": [3000]})
]
"""An amount in US dollars."""

Text = Annotated[str, BeforeValidator(_text), Strict()]
"""Text; an unquoted number stays as it was written."""

Flag = StrictBool
"""`true` or `false`, nothing that looks like it."""

Count = StrictInt
"""A whole number."""

Number = StrictFloat
"""A number."""

Scalar = Annotated[StrictBool | StrictInt | StrictFloat | StrictStr, BeforeValidator(_as_written)]
"""Text, a number or a truth value; a number in an unusual form (`1.10`, `0815`) is text, as written."""
