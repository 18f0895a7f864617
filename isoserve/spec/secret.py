"""References to secrets. A value is never accepted, and never shown in a message."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Strict

from isoserve.spec.base import refusal

_REFERENCES = (
    r"file:[^\s\0]+",
    r"env:[A-Za-z_][A-Za-z0-9_]*",
    r"arn:[a-z0-9-]+:[a-z0-9-]+:[^\s]+",
    r"projects/[^/\s]+/secrets/[^/\s]+(/versions/[^/\s]+)?",
    r"https://[a-z0-9.-]*vault[a-z0-9.-]*/[^\s]+",
    r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/[A-Za-z0-9._-]{1,253}",
)
_REFERENCE = re.compile("|".join(f"(?:{pattern})" for pattern in _REFERENCES))


def _reference(text: str) -> str:
    if _REFERENCE.fullmatch(text):
        return text
    raise refusal(
        "a reference to a secret is needed, never its value (not shown here)",
        fix="write file:<path>, env:<VARIABLE>, arn:…, projects/…/secrets/…, https://<vault>/secrets/…, "
        "or <secret name>/<key>",
    )


SecretReference = Annotated[str, Strict(), AfterValidator(_reference)]
"""Where a secret is kept: `file:…`, `env:…`, `arn:…`, `projects/…`, `https://…vault…`, `name/key`."""
