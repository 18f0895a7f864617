"""Each rule: a fact that keeps it, one that does not, and one that cannot be judged yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isoserve.adapters.base.facts import (
    ArtifactFact,
    DeferredError,
    EndpointFact,
    Fact,
    ReleaseFact,
    RevisionFact,
    Unknown,
)
from isoserve.policies.rules.access import AUTH_IS_ON
from isoserve.policies.rules.artifacts import ARTIFACT_HAS_CHECKSUM
from isoserve.policies.rules.in_force import RULES
from isoserve.policies.rules.judgement import judge
from isoserve.policies.rules.ownership import HAS_OWNER
from isoserve.policies.rules.replicas import PROD_HAS_TWO_REPLICAS, REPLICAS_ARE_BOUNDED
from isoserve.policies.rules.rule import Rule, Strictness

UNKNOWN = Unknown(path="somewhere")


def labels(environment_class: str, owner: str = "risk-ml") -> dict[str, str | Unknown]:
    return {"isoserve-class": environment_class, "isoserve-owner": owner}


def endpoint(auth: str | Unknown | None, environment_class: str = "prod") -> EndpointFact:
    return EndpointFact(urn="urn:e", name="fraud", labels=labels(environment_class), auth=auth)


def artifact(sha256: str | Unknown | None) -> ArtifactFact:
    return ArtifactFact(urn="urn:a", name="fraud", labels=labels("dev"), version="1", sha256=sha256)


def revision(
    least: int | Unknown | None, most: int | Unknown | None, environment_class: str = "prod"
) -> RevisionFact:
    return RevisionFact(
        urn="urn:r",
        name="fraud-1a2b3c4d",
        labels=labels(environment_class),
        endpoint="fraud",
        min_replicas=least,
        max_replicas=most,
    )


KEEPS: list[tuple[Rule, Fact]] = [
    (AUTH_IS_ON, endpoint("platform")),
    (AUTH_IS_ON, endpoint("key", "staging")),
    (AUTH_IS_ON, endpoint("none", "dev")),
    (ARTIFACT_HAS_CHECKSUM, artifact("0" * 64)),
    (REPLICAS_ARE_BOUNDED, revision(1, 1)),
    (REPLICAS_ARE_BOUNDED, revision(0, 4)),
    (PROD_HAS_TWO_REPLICAS, revision(2, 4)),
    (PROD_HAS_TWO_REPLICAS, revision(1, 1, "staging")),
    (HAS_OWNER, endpoint("key")),
]
BREAKS: list[tuple[Rule, Fact, str]] = [
    (AUTH_IS_ON, endpoint("none"), "lets everybody call, in class prod"),
    (AUTH_IS_ON, endpoint("none", "staging"), "in class staging"),
    (AUTH_IS_ON, endpoint(None), "lets everybody call"),
    (AUTH_IS_ON, replace(endpoint("none"), labels={}), "in class prod"),
    (ARTIFACT_HAS_CHECKSUM, artifact(None), "has no checksum"),
    (ARTIFACT_HAS_CHECKSUM, artifact("0" * 63), "has no checksum"),
    (ARTIFACT_HAS_CHECKSUM, artifact("A" * 64), "has no checksum"),
    (REPLICAS_ARE_BOUNDED, revision(1, None), "no ceiling"),
    (REPLICAS_ARE_BOUNDED, revision(3, 2), "may have 2 replicas and keeps 3"),
    (REPLICAS_ARE_BOUNDED, revision(0, 0), "may have 0 replicas"),
    (PROD_HAS_TWO_REPLICAS, revision(1, 4), "keeps 1 replicas"),
    (PROD_HAS_TWO_REPLICAS, revision(None, 4), "keeps 0 replicas"),
    (PROD_HAS_TWO_REPLICAS, replace(revision(1, 4), labels={}), "keeps 1 replicas"),
    (HAS_OWNER, replace(endpoint("key"), labels={}), "has no owner"),
    (HAS_OWNER, replace(endpoint("key"), labels=labels("prod", owner=" ")), "has no owner"),
]
DEFERS: list[tuple[Rule, Fact]] = [
    (AUTH_IS_ON, endpoint(UNKNOWN)),
    (AUTH_IS_ON, replace(endpoint("key"), labels=UNKNOWN)),
    (ARTIFACT_HAS_CHECKSUM, artifact(UNKNOWN)),
    (REPLICAS_ARE_BOUNDED, revision(1, UNKNOWN)),
    (PROD_HAS_TWO_REPLICAS, revision(UNKNOWN, 4)),
    (HAS_OWNER, replace(endpoint("key"), labels={"isoserve-owner": UNKNOWN})),
]
SILENT = ReleaseFact(urn="urn:x", name="fraud", labels=labels("prod"), revision="r", previous=None)


@pytest.mark.parametrize(("rule", "fact"), KEEPS)
def test_keeps(rule: Rule, fact: Fact) -> None:
    assert rule.check(fact) is None


@pytest.mark.parametrize(("rule", "fact", "said"), BREAKS)
def test_breaks(rule: Rule, fact: Fact, said: str) -> None:
    violation = rule.check(fact)
    assert violation is not None
    assert said in violation.what
    assert violation.fix


@pytest.mark.parametrize(("rule", "fact"), DEFERS)
def test_unknown_is_never_a_pass(rule: Rule, fact: Fact) -> None:
    with pytest.raises(DeferredError):
        rule.check(fact)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_all_three_cases(rule: Rule) -> None:
    assert rule in {row[0] for row in KEEPS}
    assert rule in {row[0] for row in BREAKS}
    assert rule in {row[0] for row in DEFERS}


def test_strictness_is_as_published() -> None:
    assert {rule.name: rule.strictness for rule in RULES} == {
        "auth-is-on": Strictness.MANDATORY,
        "artifact-has-checksum": Strictness.MANDATORY,
        "replicas-are-bounded": Strictness.MANDATORY,
        "prod-has-two-replicas": Strictness.MANDATORY,
        "has-owner": Strictness.ADVISORY,
    }


def test_an_unknown_defers_its_rule_and_no_other() -> None:
    found = judge([revision(1, UNKNOWN)], RULES, preview=True)
    assert [(f.rule, f.strictness, f.deferred) for f in found] == [
        ("replicas-are-bounded", Strictness.ADVISORY, True),
        ("prod-has-two-replicas", Strictness.MANDATORY, False),
    ]
    assert "somewhere is not known yet" in found[0].message


def test_still_unknown_in_an_update_is_as_strict_as_the_rule() -> None:
    found = judge([artifact(UNKNOWN)], RULES, preview=False)
    assert [(f.rule, f.strictness, f.deferred) for f in found] == [
        ("artifact-has-checksum", Strictness.MANDATORY, False)
    ]


def test_a_fact_that_concerns_no_rule_gives_no_finding() -> None:
    assert judge([SILENT], RULES, preview=False) == []
