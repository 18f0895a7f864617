"""Decides what a lock on a stack means: refuse and name the holder, or clear away what a dead one left.

Reading locks is locks.py's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from isoserve.engine.events import Notice, OnEvent
from isoserve.engine.locks import Lock, UnreadableLockError, locks_in, locks_named
from isoserve.errors import StackLockedError

_BUSY_ON_PULUMI_CLOUD = "Another update is currently in progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLock:
    """The lock of one stack, wherever its backend keeps it."""

    stack: str
    folder: Path | None
    """Where lock files are, for a backend in files of this machine."""
    cancel: Callable[[], None]
    """Takes every lock of the stack away, in any backend."""

    def check(self, tell: OnEvent) -> None:
        """Before the engine starts: raise StackLockedError for a running holder, clear a dead one's lock."""
        if self.folder is None:
            return
        try:
            locks = locks_in(self.folder)
        except UnreadableLockError as error:
            what = f"stack {self.stack} is locked, and the lock cannot be read: who holds it is unknown"
            fix = f"only if no other run of this stack is going on: rm {error.file}"
            raise StackLockedError(what, at=str(error.file), fix=fix) from error
        if locks:
            self._clear(locks, tell)

    def cleared(self, said: str, tell: OnEvent) -> bool:
        """After the engine refused: True when only dead holders stood in the way and are gone now.

        False when it failed for another reason. Raises StackLockedError.
        """
        if locks := locks_named(said):
            self._clear(locks, tell)
            return True
        if _BUSY_ON_PULUMI_CLOUD in said:
            raise StackLockedError(f"stack {self.stack} is being updated by another run", fix=self._fix(None))
        return False

    def _clear(self, locks: Sequence[Lock], tell: OnEvent) -> None:
        held = [lock for lock in locks if not lock.dead]
        if held:
            raise StackLockedError(
                f"stack {self.stack} is being updated by {held[0]}", at=held[0].file, fix=self._fix(held[0])
            )
        if self.folder is None:
            self.cancel()
        else:
            for lock in locks:
                (self.folder / Path(lock.file).name).unlink(missing_ok=True)
        tell(Notice(text=f"removed the lock of a run that no longer exists ({locks[0]})"))

    def _fix(self, lock: Lock | None) -> str:
        remove = f"pulumi cancel --yes --stack {self.stack}"
        if lock is not None and self.folder is not None:
            remove = f"rm {self.folder / Path(lock.file).name}"
        where = "" if lock is None or lock.here else f" on {lock.host}"
        return f"wait until it has ended; only if it certainly no longer runs{where}: {remove}"
