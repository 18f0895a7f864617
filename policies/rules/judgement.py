"""Applies rules to facts. Pure: the CrossGuard pack, plans and reports share it. Holds no rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isoserve.adapters.base.facts import DeferredError, Fact
from isoserve.policies.rules.rule import Rule, Strictness


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that one fact does not keep, or that cannot be judged yet."""

    rule: str
    strictness: Strictness
    message: str
    urn: str
    deferred: bool = False
    """Reported, since a value is not known before the update; judged again then."""


def judge(facts: Iterable[Fact], rules: Sequence[Rule], *, preview: bool) -> Sequence[Finding]:
    """Judge every fact by every rule.

    A value that is not known defers its rule alone, never the others. In a preview that is a finding that
    only informs; in an update it is one as strict as the rule: unknown is never a pass.
    """
    return [finding for fact in facts for rule in rules if (finding := _judge(fact, rule, preview=preview))]


def _judge(fact: Fact, rule: Rule, *, preview: bool) -> Finding | None:
    try:
        violation = rule.check(fact)
    except DeferredError as deferred:
        when = "deferred to the update" if preview else "cannot be judged"
        return Finding(
            rule=rule.name,
            strictness=Strictness.ADVISORY if preview else rule.strictness,
            message=f"{rule.name} {when}: {deferred}",
            urn=fact.urn,
            deferred=preview,
        )
    if violation is None:
        return None
    message = f"{rule.name}: {violation}"
    return Finding(rule=rule.name, strictness=rule.strictness, message=message, urn=fact.urn)
