"""The folder that keeps one engine per user and version, filled by whole-folder renames only.

How an engine is got is release.py's and build.py's business.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from isoserve.engine.files import locked
from isoserve.engine.version import ENGINE_VERSION

_MODE = 0o755


class NotObtainedError(Exception):
    """One way of getting an engine failed; the text says why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """`<root>/<version>/bin/pulumi`; what is there is whole, for it got there by a rename."""

    root: Path

    @classmethod
    def of_this_user(cls) -> Cache:
        """`ISOSERVE_ENGINE_CACHE`, else `isoserve/engine` in the user's cache folder."""
        if stated := os.environ.get("ISOSERVE_ENGINE_CACHE"):
            return cls(root=Path(stated).expanduser().absolute())
        base = os.environ.get("XDG_CACHE_HOME")
        return cls(root=(Path(base) if base else Path.home() / ".cache") / "isoserve" / "engine")

    @property
    def home(self) -> Path:
        """The folder of the one version that isoserve gets by itself."""
        return self.root / ENGINE_VERSION

    @property
    def binary(self) -> Path:
        """Where the engine is, once there is one."""
        return self.home / "bin" / "pulumi"

    @property
    def notes(self) -> Path:
        """What is known of engines that were already asked for their version."""
        return self.root / "versions.json"

    @contextmanager
    def exclusively(self, report: Callable[[str], None]) -> Generator[None]:
        """One process at a time gets an engine. Raises NotObtainedError when the folder cannot be made."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._lock, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError as error:
            raise NotObtainedError(f"{self.root} cannot be written ({error.strerror})") from error
        with locked(self._lock, on_wait=lambda: report(_WAITING)):
            yield

    @property
    def _lock(self) -> Path:
        return self.root / f"{ENGINE_VERSION}.lock"

    @contextmanager
    def filling(self) -> Generator[Path]:
        """Yield an empty `bin` folder; if it ends up with a `pulumi` it becomes this version's, at once.

        For one process at a time, see `exclusively`: what a killed one left half-done is taken away.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        for left in self.root.glob(f".{ENGINE_VERSION}.*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f".{ENGINE_VERSION}.", dir=self.root) as scratch:
            folder = Path(scratch) / "bin"
            folder.mkdir()
            yield folder
            if not (folder / "pulumi").is_file():
                raise NotObtainedError("it holds no `pulumi`")
            for binary in folder.iterdir():
                binary.chmod(_MODE)
                _to_disk(binary)
            self.discard()
            self.home.mkdir()
            folder.rename(self.home / "bin")

    def discard(self) -> None:
        """Take this version away, whatever state it is in."""
        shutil.rmtree(self.home, ignore_errors=True)


_WAITING = "another process is getting the Pulumi engine; waiting for it"


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
