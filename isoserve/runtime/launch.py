"""Starts the agent of a state folder as a process of its own and waits for it. Does not supervise it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from isoserve.errors import AgentError
from isoserve.runtime.client import AgentAddress

_KEPT = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")
"""Variables the agent starts with: credentials of the caller must not live on in a daemon."""
_START_WITHIN_S = 60.0


def start_agent(state_dir: Path, *, python: str = sys.executable) -> AgentAddress:
    """Start the agent, or wait for the one that somebody else is starting. Raises AgentError."""
    command = [python, "-m", "isoserve.runtime.agent", "--state", str(state_dir)]
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=env,
            text=True,
            check=False,
            timeout=_START_WITHIN_S,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise AgentError(f"the local agent did not start: {exc}", at=str(state_dir)) from exc
    address = AgentAddress.read(state_dir)
    if done.returncode == 0 and address is not None:
        return address
    what = done.stderr.strip() or f"`{' '.join(command)}` ended with {done.returncode}"
    raise AgentError(f"the local agent did not start: {what}", at=str(state_dir))
