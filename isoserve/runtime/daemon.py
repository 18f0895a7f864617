"""Detaches the agent from whoever started it, and keeps it the only one of its folder. Serves nothing."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path

from isoserve.errors import AgentError
from isoserve.runtime.client import AgentAddress

LOCK = "agent.lock"
_OTHER_WITHIN_S = 30.0
_MAX_DESCRIPTOR = 65_536


def start_detached(state_dir: Path) -> int | None:
    """Fork twice. In the agent: the descriptor on which to tell that it answers. In the starter: None,
    once the agent answers. Raises AgentError, in the starter, with what the agent said instead.
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    hears, tells = os.pipe()
    first = os.fork()
    if first != 0:
        os.close(tells)
        os.waitpid(first, 0)
        with os.fdopen(hears, "rb") as pipe:
            said = pipe.read().decode("utf-8", "replace")
        if said != "ready":
            raise AgentError(said or "it died at once; read agent.log", at=str(state_dir))
        return None
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    os.close(hears)
    os.umask(0o077)
    _let_go(keep=tells)
    return tells


def tell(descriptor: int, said: str) -> None:
    """Tell the starter, once, and let it go."""
    try:
        os.write(descriptor, said.encode())
    except OSError:  # the starter is gone; the agent is wanted all the same
        pass
    finally:
        os.close(descriptor)


def lock(state_dir: Path) -> int | None:
    """Become the only agent of the folder; the descriptor that holds the lock.

    None: another agent has it and answers. Raises AgentError: another has it and does not answer.
    """
    until = time.monotonic() + _OTHER_WITHIN_S
    while time.monotonic() < until:
        if (descriptor := _try_lock(state_dir)) is not None:
            return descriptor
        address = AgentAddress.read(state_dir)
        if address is not None and address.answers(within_s=1.0):
            return None
        time.sleep(0.02)
    what = f"another agent holds {LOCK} and has not answered for {_OTHER_WITHIN_S:g} s"
    raise AgentError(what, at=str(state_dir), fix="end it, then run the command again")


def _try_lock(state_dir: Path) -> int | None:
    path = state_dir / LOCK
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:  # an agent that ends removes the folder at this moment
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def leads_to(state_dir: Path, descriptor: int) -> bool:
    """Whether the folder's path still leads to the lock that `descriptor` holds."""
    try:
        there = (state_dir / LOCK).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # a disk that does not answer is no folder that has gone
        return True
    return os.path.samestat(there, os.fstat(descriptor))


def use_log(path: Path) -> None:
    """Output goes to the log from here on; only for whoever holds the lock."""
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for target in (1, 2):
        os.dup2(output, target)
    os.close(output)


def _let_go(*, keep: int) -> None:
    """Nothing of the starter's stays open: a pipe would let whoever waits for its end wait for ever."""
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(nowhere, target)
    os.closerange(3, keep)
    os.closerange(keep + 1, _MAX_DESCRIPTOR)
