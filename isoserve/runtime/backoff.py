"""How long to wait before a crashed process is started again. Starts nothing."""

from __future__ import annotations

_FIRST_S = 0.5
_LONGEST_S = 30.0
_STABLE_S = 60.0


class Backoff:
    """0, 0.5, 1, 2, … 30 seconds; from the start again after a minute without a crash."""

    def __init__(self) -> None:
        self._crashes = 0

    def after_crash(self, *, ran_s: float) -> float:
        """Seconds to wait after a process that ran for `ran_s`."""
        if ran_s >= _STABLE_S:
            self._crashes = 0
        delay_s = 0.0 if self._crashes == 0 else min(_LONGEST_S, _FIRST_S * 2 ** min(self._crashes - 1, 16))
        self._crashes += 1
        return delay_s
