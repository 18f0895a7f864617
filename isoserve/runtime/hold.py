"""Whether an agent still has its folder: a moved or removed one leads no command to it. Ends nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from isoserve.runtime import daemon

_LOOK_EVERY_S = 2.0


class Hold:
    """A folder and the lock in it, which is held as long as its path leads to it."""

    def __init__(self, state_dir: Path, descriptor: int) -> None:
        self.state_dir = state_dir
        self.lost = asyncio.Event()
        """Set when the folder was found gone; it does not come back."""
        self._descriptor = descriptor

    def look(self) -> bool:
        """Whether the folder is still there; costs one system call."""
        if not daemon.leads_to(self.state_dir, self._descriptor):
            self.lost.set()
        return not self.lost.is_set()

    async def wait(self) -> None:
        """Wait until it is lost."""
        while self.look():
            try:
                await asyncio.wait_for(self.lost.wait(), _LOOK_EVERY_S)
            except TimeoutError:
                continue
