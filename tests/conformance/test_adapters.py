"""Runs the shipped suite on every registered target."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from isoserve.adapters.base.adapter import Adapter
from isoserve.adapters.base.profile import Profile
from isoserve.adapters.testing.suite import CASES, PROFILE_CASES, Case


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.name, marks=pytest.mark.needs(c.needs)) for c in CASES]
)
def test_adapter(case: Case, adapter: Callable[[], Adapter]) -> None:
    case.run(adapter())


@pytest.mark.parametrize("case", PROFILE_CASES, ids=lambda case: case.__name__)
def test_profile(case: Callable[[Profile], None], profile: Profile) -> None:
    case(profile)
