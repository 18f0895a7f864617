"""Checksums and verified copies of model artifacts, files or folders. Holds no network store."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from isoserve.errors import ServingError

_CHUNK_BYTES = 1 << 20


def tree_sha256(path: Path) -> str:
    """Return the checksum of a file, or of a folder with everything in it, as 64 hex digits.

    A folder's is that of its listing by `sha256sum`, sorted by path, so a shell can
    compute it as well (README).
    Raises ServingError for links, for what is neither file nor folder, and for
    what cannot be read.
    """
    if path.is_file() and not path.is_symlink():
        return _file_sha256(path)
    listing = hashlib.sha256()
    for file in _files(path):
        listing.update(f"{_file_sha256(file)}  {file.relative_to(path).as_posix()}\n".encode())
    return listing.hexdigest()


def copy_verified(source: Path, destination: Path, *, sha256: str) -> None:
    """Copy a file or folder and check what arrived; does nothing when it is there already.

    The destination appears whole or not at all: the copy is made beside it and
    renamed. Raises ServingError when the checksum differs or the disk is full.
    """
    if destination.exists():
        return
    destination.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".copy-", dir=destination.parent))
    try:
        copied = staging / source.name
        if source.is_dir():
            shutil.copytree(source, copied, symlinks=True)
        else:
            shutil.copyfile(source, copied)
        require_sha256(copied, sha256, shown=source)
        copied.rename(destination)
    except (shutil.Error, OSError) as exc:
        raise ServingError(
            f"cannot copy the artifact: {exc}",
            at=str(source),
            fix="free disk space or mend the permissions, then run `up` again",
        ) from exc
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def require_sha256(path: Path, sha256: str, *, shown: Path | None = None) -> None:
    """Raise ServingError unless the artifact's checksum is the stated one."""
    found = tree_sha256(path)
    if found != sha256:
        raise ServingError(
            f"the artifact's checksum is {found}, stated is {sha256}",
            at=str(shown or path),
            fix="restore the artifact, or add it as a new version with its own sha256",
        )


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir() or folder.is_symlink():
        raise ServingError(
            "the artifact is neither a file nor a folder",
            at=str(folder),
            fix="state the path of a file or folder",
        )
    found: list[Path] = []
    for where, folders, files in os.walk(folder, onerror=_unreadable):
        for name in [*folders, *files]:
            entry = Path(where, name)
            if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
                raise ServingError(
                    "the artifact holds a link or a special file",
                    at=str(entry),
                    fix="put the file itself there",
                )
        found.extend(Path(where, name) for name in files)
    if not found:
        raise ServingError(
            "the artifact is an empty folder", at=str(folder), fix="train or download the model first"
        )
    yield from sorted(found, key=lambda file: file.relative_to(folder).as_posix().encode())


def _file_sha256(path: Path) -> str:
    try:
        state = path.stat()
    except OSError as exc:
        raise _unreadable_error(exc) from exc
    return _read_sha256(path, state.st_ino, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=4096)  # one command checks the same artifact before and during `up`
def _read_sha256(path: Path, _inode: int, _size_bytes: int, _mtime_ns: int) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as exc:
        raise _unreadable_error(exc) from exc
    return digest.hexdigest()


def _unreadable(exc: OSError) -> None:
    raise _unreadable_error(exc) from exc


def _unreadable_error(exc: OSError) -> ServingError:
    return ServingError(
        f"the artifact cannot be read: {exc.strerror}",
        at=str(exc.filename),
        fix="mend the path or its permissions",
    )
