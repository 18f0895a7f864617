"""Rules about how many replicas serve."""

from __future__ import annotations

from isoserve.adapters.base.facts import Fact, RevisionFact, known
from isoserve.policies.rules.rule import Rule, Strictness, Violation

_PROD_REPLICAS = 2


def _bounded(fact: Fact) -> Violation | None:
    if not isinstance(fact, RevisionFact):
        return None
    least, most = known(fact.min_replicas), known(fact.max_replicas)
    if most is not None and most >= max(least or 0, 1):
        return None
    what = "has no ceiling of replicas" if most is None else f"may have {most} replicas and keeps {least}"
    return Violation(
        what=f"revision {known(fact.name)!r} {what}", fix="set autoscaling.max_replicas, or replicas"
    )


def _prod_has_two(fact: Fact) -> Violation | None:
    if not isinstance(fact, RevisionFact) or fact.environment_class != "prod":
        return None
    least = known(fact.min_replicas) or 0
    if least >= _PROD_REPLICAS:
        return None
    return Violation(
        what=f"revision {known(fact.name)!r} keeps {least} replicas, in class prod",
        fix=f"keep {_PROD_REPLICAS} or more: autoscaling.min_replicas, or replicas",
    )


REPLICAS_ARE_BOUNDED = Rule(
    name="replicas-are-bounded",
    strictness=Strictness.MANDATORY,
    description="Every revision has a ceiling of replicas: an unbounded bill is never implied.",
    check=_bounded,
)
PROD_HAS_TWO_REPLICAS = Rule(
    name="prod-has-two-replicas",
    strictness=Strictness.MANDATORY,
    description="In prod one replica may end without the endpoint ending.",
    check=_prod_has_two,
)
