"""Starts the engine's process for the Automation API and decides what an interrupt and a death do to it.

What the engine is asked to do is the Automation API's business; what it answers, failures.py's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from isoserve.engine.install import EngineInstall

_DIES_WITH_US = (
    "import ctypes, os, signal, sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGINT)\n"
    "os.getppid() == int(sys.argv[1]) or sys.exit(1)\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)
"""A launcher that asks the kernel for SIGINT when we die (prctl PR_SET_PDEATHSIG), then becomes the engine.

Not by `preexec_fn`: that forks a process with running gRPC threads and can hang.
"""
_KILLS = 3
"""The how-many-th interrupt ends the engine whatever it does."""


class EngineCommand(PulumiCommand):
    """One located engine binary; its version is known, so no session asks for it."""

    def __init__(self, install: EngineInstall) -> None:
        self.command = str(install.path)
        self.version = VersionInfo.parse(install.version)
        self.on_interrupt: Callable[[int], None] | None = None
        """Told how often the user has interrupted the running command: 1 finishes steps, 2 cancels."""
        self.interrupted = 0
        """How often the latest command was interrupted."""
        self.last = CommandResult(stdout="", stderr="", code=0)
        """What the latest command answered, failed or not."""

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> CommandResult:
        """Run the engine to its end. Raises pulumi.automation.CommandError when it fails."""
        env = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        process = subprocess.Popen(  # noqa: S603 - the located engine
            _launch([self.command, "--non-interactive", *args]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=env,
            encoding="utf-8",
            errors="replace",
            process_group=0,  # a terminal's CTRL-C reaches us only; we pass it on, once
        )
        with self._passing_interrupts(process):
            stdout, stderr = _read_both(process, on_output, on_error)
            code = process.wait()
        self.last = CommandResult(stdout=stdout, stderr=stderr, code=code)
        if code != 0:
            raise create_command_error(self.last)
        return self.last

    @contextmanager
    def _passing_interrupts(self, process: subprocess.Popen[str]) -> Generator[None]:
        """SIGINT and SIGTERM go on to the engine: one lets running steps finish, a second cancels them."""
        self.interrupted = 0
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def pass_on(_signal: int, _frame: FrameType | None) -> None:
            self.interrupted += 1
            if process.poll() is None:
                process.send_signal(signal.SIGINT if self.interrupted < _KILLS else signal.SIGKILL)
            if self.on_interrupt is not None:
                self.on_interrupt(self.interrupted)

        before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _launch(command: Sequence[str]) -> list[str]:
    if not sys.platform.startswith("linux"):
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _DIES_WITH_US, str(os.getpid()), *command]


def _read_both(
    process: subprocess.Popen[str],
    on_output: Callable[[str], object] | None,
    on_error: Callable[[str], object] | None,
) -> tuple[str, str]:
    streams = [(process.stdout, on_output), (process.stderr, on_error)]
    collected: list[list[str]] = [[], []]
    threads = [
        threading.Thread(target=_read, args=(stream, callback, into), daemon=True)
        for (stream, callback), into in zip(streams, collected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return "\n".join(collected[0]), "\n".join(collected[1])


def _read(stream: IO[str], callback: Callable[[str], object] | None, into: list[str]) -> None:
    with stream:
        for line in stream:
            stripped = line.rstrip()
            into.append(stripped)
            if callback is not None:
                callback(stripped)
