"""What a spec asks for is refused exactly where the table says so, at the path that asks."""

from __future__ import annotations

import pytest

from isoserve.adapters.base.capabilities import demands, refuse_unsupported, required
from isoserve.adapters.base.profile import Profile
from isoserve.adapters.base.support import Capability, Level
from isoserve.adapters.testing.asking import ASKING, NOT_ASKED_BY_A_SPEC
from isoserve.errors import UnsupportedError


@pytest.mark.parametrize("capability", ASKING, ids=lambda capability: capability.name)
def test_the_asking_spec_asks(capability: Capability, profile: Profile) -> None:
    asking = ASKING[capability]
    asked = [(demand.capability, demand.at) for demand in demands(asking.spec(profile.target))]
    assert (capability, asking.path(profile.target)) in asked


@pytest.mark.parametrize("capability", ASKING, ids=lambda capability: capability.name)
def test_refused_exactly_where_the_table_says_so(capability: Capability, profile: Profile) -> None:
    asking, row = ASKING[capability], profile.support[capability]
    spec = asking.spec(profile.target)
    others = [other for other in required(spec) if other is not capability and not profile.support[other]]
    if row and not others:
        faults = [] if capability is Capability.NATIVE_SETTINGS else list(profile.check(spec))
        assert faults == []
        return
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported(spec, profile)
    said = [fault for fault in caught.value.faults if row.note in fault.what]
    if row:
        assert said == []
    else:
        assert asking.path(profile.target) in [fault.at for fault in said]
        assert all(row.source in fault.what and fault.fix for fault in said)
        assert all(("cannot" in fault.what) == (row.level is Level.NEVER) for fault in said)


def test_every_capability_is_asked_or_listed() -> None:
    unasked = {capability.name for capability in NOT_ASKED_BY_A_SPEC}
    assert unasked == {
        "ASYNC_REQUESTS",
        "AUDIT_LOG",
        "BATCH",
        "DASHBOARDS",
        "EDGE_FLEET",
        "EXPLAINABILITY",
        "FEATURE_STORE",
        "LOGS",
        "METRICS",
        "MODEL_REGISTRY",
        "MULTI_MODEL",
        "TLS",
    }
