"""Writing files so that nobody ever sees half of one. Knows nothing of Pulumi."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path


def write_atomically(path: Path, text: str, *, mode: int) -> None:
    """Replace `path` with `text`, on disk before it is seen; the file has `mode` from its first byte on."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    except OSError as error:
        error.filename = str(path)  # a write that fails, as on a full disk, names no file
        raise
    finally:
        scratch.unlink(missing_ok=True)


def create_once(path: Path, text: str, *, mode: int) -> str:
    """Write `text` to `path` unless the file is there already; return what the file holds.

    Of two processes that do this at once both get the same text: the link is made by one of them only.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    write_atomically(scratch, text, mode=mode)
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        scratch.unlink(missing_ok=True)
    return path.read_text()


@contextmanager
def locked(path: Path, *, on_wait: Callable[[], None]) -> Generator[None]:
    """Hold the file's lock, which ends with the process however that ends; `on_wait` comes before waiting."""
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
