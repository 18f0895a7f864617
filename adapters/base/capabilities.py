"""What can be asked of a target, who asks it, and the refusal: one door to `support`, `demands`, `refusal`.

Holds no code. Inside this package the three modules are imported directly.
"""

from __future__ import annotations

from isoserve.adapters.base.demands import Demand, demands, required
from isoserve.adapters.base.refusal import profile_of, refuse_unsupported
from isoserve.adapters.base.support import Capability, Level, Proof, Support

__all__ = [
    "Capability",
    "Demand",
    "Level",
    "Proof",
    "Support",
    "demands",
    "profile_of",
    "refuse_unsupported",
    "required",
]
