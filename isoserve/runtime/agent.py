"""The agent's process: `python -m isoserve.runtime.agent --state DIR`. Decides nothing about endpoints."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from isoserve.errors import AgentError
from isoserve.runtime import daemon
from isoserve.runtime.hold import Hold
from isoserve.runtime.logs import bound, log

if TYPE_CHECKING:
    from isoserve.runtime.api import Api
    from isoserve.runtime.supervisor import Supervisor

_BOUND_EVERY_S = 5.0
_LEAVE_WITHIN_S = 20.0
_DESCRIPTORS = 65_536
_IDLE_S = 60.0
"""An agent without endpoints ends when nobody has called for this long."""
_OWN_FILES = ("agent.json", "agent.log", "agent.log.1", "state.json", "access.log", "access.log.1")
_GATEWAY_FILES = ("gateway.log", "gateway.log.1", "admin.sock")


def main() -> int:
    """Start the agent of a folder; returns when it answers."""
    parser = argparse.ArgumentParser(prog="python -m isoserve.runtime.agent", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder of the agent's state")
    state_dir = Path(os.path.abspath(parser.parse_args().state))  # noqa: PTH100 - a link stays what it is
    try:
        tells = daemon.start_detached(state_dir)
    except (AgentError, OSError) as exc:
        sys.stderr.write(f"{exc}\n")
        return AgentError.exit_code
    if tells is not None:
        _be_agent(state_dir, tells)
    return 0


def _be_agent(state_dir: Path, tells: int) -> None:
    try:
        held = daemon.lock(state_dir)
        if held is None:
            daemon.tell(tells, "ready")
            return
        state_dir.chmod(0o700)
        os.chdir(state_dir)
        daemon.use_log(state_dir / "agent.log")
        _raise_limit()
        asyncio.run(_serve(state_dir, tells, Hold(state_dir, held)))
    except (AgentError, OSError) as exc:
        log("agent.refused", "error", cause=str(exc))
        daemon.tell(tells, str(exc))


async def _serve(state_dir: Path, tells: int, hold: Hold) -> None:
    from importlib.metadata import version

    from aiohttp import web

    from isoserve.runtime.api import Api
    from isoserve.runtime.messages import AgentStatus
    from isoserve.runtime.state import Store, write_durably
    from isoserve.runtime.supervisor import Supervisor

    _log_as_json()
    supervisor = Supervisor(state_dir, Store(Path(), shown=state_dir))
    listener = _listen()
    port = listener.getsockname()[1]
    token, started = secrets.token_urlsafe(32), time.time()
    about = AgentStatus(
        pid=os.getpid(),
        started=started,
        version=version("isoserve"),
        state_dir=str(state_dir),
        gateway_pid=None,
        gateway_restarts=0,
        metrics_url=f"http://127.0.0.1:{port}/metrics",
    )
    api = Api(supervisor, token=token, about=about, hold=hold)
    runner = web.AppRunner(api.application(), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener, shutdown_timeout=2.0).start()
    restoring = asyncio.create_task(_restore(supervisor))
    leaving = asyncio.create_task(_leave_when_lost(supervisor, hold))
    address = {"pid": about.pid, "started": started, "port": port, "token": token}
    try:
        write_durably(state_dir / "agent.json", json.dumps(address))
    except OSError as exc:
        raise AgentError(f"agent.json cannot be written: {exc}", at=str(state_dir)) from exc
    log("agent.started", pid=about.pid, port=port, version=about.version)
    daemon.tell(tells, "ready")
    await _until_over(state_dir, supervisor, api)
    restoring.cancel()
    if not hold.look():
        await leaving
    leaving.cancel()
    await runner.cleanup()
    if supervisor.endpoints:
        supervisor.forget()
        log("agent.stopped", pid=about.pid)
        (state_dir / "agent.json").unlink(missing_ok=True)
    else:
        _remove(state_dir)
    # replicas and gateway are nobody's children from here on; asyncio must not wait for them
    os._exit(0)


def _raise_limit() -> None:
    """A gateway with the usual 1024 descriptors would refuse its 500th caller."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _restore(supervisor: Supervisor) -> None:
    try:
        await supervisor.restore()
    except AgentError as exc:
        log("restore.failed", "error", cause=str(exc))


async def _leave_when_lost(supervisor: Supervisor, hold: Hold) -> None:
    """End with everything when the folder has gone: no command finds this agent any more.

    A folder that was moved keeps its state: the next command at its new place starts all of it again.
    """
    await hold.wait()
    log("agent.lost", "error", cause=f"{hold.state_dir} was moved or removed", pid=os.getpid())
    try:
        await asyncio.wait_for(supervisor.end(), _LEAVE_WITHIN_S)
    except TimeoutError:
        log("agent.lost", "error", cause=f"not all processes ended within {_LEAVE_WITHIN_S:g} s")
    finally:
        os._exit(0)


async def _until_over(state_dir: Path, supervisor: Supervisor, api: Api) -> None:
    """Wait for the end: SIGTERM, the last endpoint deleted, or nothing to do for a while."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    waits = {asyncio.create_task(over.wait()), asyncio.create_task(supervisor.emptied.wait())}
    idle_since, calls = time.monotonic(), 0
    while not over.is_set():
        await asyncio.wait(waits, timeout=_BOUND_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
        if supervisor.emptied.is_set():
            while api.under_way:  # noqa: ASYNC110 - whoever deleted it is being answered
                await asyncio.sleep(0.002)
            if not supervisor.endpoints:
                return
            supervisor.emptied.clear()
            waits = {one for one in waits if not one.done()} | {
                asyncio.create_task(supervisor.emptied.wait())
            }
        if supervisor.endpoints or api.under_way or api.calls != calls:
            idle_since, calls = time.monotonic(), api.calls
        elif time.monotonic() - idle_since > _IDLE_S:
            return
        await supervisor.tend()
        await asyncio.to_thread(_bound_logs, state_dir)


def _bound_logs(state_dir: Path) -> None:
    for path in (state_dir / "agent.log", state_dir / "gateway.log", state_dir / "access.log"):
        bound(path)
    for path in (state_dir / "endpoints").glob("*/*/*/replica.log"):
        bound(path)


def _listen() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


def _remove(state_dir: Path) -> None:
    """Leave nothing: the lock last, for whoever waits for it looks again after it is gone."""
    for name in (*_OWN_FILES, *_GATEWAY_FILES):
        (state_dir / name).unlink(missing_ok=True)
    for folder in (state_dir / "gateway", state_dir / "endpoints"):
        _remove_empty(folder)
    (state_dir / daemon.LOCK).unlink(missing_ok=True)
    os.chdir("/")
    if _remove_empty(state_dir) and state_dir.parent.name == ".isoserve":
        _remove_empty(state_dir.parent)


def _remove_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # holds something that is not ours, or is gone
        return False
    return True


class _JsonHandler(logging.Handler):
    """What libraries log becomes lines of the same log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        log("library", record.levelname.lower(), logger=record.name, said=record.getMessage(), trace=trace)


def _log_as_json() -> None:
    logging.basicConfig(level=logging.WARNING, handlers=[_JsonHandler()], force=True)


if __name__ == "__main__":
    sys.exit(main())
