"""Runs a project's program in this process, as the engine's own Python host would run it in another.

The composition itself is the project's (`stacks/__main__.py`).
"""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import threading
from collections.abc import Generator
from pathlib import Path

_one_at_a_time = threading.RLock()
"""The working directory and sys.path belong to the whole process."""


class InlineProgram:
    """A callable for the Automation API that keeps what the program raised, as it was raised."""

    def __init__(self, entry: Path) -> None:
        self.entry = entry
        self.raised: BaseException | None = None

    def __call__(self) -> None:
        """Run the program. Raises pulumi.RunError, which the engine reports without a traceback."""
        import pulumi

        self.raised = None
        try:
            runpy.run_path(str(self.entry), run_name="__main__")
        except BaseException as error:
            self.raised = error
            raise pulumi.RunError(f"{error}" or type(error).__name__) from error

    @contextlib.contextmanager
    def in_place(self) -> Generator[None]:
        """Working directory and import path as the engine's Python host sets them, for callbacks too."""
        with _one_at_a_time:
            here, path = Path.cwd(), list(sys.path)
            os.chdir(self.entry.parent)
            sys.path.insert(0, str(self.entry.parent))
            try:
                yield
            finally:
                os.chdir(here)
                sys.path[:] = path
