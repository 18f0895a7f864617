"""Keeps one process running: watches, probes, restarts with back-off. Does not know what the process is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from isoserve.errors import AgentError
from isoserve.runtime.backoff import Backoff
from isoserve.runtime.logs import log
from isoserve.runtime.processes import ProcessId, Watched

_STARTING_PROBE_S = 0.05
_SLOW_START_S = 10.0
_SLOW_PROBE_S = 0.5
_READY_PROBE_S = 5.0
_UNREADY_PROBE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept, and how."""

    about: dict[str, object]
    """Fields for the log."""
    start: Callable[[], Watched]
    """Starts the process. Raises AgentError."""
    ready: Callable[[], Awaitable[object]]
    """Raises AgentError, in words, while it cannot serve."""
    alive: Callable[[], Awaitable[object]]
    """Raises AgentError while it does not answer at all."""
    changed: Callable[[], None]
    """Called after each change of process or restarts."""
    starting_s: float
    """Longest start, seconds; then a process that does not answer is taken for hung."""
    hung_s: float
    """Longest silence of a process that had been ready, seconds."""
    excused: Callable[[], bool] = lambda: False
    """Whether a failed first start was not the process's own fault."""


class Kept:
    """One process that is kept running. Before it was ready once (`proven`), its end is a verdict."""

    def __init__(self, keeping: Keeping, *, recorded: ProcessId | None, restarts: int, proven: bool) -> None:
        self._keeping = keeping
        self._recorded = recorded
        self.restarts = restarts
        self.state = "starting"
        self.said = "it has not answered yet"
        """The last answer that was not the right one."""
        self._proven = proven
        self._excuses = 1
        self._process: Watched | None = None
        self._stopping = False
        self._ready = asyncio.Event()
        self.looked = asyncio.Event()
        """Set when it was probed once, or did not start: `state` is no guess any more."""
        self._failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name=f"keep {keeping.about}")

    @property
    def identity(self) -> ProcessId | None:
        """The process that runs now."""
        return None if self._process is None else self._process.identity

    async def wait_ready(self) -> str | None:
        """Wait until it is ready (None), or will never be (the cause)."""
        waiting = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({waiting, self._failed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        return self._failed.result() if self._failed.done() else None

    async def stop(self, *, grace_s: float) -> None:
        """End the process for good."""
        self._stopping = True
        self.state = "stopping"
        self._give_up("it was ended before it was ready")
        if self._process is not None:
            await self._process.terminate(grace_s=grace_s)
        self._task.cancel()
        await asyncio.wait({self._task})

    def forget(self) -> None:
        """Stop keeping it; the process runs on."""
        self._stopping = True
        self._task.cancel()
        if self._process is not None:
            self._process.forget()

    async def _run(self) -> None:
        backoff = Backoff()
        while not self._stopping:
            began = time.monotonic()
            cause = await self._live_once()
            self.looked.set()
            self._ready.clear()
            self._process = None
            if self._stopping:
                return
            if not self._proven and not self._excuse():
                self.state = "failed"
                self._give_up(cause)
                return
            delay_s = backoff.after_crash(ran_s=time.monotonic() - began)
            self.state = "restarting"
            self.restarts += 1
            log("process.restart", "warning", **self._keeping.about, cause=cause, delay_s=delay_s)
            self._keeping.changed()
            await asyncio.sleep(delay_s)

    async def _live_once(self) -> str:
        """One life of the process; returns how it ended."""
        self.state = "starting"
        try:
            adopted = Watched.adopt(self._recorded)
            self._recorded = None
            self._process = adopted or self._keeping.start()
        except AgentError as exc:
            return exc.faults[0].what
        event = "process.adopted" if adopted else "process.started"
        log(event, **self._keeping.about, pid=self._process.identity.pid)
        self._keeping.changed()
        return await self._attend(self._process)

    async def _attend(self, process: Watched) -> str:
        ended = asyncio.create_task(process.ended())
        began = answered = time.monotonic()
        try:
            while not ended.done():
                now = time.monotonic()
                if await self._probe():
                    answered = now
                self.looked.set()
                limit_s = self._keeping.hung_s if self.state == "unready" else self._keeping.starting_s
                if now - answered > limit_s:
                    process.kill()
                    await process.ended()
                    return f"it hung: {self.said}"
                await asyncio.wait({ended}, timeout=self._pause(now - began))
        finally:
            ended.cancel()
        return process.how

    async def _probe(self) -> bool:
        """Look at it once; whether it answered at all."""
        try:
            await self._keeping.ready()
        except AgentError as exc:
            self.said = exc.faults[0].what
            if self.state == "ready":
                log("process.unready", "warning", **self._keeping.about, cause=self.said)
                self.state = "unready"
            self._ready.clear()
            return await self._answers()
        if self.state != "ready":
            log("process.ready", **self._keeping.about)
        if not self._stopping:
            self.state = "ready"
        self._proven = True
        self._ready.set()
        return True

    async def _answers(self) -> bool:
        try:
            await self._keeping.alive()
        except AgentError:
            return False
        return True

    def _pause(self, age_s: float) -> float:
        if self.state == "starting":
            return _STARTING_PROBE_S if age_s < _SLOW_START_S else _SLOW_PROBE_S
        return _READY_PROBE_S if self.state == "ready" else _UNREADY_PROBE_S

    def _excuse(self) -> bool:
        self._excuses -= 1
        return self._excuses >= 0 and self._keeping.excused()

    def _give_up(self, cause: str) -> None:
        if not self._failed.done():
            self._failed.set_result(cause)
