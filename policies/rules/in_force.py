"""The rules in force, in the order in which they are reported."""

from __future__ import annotations

from collections.abc import Sequence

from isoserve.policies.rules.access import AUTH_IS_ON
from isoserve.policies.rules.artifacts import ARTIFACT_HAS_CHECKSUM
from isoserve.policies.rules.ownership import HAS_OWNER
from isoserve.policies.rules.replicas import PROD_HAS_TWO_REPLICAS, REPLICAS_ARE_BOUNDED
from isoserve.policies.rules.rule import Rule

RULES: Sequence[Rule] = (
    AUTH_IS_ON,
    ARTIFACT_HAS_CHECKSUM,
    REPLICAS_ARE_BOUNDED,
    PROD_HAS_TWO_REPLICAS,
    HAS_OWNER,
)
