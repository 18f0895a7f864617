"""The pages say what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from isoserve.adapters.base.registry import BUILT_IN, get_profile
from isoserve.adapters.base.support import Capability
from isoserve.adapters.testing.table import markdown, matrix, pages, with_table


@pytest.mark.parametrize("page", pages(), ids=lambda page: "/".join(page.parts[-2:]))
def test_the_page_is_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert with_table(text, pages()[page]) == text, "run python -m isoserve.adapters.testing.table"


def test_every_capability_has_a_line() -> None:
    lines = markdown(get_profile("local")).splitlines()
    assert len(lines) == len(Capability) + 2
    assert {line.count("|") for line in lines} == {6}


def test_the_matrix_leaves_out_only_what_works_nowhere() -> None:
    every = [get_profile(target) for target in BUILT_IN]
    working = matrix(every, working=True).splitlines()[2:]
    assert len(matrix(every, working=False).splitlines()) == len(Capability) + 2
    assert 0 < len(working) < len(Capability)
    assert all("native" in line or "composed" in line for line in working)


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="on the page"):
        with_table("# Target", "| a |")
