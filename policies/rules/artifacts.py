"""Rules about what is served."""

from __future__ import annotations

import re

from isoserve.adapters.base.facts import ArtifactFact, Fact, known
from isoserve.policies.rules.rule import Rule, Strictness, Violation


def _has_checksum(fact: Fact) -> Violation | None:
    if not isinstance(fact, ArtifactFact):
        return None
    if re.fullmatch(r"[0-9a-f]{64}", known(fact.sha256) or ""):
        return None
    return Violation(
        what=f"version {known(fact.version)!r} of model {known(fact.name)!r} has no checksum",
        fix="add its sha256 (64 hexadecimal digits) to the version; `isoserve lock` prints it",
    )


ARTIFACT_HAS_CHECKSUM = Rule(
    name="artifact-has-checksum",
    strictness=Strictness.MANDATORY,
    description="What is served is what was meant: every artifact has a SHA-256.",
    check=_has_checksum,
)
