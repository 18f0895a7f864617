"""The README of each target says what its table says."""

from __future__ import annotations

import pytest

from isoserve.adapters.base.registry import BUILT_IN, get_profile
from isoserve.adapters.base.support import Capability
from isoserve.adapters.testing.table import markdown, readme_of, with_table


@pytest.mark.parametrize("target", BUILT_IN)
def test_the_readme_is_up_to_date(target: str) -> None:
    text = readme_of(target).read_text("utf-8")
    assert with_table(text, get_profile(target)) == text, "run python -m isoserve.adapters.testing.table"


def test_every_capability_has_a_line() -> None:
    lines = markdown(get_profile("local")).splitlines()
    assert len(lines) == len(Capability) + 2
    assert {line.count("|") for line in lines} == {6}


def test_a_readme_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="in the README of 'local'"):
        with_table("# Target", get_profile("local"))
