"""Rules about whose a resource is."""

from __future__ import annotations

from isoserve.adapters.base.facts import Fact, known
from isoserve.adapters.base.labels import OWNER_LABEL
from isoserve.policies.rules.rule import Rule, Strictness, Violation


def _has_owner(fact: Fact) -> Violation | None:
    if (fact.label(OWNER_LABEL) or "").strip():
        return None
    return Violation(what=f"{known(fact.name)!r} has no owner", fix="state the service's owner")


HAS_OWNER = Rule(
    name="has-owner",
    strictness=Strictness.ADVISORY,
    description="Somebody answers for every resource: it carries the owner's label.",
    check=_has_owner,
)
