"""Rules about who may call an endpoint."""

from __future__ import annotations

from isoserve.adapters.base.facts import EndpointFact, Fact, known
from isoserve.policies.rules.rule import Rule, Strictness, Violation


def _auth_is_on(fact: Fact) -> Violation | None:
    if not isinstance(fact, EndpointFact) or fact.environment_class == "dev":
        return None
    if known(fact.auth) not in (None, "none"):
        return None
    return Violation(
        what=f"endpoint {known(fact.name)!r} lets everybody call, in class {fact.environment_class}",
        fix="set access.auth to platform, key or jwt",
    )


AUTH_IS_ON = Rule(
    name="auth-is-on",
    strictness=Strictness.MANDATORY,
    description="In staging and prod every endpoint checks its callers.",
    check=_auth_is_on,
)
