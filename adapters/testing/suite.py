# ruff: noqa: S101 - asserting is what a suite is for
"""The conformance cases: plain functions that take an adapter and know no target. Runs nothing itself.

`CASES` is for the test run that is to prove an adapter: call each with the adapter; a case whose capability
the adapter's table denies must fail. `PROFILE_CASES` take the profile alone and hold for every target.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from isoserve.adapters.base.adapter import NARROW, Adapter, SupportsAutoscaling, SupportsMonitoring
from isoserve.adapters.base.facts import ArtifactFact, EndpointFact, Fact, ReleaseFact, RevisionFact
from isoserve.adapters.base.labels import labels_of
from isoserve.adapters.base.profile import Profile
from isoserve.adapters.base.support import Capability
from isoserve.adapters.testing.declare import declare_stack
from isoserve.adapters.testing.specs import SHA256, serving_spec
from isoserve.spec import ServingSpec

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case, and the capability without which it cannot hold."""

    run: Callable[[Adapter], None]
    needs: Capability

    @property
    def name(self) -> str:
        """The function's name."""
        return self.run.__name__


def signatures_are_the_contract(adapter: Adapter) -> None:
    """Each method takes what the interface says, by the same names and kinds."""
    for name, member in vars(Adapter).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            want = inspect.signature(member)
            have = inspect.signature(getattr(type(adapter), name))
            assert have == want, f"{type(adapter).__name__}.{name}{have} should be {name}{want}"


def table_matches_methods(adapter: Adapter) -> None:
    """A row of an optional method is true exactly where the method is there."""
    for capability, protocol in NARROW.items():
        assert bool(adapter.profile.support[capability]) == isinstance(adapter, protocol), capability


def everything_has_parent_and_provider(adapter: Adapter) -> None:
    """No resource floats free, and none uses a default provider of the machine it runs on."""
    recording = declare_stack(adapter, _spec(adapter)).recording
    urns = {row.urn for row in recording.rows}
    providers = {row.urn for row in recording.rows if row.token.startswith("pulumi:providers:")}
    assert len(providers) == 1
    for row in recording.rows[1:]:
        assert row.parent in urns, f"{row.urn} has no parent in the stack"
        if row.urn not in providers and ":testing:" not in row.token:
            assert row.provider.rpartition("::")[0] in providers, f"{row.urn} has no explicit provider"


def release_waits_for_its_revision(adapter: Adapter) -> None:
    """The engine moves traffic after the revision is ready, and deletes the former one after that."""
    stack = declare_stack(adapter, _spec(adapter))
    rows = {row.urn: row for row in stack.recording.rows}
    waits = stack.recording.waits(rows[stack.urn("fraud.release")])
    assert {stack.urn("fraud.revision"), stack.urn("fraud.endpoint")} <= waits


def revision_waits_for_its_artifact(adapter: Adapter) -> None:
    """No replica starts before what it reads is there."""
    stack = declare_stack(adapter, _spec(adapter))
    rows = {row.urn: row for row in stack.recording.rows}
    assert stack.urn("fraud.model") in stack.recording.waits(rows[stack.urn("fraud.revision")])


def same_spec_same_names(adapter: Adapter) -> None:
    """A second run declares the same thing."""
    first, second = (declare_stack(adapter, _spec(adapter)).recording.rows for _ in range(2))
    assert first == second


def names_fit_the_alphabet(adapter: Adapter) -> None:
    """The longest neutral name gives a valid physical one."""
    name = "a" * 39 + "9"
    stack = declare_stack(adapter, serving_spec(adapter.profile.target, endpoints=(name,)))
    assert adapter.profile.alphabets["endpoint"].accepts(str(stack.value(f"{name}.name")))


def endpoints_do_not_meet(adapter: Adapter) -> None:
    """Two endpoints of one model share no physical name and no URN."""
    stack = declare_stack(adapter, serving_spec(adapter.profile.target, endpoints=("fraud", "fraud-eu")))
    assert stack.value("fraud.name") != stack.value("fraud-eu.name")
    assert stack.value("fraud.revision") != stack.value("fraud-eu.revision")


def new_version_is_a_new_revision(adapter: Adapter) -> None:
    """Promotion adds a revision beside the live one and keeps the endpoint."""
    one = declare_stack(adapter, _spec(adapter))
    two = declare_stack(adapter, serving_spec(adapter.profile.target, version="2"))
    assert one.value("fraud.name") == two.value("fraud.name")
    assert one.urn("fraud.endpoint") == two.urn("fraud.endpoint")
    assert one.value("fraud.revision") != two.value("fraud.revision")
    assert one.urn("fraud.revision") != two.urn("fraud.revision")
    assert one.urn("fraud.release") == two.urn("fraud.release")


def new_server_setting_is_a_new_revision(adapter: Adapter) -> None:
    """A revision is immutable: its server's settings are part of its identity."""
    server = {"kind": "custom", "command": ["serve", "{port}"], "env": {"THREADS": "2"}}
    other = declare_stack(adapter, serving_spec(adapter.profile.target, endpoint={"server": server}))
    assert declare_stack(adapter, _spec(adapter)).value("fraud.digest") != other.value("fraud.digest")


def more_replicas_are_the_same_revision(adapter: Adapter) -> None:
    """Counts change in place: scaling never starts a rollout."""
    more = declare_stack(adapter, serving_spec(adapter.profile.target, endpoint={"replicas": 3}))
    assert declare_stack(adapter, _spec(adapter)).urn("fraud.revision") == more.urn("fraud.revision")


def platform_auth_is_on(adapter: Adapter) -> None:
    """Without a word about access, nobody calls unchecked."""
    fact = _only(EndpointFact, declare_stack(adapter, _spec(adapter)).facts)
    assert fact.auth not in (None, "none")


def no_auth_is_said(adapter: Adapter) -> None:
    """`auth: none` is honoured, has no key, and policies see it."""
    spec = serving_spec(adapter.profile.target, endpoint={"access": {"auth": "none"}})
    stack = declare_stack(adapter, spec)
    assert _only(EndpointFact, stack.facts).auth == "none"
    assert "fraud.key" not in stack.recording.values


def facts_name_the_artifact(adapter: Adapter) -> None:
    """Policies see the version and its checksum."""
    fact = _only(ArtifactFact, declare_stack(adapter, _spec(adapter)).facts)
    assert (fact.name, fact.version, fact.sha256) == ("fraud", "1", SHA256)


def facts_count_the_replicas(adapter: Adapter) -> None:
    """Policies see how many replicas there are, and the ceiling."""
    spec = serving_spec(adapter.profile.target, endpoint={"replicas": 2})
    fact = _only(RevisionFact, declare_stack(adapter, spec).facts)
    assert (fact.min_replicas, fact.max_replicas) == (2, 2)


def facts_tell_the_release(adapter: Adapter) -> None:
    """Policies see which revision the traffic goes to."""
    stack = declare_stack(adapter, _spec(adapter))
    assert _only(ReleaseFact, stack.facts).revision == stack.value("fraud.revision")


def facts_carry_the_labels(adapter: Adapter) -> None:
    """Every fact leads back to service, owner, environment, stack and class, and has the user's labels."""
    spec = _spec(adapter)
    facts = declare_stack(adapter, spec).facts
    assert facts
    for fact in facts:
        for key, value in labels_of(spec).items():
            assert fact.label(key) == value, f"{fact.urn} misses {key}"


def scales_between_bounds(adapter: Adapter) -> None:
    """An adapter that says it scales has the method for it."""
    assert isinstance(adapter, SupportsAutoscaling)


def runs_monitors(adapter: Adapter) -> None:
    """An adapter that says it monitors has the method for it."""
    assert isinstance(adapter, SupportsMonitoring)


def table_is_whole(profile: Profile) -> None:
    """Every capability has a row with a note and a source."""
    assert set(profile.support) == set(Capability)
    for capability, row in profile.support.items():
        assert row.note.strip(), capability
        assert row.source.strip(), capability


def ground_spec_passes_the_check(profile: Profile) -> None:
    """The smallest spec breaks no limit."""
    assert list(profile.check(serving_spec(profile.target))) == []


def foreign_resources_state_nothing(profile: Profile) -> None:
    """A profile speaks of its own resources only."""
    assert list(profile.facts("random:index/randomPet:RandomPet", "urn:x", {"length": 2})) == []


CASES: Sequence[Case] = (
    Case(run=signatures_are_the_contract, needs=Capability.ENDPOINT),
    Case(run=table_matches_methods, needs=Capability.ENDPOINT),
    Case(run=everything_has_parent_and_provider, needs=Capability.ENDPOINT),
    Case(run=release_waits_for_its_revision, needs=Capability.RELEASE),
    Case(run=revision_waits_for_its_artifact, needs=Capability.ARTIFACT_PATH),
    Case(run=same_spec_same_names, needs=Capability.ENDPOINT),
    Case(run=names_fit_the_alphabet, needs=Capability.ENDPOINT),
    Case(run=endpoints_do_not_meet, needs=Capability.ENDPOINT),
    Case(run=new_version_is_a_new_revision, needs=Capability.RELEASE),
    Case(run=new_server_setting_is_a_new_revision, needs=Capability.CUSTOM_SERVER),
    Case(run=more_replicas_are_the_same_revision, needs=Capability.REPLICAS),
    Case(run=platform_auth_is_on, needs=Capability.AUTH_PLATFORM),
    Case(run=no_auth_is_said, needs=Capability.AUTH_NONE),
    Case(run=facts_name_the_artifact, needs=Capability.ARTIFACT_PATH),
    Case(run=facts_count_the_replicas, needs=Capability.REPLICAS),
    Case(run=facts_tell_the_release, needs=Capability.RELEASE),
    Case(run=facts_carry_the_labels, needs=Capability.ENDPOINT),
    Case(run=scales_between_bounds, needs=Capability.AUTOSCALING),
    Case(run=runs_monitors, needs=Capability.MONITOR_DATA),
)

PROFILE_CASES: Sequence[Callable[[Profile], None]] = (
    table_is_whole,
    ground_spec_passes_the_check,
    foreign_resources_state_nothing,
)


def _spec(adapter: Adapter) -> ServingSpec:
    return serving_spec(adapter.profile.target)


def _only(kind: type[F], facts: Sequence[Fact]) -> F:
    found = [fact for fact in facts if isinstance(fact, kind)]
    assert len(found) == 1, f"{len(found)} facts of {kind.__name__}"
    return found[0]
