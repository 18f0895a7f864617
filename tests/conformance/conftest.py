"""Every registered target; a gap in its table becomes a strict xfail with the table's note."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from isoserve.adapters.base.adapter import Adapter
from isoserve.adapters.base.profile import Profile
from isoserve.adapters.base.registry import get_adapter, get_profile, targets
from isoserve.errors import TargetError


@pytest.fixture(params=targets())
def profile(request: pytest.FixtureRequest) -> Profile:
    return get_profile(request.param)


@pytest.fixture(params=targets())
def adapter(request: pytest.FixtureRequest) -> Callable[[], Adapter]:
    """Builds the adapter inside the test, so that a missing one is the test's own failure."""
    support = get_profile(request.param).support
    for mark in request.node.iter_markers("needs"):
        if not (row := support[mark.args[0]]):
            reason = f"{row.level.name}: {row.note} ({row.source})"
            gap = pytest.mark.xfail(reason=reason, strict=True, raises=(TargetError, AssertionError))
            request.applymarker(gap)
    return lambda: get_adapter(request.param)
