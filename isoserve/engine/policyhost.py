"""Boots a CrossGuard pack for the engine and ends with it: `python -m isoserve.engine.policyhost …`.

Stock `python -m pulumi.policy` outlives an engine that was killed (tried with 3.246).
"""

from __future__ import annotations

import os
import runpy
import threading
import time

_LOOK_EVERY_S = 0.5


def main() -> None:
    """Run the pack until the engine says so, or is gone."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)


def _end_with(engine: int) -> None:
    while os.getppid() == engine:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)


if __name__ == "__main__":
    main()
