"""Takes secrets out of text: values that are known, and what looks like one. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

REDACTED = "[redacted]"

_TELLTALE = (
    r"[\w.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|"
    r"credential|encryptionsalt|authorization)[\w.-]*"
)
_SHORTEST = 6
"""A known value below this length is part of too many words to be replaced."""

_PATTERNS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
    re.compile(r"(?i)\bbearer\s+[\w.~+/=-]{6,}"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"\b(?:ghp|gho|ghs|github_pat|glpat|hf|pul|sk|xox[abp])[-_][\w-]{16,}"),
)
_IN_URL = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_ASSIGNED = re.compile(rf"""(?i)(["']?\b{_TELLTALE}["']?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,}}\]]+)""")
_SECRET_VARIABLE = re.compile(rf"(?i)^{_TELLTALE}$")


class Redactor:
    """Replaces secrets in any number of texts; the same input gives the same output."""

    def __init__(self, known: Iterable[str]) -> None:
        # longest first: a value may contain another one
        self._known = sorted({value for value in known if len(value) >= _SHORTEST}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return the text without known values, what looks like a secret, and the home folder."""
        for value in self._known:
            text = text.replace(value, REDACTED)
        for pattern in _PATTERNS:
            text = pattern.sub(REDACTED, text)
        text = _IN_URL.sub(REDACTED, text)
        text = _ASSIGNED.sub(rf"\g<1>{REDACTED}", text)
        return text.replace(str(Path.home()), "~")


def secret_values(environment: Mapping[str, str]) -> list[str]:
    """Return the values of those environment variables whose names speak of a secret."""
    return [value for name, value in environment.items() if _SECRET_VARIABLE.match(name)]
