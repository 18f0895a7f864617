"""The core schema of YAML 1.2: what an unquoted scalar means. `off`, `yes` and dates are text."""

from __future__ import annotations

import re
from functools import lru_cache

from isoserve.spec.units import SourceFloat, SourceInt

_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_STARTS = frozenset("0123456789+-.")
_LONGEST_NUMBER = 256


@lru_cache(maxsize=8192)
def plain(text: str) -> object:
    """Return what an unquoted scalar means; a number not in its usual form remembers its source."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _STARTS or len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return _integer(text)
    return _float(text) if _FLOAT.fullmatch(text) else text


def _integer(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    value = int(text[2:] if base != 10 else text, base)
    if str(value) == text:
        return value
    kept = SourceInt(value)
    kept.source = text
    return kept


def _float(text: str) -> float:
    value = float(text)
    if str(value) == text:
        return value
    kept = SourceFloat(value)
    kept.source = text
    return kept
