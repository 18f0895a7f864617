"""Runs a project's program in this process, as the engine's own Python host would run it in another.

The composition itself is the project's (`stacks/__main__.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import runpy
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

_one_at_a_time = threading.RLock()
"""The working directory and sys.path belong to the whole process."""
_ENDS_WITHIN_S = 5.0


class InlineProgram:
    """A callable for the Automation API that keeps what the program raised, as it was raised."""

    def __init__(self, entry: Path) -> None:
        self.entry = entry
        self.raised: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self) -> None:
        """Run the program. Raises pulumi.RunError, which the engine reports without a traceback."""
        import pulumi

        self._loop = asyncio.get_running_loop()
        _log_to_an_engine_that_may_be_gone()
        try:
            runpy.run_path(str(self.entry), run_name="__main__")
        except BaseException as error:
            self.raised = error
            raise pulumi.RunError(f"{error}" or type(error).__name__) from error

    def forget(self) -> None:
        """Forget an earlier run."""
        self.raised = self._loop = None

    @contextlib.contextmanager
    def in_place(self) -> Generator[None]:
        """Surround one engine command: folder and import path as the engine's Python host sets them.

        Afterwards nothing of the program runs any more, also where the engine went away in its midst.
        """
        with _one_at_a_time, _quiet("grpc._server"):
            here, path = Path.cwd(), list(sys.path)
            os.chdir(self.entry.parent)
            sys.path.insert(0, str(self.entry.parent))
            self.forget()
            try:
                yield
            finally:
                self._see_it_end()
                os.chdir(here)
                sys.path[:] = path

    def _see_it_end(self) -> None:
        """Wait for the program's callbacks; end those that the SDK leaves open when it loses the engine."""
        if (loop := self._loop) is None:
            return
        until = time.monotonic() + _ENDS_WITHIN_S
        while loop.is_running() and time.monotonic() < until:
            time.sleep(0.005)
        if loop.is_running() or loop.is_closed():
            return
        if left := asyncio.all_tasks(loop):  # gather of nothing would belong to another loop
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


def _log_to_an_engine_that_may_be_gone() -> None:
    """Let the SDK's clean-up come to its end: it stops half-way when a log line cannot be delivered."""
    import grpc
    from pulumi.runtime.settings import get_engine

    engine: object = get_engine()
    log: object = getattr(engine, "Log", None)
    if not callable(log):
        return

    def send(line: object) -> object:
        with contextlib.suppress(grpc.RpcError):
            return log(line)
        return None

    setattr(engine, "Log", send)  # noqa: B010 - typed as a method of an unknown class


@contextlib.contextmanager
def _quiet(name: str) -> Generator[None]:
    """Keep a logger from writing tracebacks to the terminal: the engine's answer says what went wrong."""
    logger = logging.getLogger(name)
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
