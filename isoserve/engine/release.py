"""Gets the official engine release: download, checksum, unpack. Where it is kept is cache.py's business."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from typing import IO

from isoserve.engine.cache import Cache, NotObtainedError
from isoserve.engine.version import ENGINE_VERSION

_ORIGIN = "https://get.pulumi.com/releases/sdk"
_SYSTEMS = {"linux": "linux", "darwin": "darwin"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_WAIT_S = 5.0
"""For a connection, and for each further piece of an answer: an offline machine goes on at once."""
_MOST_BYTES = 600 * 2**20
_MOST_CHECKSUM_BYTES = 2**20
_PIECE_BYTES = 2**20
_EVERY_S = 5.0


def download_release(cache: Cache, report: Callable[[str], None]) -> None:
    """Fill the cache with the official release. Raises NotObtainedError; then the cache is as it was."""
    archive = _archive_name()
    origin = os.environ.get("ISOSERVE_ENGINE_URL", _ORIGIN).rstrip("/")
    with tempfile.TemporaryFile() as stream:
        try:
            wanted = _checksum(f"{origin}/pulumi-{ENGINE_VERSION}-checksums.txt", archive)
            report(f"downloading the Pulumi engine {ENGINE_VERSION} from {origin}")
            got = _download(f"{origin}/{archive}", stream, report)
        except (OSError, ValueError, HTTPException) as error:  # URLError and time-outs are OSErrors
            raise NotObtainedError(f"{origin}: {_reason(error)}") from error
        if got != wanted:
            raise NotObtainedError(f"{archive}: sha256 is {got}, the publisher states {wanted}; not used")
        stream.seek(0)
        with cache.filling() as folder:
            _unpack(stream, folder)


def _archive_name() -> str:
    system, machine = _SYSTEMS.get(sys.platform), _MACHINES.get(platform.machine().lower())
    if system is None or machine is None:
        raise NotObtainedError(f"there is none for {sys.platform} on {platform.machine()}")
    return f"pulumi-v{ENGINE_VERSION}-{system}-{machine}.tar.gz"


def _checksum(url: str, archive: str) -> str:
    with _open(url) as answer:
        lines = answer.read(_MOST_CHECKSUM_BYTES).decode("ascii", "replace").splitlines()
    for line in lines:
        digest, _, name = line.partition(" ")
        if name.strip().lstrip("*") == archive:
            return digest.lower()
    raise NotObtainedError(f"{url} states no checksum for {archive}")


def _download(url: str, into: IO[bytes], report: Callable[[str], None]) -> str:
    digest, size, next_report = hashlib.sha256(), 0, time.monotonic() + _EVERY_S
    with _open(url) as answer:
        stated = answer.length or 0
        while piece := answer.read(_PIECE_BYTES):
            size += len(piece)
            if size > _MOST_BYTES:
                raise NotObtainedError(f"{url} is larger than {_MOST_BYTES >> 20} MiB; not used")
            digest.update(piece)
            into.write(piece)
            if time.monotonic() > next_report:
                report(f"downloading the Pulumi engine: {size >> 20} of {stated >> 20} MiB")
                next_report = time.monotonic() + _EVERY_S
    if stated and size < stated:
        raise NotObtainedError(f"{url} broke off after {size} of {stated} bytes")
    return digest.hexdigest()


def _open(url: str) -> HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": "isoserve"})  # noqa: S310 - https, or the user's
    answer: HTTPResponse = urllib.request.urlopen(request, timeout=_WAIT_S)  # noqa: S310 - honours *_proxy
    return answer


def _unpack(stream: IO[bytes], folder: Path) -> None:
    """Take the engine and what runs Python programs; the other languages' hosts are 300 MB of no use here."""
    try:
        with tarfile.open(fileobj=stream, mode="r:gz") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                if member.isfile() and (name == "pulumi" or "python" in name):
                    source = archive.extractfile(member)
                    if source is not None:
                        with source, (folder / name).open("wb") as target:
                            shutil.copyfileobj(source, target)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NotObtainedError(f"the archive cannot be unpacked: {error}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"answers {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return f"cannot be reached ({error.reason})"
    return str(error) or type(error).__name__
