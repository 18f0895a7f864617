"""The policies of the pack: each runs every rule and reports what is of its strictness. Holds no rule."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from isoserve.adapters.base.facts import Declared, facts_of
from isoserve.adapters.base.profile import Profile
from isoserve.adapters.base.registry import profiles
from isoserve.policies.crossguard.properties import without_raising
from isoserve.policies.rules.in_force import RULES
from isoserve.policies.rules.judgement import judge
from isoserve.policies.rules.rule import Strictness

_LEVELS = {
    Strictness.MANDATORY: EnforcementLevel.MANDATORY,
    Strictness.ADVISORY: EnforcementLevel.ADVISORY,
}


def resource_policies() -> list[Policy]:
    """Build the pack's policies: one for each strictness."""
    return [_policy(strictness) for strictness in Strictness]


def _policy(strictness: Strictness) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        declared = Declared(token=args.resource_type, urn=args.urn, props=without_raising(args.props))
        facts = facts_of([declared], _all_profiles())
        for finding in judge(facts, RULES, preview=pulumi.runtime.is_dry_run()):
            if finding.strictness is strictness:
                report(finding.message, finding.urn)

    names = ", ".join(rule.name for rule in RULES if rule.strictness is strictness)
    return ResourceValidationPolicy(
        name=f"isoserve-{strictness.name.lower()}",
        description=f"The {strictness.name.lower()} rules: {names}.",
        enforcement_level=_LEVELS[strictness],
        validate=validate,
    )


@cache
def _all_profiles() -> Sequence[Profile]:
    return tuple(profiles())
