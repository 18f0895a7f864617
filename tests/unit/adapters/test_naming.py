"""Names: the same again, inside the alphabet, recognisable, and never shared."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isoserve.adapters.base.naming import Alphabet, Scope, collisions, digest8, physical_name
from isoserve.adapters.base.registry import get_profile, targets

# a shared machine is no stopwatch
settings.register_profile("names", deadline=None, max_examples=60)
settings.load_profile("names")

NEUTRAL = st.from_regex(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True)
ANY_TEXT = st.text(min_size=1, max_size=80)
SCOPES = st.builds(Scope, organization=ANY_TEXT, project=ANY_TEXT, stack=ANY_TEXT)
ALPHABETS = [
    pytest.param(alphabet, id=f"{target}-{kind}")
    for target in targets()
    for kind, alphabet in get_profile(target).alphabets.items()
]
HERE = Scope(organization="acme", project="serving", stack="fraud-prod")
LABEL = Alphabet(max_length=20, pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?")
NUMBER = Alphabet(max_length=10, pattern=r"[1-9][0-9]{0,9}", digits_only=True)
DIGEST = st.from_regex(r"[0-9a-f]{8}", fullmatch=True)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@given(neutral=NEUTRAL, scope=SCOPES, kind=st.sampled_from(["endpoint", "model"]))
def test_every_neutral_name_fits_every_target(
    alphabet: Alphabet, neutral: str, scope: Scope, kind: str
) -> None:
    name = physical_name(neutral, scope=scope, kind=kind, alphabet=alphabet)
    assert alphabet.accepts(name)
    assert name == physical_name(neutral, scope=scope, kind=kind, alphabet=alphabet)


@given(neutral=ANY_TEXT, scope=SCOPES)
@example(neutral="-9-", scope=HERE)
@example(neutral="Ünïcode_名前", scope=HERE)
@example(neutral="a" + "-" * 60, scope=HERE)
def test_any_text_at_all_fits(neutral: str, scope: Scope) -> None:
    assert LABEL.accepts(physical_name(neutral, scope=scope, kind="endpoint", alphabet=LABEL))


@pytest.mark.parametrize("alphabet", [a for a in ALPHABETS if not a.values[0].digits_only])
@given(neutral=NEUTRAL, suffix=DIGEST)
def test_the_neutral_name_and_the_digest_stay_recognisable(
    alphabet: Alphabet, neutral: str, suffix: str
) -> None:
    name = physical_name(neutral, scope=HERE, kind="revision", alphabet=alphabet, suffix=suffix)
    head, digest, _hash = name.rsplit("-", 2)
    assert digest == suffix
    assert re.sub("-+", "-", neutral).startswith(head)
    assert len(head) >= min(12, len(re.sub("-+", "-", neutral))) - 1


@pytest.mark.parametrize("field", ["organization", "project", "stack"])
@pytest.mark.parametrize("alphabet", [LABEL, NUMBER])
@given(one=ANY_TEXT, other=ANY_TEXT)
def test_another_scope_gives_another_name(alphabet: Alphabet, field: str, one: str, other: str) -> None:
    names = {
        physical_name("fraud", scope=scope, kind="endpoint", alphabet=alphabet)
        for scope in (_with(field, one), _with(field, other))
    }
    assert len(names) == (1 if one == other else 2)


@pytest.mark.parametrize("alphabet", [LABEL, NUMBER])
def test_another_kind_or_suffix_gives_another_name(alphabet: Alphabet) -> None:
    names = {
        physical_name("fraud", scope=HERE, kind=kind, alphabet=alphabet, suffix=suffix)
        for kind in ("endpoint", "model", "variant")
        for suffix in ("", "a", "b")
    }
    assert len(names) == 9


def test_the_parts_of_a_scope_do_not_run_together() -> None:
    names = {
        physical_name(
            "fraud", scope=Scope(organization=o, project=p, stack="s"), kind="endpoint", alphabet=LABEL
        )
        for o, p in (("ab", "c"), ("a", "bc"), ("a-b", "c"), ("a", "b-c"))
    }
    assert len(names) == 4


def test_names_that_differ_past_the_cut_stay_apart() -> None:
    long = "fraud-detection-of-europe"
    names = {physical_name(f"{long}{n}", scope=HERE, kind="endpoint", alphabet=LABEL) for n in range(500)}
    assert len(names) == 500
    assert all(name.startswith("fraud-detec") for name in names)


def test_names_are_frozen() -> None:
    # a change here renames what runs in users' accounts: it needs a migration
    name = physical_name("fraud", scope=HERE, kind="endpoint", alphabet=LABEL)
    number = physical_name("fraud", scope=HERE, kind="endpoint", alphabet=NUMBER)
    assert (name, number) == ("fraud-dcb337fb", "4172686543")


def test_a_suffix_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room for 'fraud'"):
        physical_name("fraud", scope=HERE, kind="revision", alphabet=LABEL, suffix="0123456789abcdef")


def test_collisions_are_named() -> None:
    one_digit = Alphabet(max_length=1, pattern=r"[1-9]", digits_only=True)
    names = [f"e{n}" for n in range(10)]
    faults = collisions(names, scope=HERE, kind="endpoint", alphabet=one_digit)
    assert faults
    assert re.fullmatch(r"endpoint names 'e\d' and 'e\d' both become '\d' on the target", faults[0].what)
    assert faults[0].at.startswith("endpoints.e")
    assert collisions(names, scope=HERE, kind="endpoint", alphabet=LABEL) == []


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())))
def test_a_digest_does_not_depend_on_order(inputs: dict[str, object]) -> None:
    assert digest8(inputs) == digest8(dict(reversed(list(inputs.items()))))
    assert re.fullmatch(r"[0-9a-f]{8}", digest8(inputs))


def test_a_digest_tells_types_apart() -> None:
    assert len({digest8({"a": value}) for value in (1, "1", True, None, 1.5, [1], {"1": 1})}) == 7


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan"), b"x"])
def test_a_digest_refuses_what_is_no_plain_value(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        digest8({"a": value})


def _with(field: str, value: str) -> Scope:
    return Scope(**{"organization": "acme", "project": "serving", "stack": "s", field: value})
