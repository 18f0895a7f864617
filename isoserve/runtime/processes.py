"""Starts, recognises, watches and ends processes that outlive the agent. Knows no replica, no gateway."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from isoserve.errors import AgentError

_SAME_S = 0.05
_CLOCK_SLACK_S = 3600.0
"""Linux derives a create time from the boot time, which moves when the clock is set: then the mark counts."""
_POLL_S = 0.5
MARK = "ISOSERVE_STATE"
"""Variable that marks every process of one state folder, so that an unrecorded one is still found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """A process beyond doubt: a pid alone is used again by the system."""

    pid: int
    created: float
    """Seconds since the epoch."""


def identify(pid: int) -> ProcessId | None:
    """The process that has `pid` now, None where none has (a zombie is none)."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return ProcessId(pid=pid, created=process.create_time())
    except psutil.Error:
        return None


def runs(process: ProcessId) -> bool:
    """Whether this very process still runs."""
    now = identify(process.pid)
    if now is None:
        return False
    apart_s = abs(now.created - process.created)
    return apart_s < _SAME_S or (apart_s < _CLOCK_SLACK_S and _mark(process.pid) is not None)


class Watched:
    """One process, our child or one that an earlier agent started; always the leader of its session."""

    def __init__(self, identity: ProcessId, child: subprocess.Popen[bytes] | None) -> None:
        self.identity = identity
        self._child = child
        self._ended = asyncio.Event()
        self._watch = asyncio.create_task(self._wait(), name=f"watch {identity.pid}")
        self.how = "ended"
        """How it ended, in words."""

    @classmethod
    def start(cls, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> Watched:
        """Start a program in a session of its own. Raises AgentError."""
        try:
            with log.open("ab") as output:
                child = subprocess.Popen(  # noqa: S603 - a command the user declared, no shell
                    list(command),
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except (OSError, ValueError) as exc:
            raise AgentError(f"{command[0]} cannot be started: {exc}", at="server.command") from exc
        try:
            created = psutil.Process(child.pid).create_time()
        except psutil.Error:  # gone already; the watch will say how
            created = 0.0
        return cls(ProcessId(pid=child.pid, created=created), child)

    @classmethod
    def adopt(cls, identity: ProcessId | None) -> Watched | None:
        """Take over a recorded process that still runs."""
        return cls(identity, None) if identity is not None and runs(identity) else None

    async def ended(self) -> str:
        """Wait for its end; returns how it ended."""
        await self._ended.wait()
        return self.how

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._ended.is_set()

    async def terminate(self, *, grace_s: float) -> None:
        """SIGTERM to its whole group, SIGKILL after `grace_s`; returns when it is gone."""
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._ended.wait(), grace_s)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._ended.wait()

    def kill(self) -> None:
        """SIGKILL to its whole group."""
        self._signal(signal.SIGKILL)

    def forget(self) -> None:
        """Stop watching; the process runs on."""
        self._watch.cancel()

    async def _wait(self) -> None:
        await _gone(self.identity)
        if self._child is None:
            _kill_session(self.identity.pid)
        else:
            _signal_group(self.identity.pid, signal.SIGKILL)  # not reaped yet: the pid is still its own
            code = self._child.wait()
            self.how = f"exit status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        self._ended.set()

    def _signal(self, number: signal.Signals) -> None:
        if not self._ended.is_set() and (self._child is not None or runs(self.identity)):
            _signal_group(self.identity.pid, number)


def marked(state_dir: Path) -> Sequence[ProcessId]:
    """Every process of this user that carries the mark of `state_dir`, session leaders only."""
    found: list[ProcessId] = []
    for process in psutil.process_iter():
        try:
            if _mark(process.pid) == str(state_dir) and os.getsid(process.pid) == process.pid:
                found.append(ProcessId(pid=process.pid, created=process.create_time()))
        except (psutil.Error, OSError):
            continue
    return found


def _mark(pid: int) -> str | None:
    try:
        return psutil.Process(pid).environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def port_holder(port: int) -> str:
    """Who listens on 127.0.0.1:`port`, in words; empty where it cannot be known."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                if connection.pid is None:
                    return "a process of another user"
                return f"pid {connection.pid} ({psutil.Process(connection.pid).name()})"
    except (psutil.Error, OSError):
        return ""
    return ""


async def _gone(identity: ProcessId) -> None:
    """Wait for the end of a process, ours or not; a zombie has ended."""
    try:
        descriptor = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # not Linux, or an old one
        while runs(identity):  # noqa: ASYNC110 - the system offers no event
            await asyncio.sleep(_POLL_S)
        return
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, over.set)
    try:
        if identity.created == 0.0 or runs(identity):
            await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _kill_session(leader: int) -> None:
    """End what an adopted, dead leader left behind: it would hold the port."""
    for pid in psutil.pids():
        try:
            if pid != leader and os.getsid(pid) == leader:
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
