"""Finds a usable Pulumi engine, or gets one: PATH, cache, official release, build.

What is done with it is session.py's business.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from isoserve.engine.build import build_from_source
from isoserve.engine.cache import Cache, NotObtainedError
from isoserve.engine.release import download_release
from isoserve.engine.version import ENGINE_VERSION, NotAnEngineError, new_enough, remembered_version
from isoserve.errors import EngineError

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInstall:
    """A Pulumi engine that is there and new enough."""

    path: Path
    """The `pulumi` binary, absolute."""
    version: str
    """Without the leading v."""
    how: str
    """Where it comes from, in words: `ISOSERVE_ENGINE`, `PATH`, `cache`, `release`, `build`."""


def locate_engine(*, report: Report | None = None) -> EngineInstall:
    """Return an engine, getting one where none is there; a second call finds what the first one got.

    `report` hears progress, one line at a time. Raises EngineError naming every way tried and the fix.
    """
    cache, tried = Cache.of_this_user(), list[str]()
    if (found := _present(cache, tried)) is not None:
        return found
    try:
        return _get(cache, tried, report or _to_nowhere)
    except NotObtainedError as error:
        tried.append(str(error))
    raise EngineError(_nothing_worked(tried), fix=_fix(cache))


def present_engine() -> tuple[EngineInstall | None, Sequence[str]]:
    """Return the engine that `locate_engine` would find without getting one, and what it passed over.

    Raises EngineError when ISOSERVE_ENGINE names one that cannot be used: then no other is looked at.
    """
    tried = list[str]()
    return _present(Cache.of_this_user(), tried), tried


def _present(cache: Cache, tried: list[str]) -> EngineInstall | None:
    ways = (_from_variable, _from_path, _from_cache)
    return next((found for find in ways if (found := find(cache, tried)) is not None), None)


def _get(cache: Cache, tried: list[str], say: Report) -> EngineInstall:
    """Fill the cache by the first way that works. Raises NotObtainedError when it cannot be written."""
    with cache.exclusively(say):
        if (found := _from_cache(cache, [])) is not None:  # another process got it while we waited
            return found
        for how, get in (("release", download_release), ("build", build_from_source)):
            try:
                get(cache, say)
                return _accepted(cache.binary, cache, how)
            except (NotObtainedError, NotAnEngineError) as error:
                tried.append(f"{_WAYS[how]}: {error}")
                cache.discard()
    raise EngineError(_nothing_worked(tried), fix=_fix(cache))


_WAYS = {"release": f"official release {ENGINE_VERSION}", "build": f"build of {ENGINE_VERSION} by Go"}


def _from_variable(cache: Cache, tried: list[str]) -> EngineInstall | None:
    stated = os.environ.get("ISOSERVE_ENGINE")
    if not stated:
        tried.append("ISOSERVE_ENGINE: not set")
        return None
    try:
        return _accepted(Path(stated).expanduser().absolute(), cache, "ISOSERVE_ENGINE")
    except NotAnEngineError as error:
        fix = "set ISOSERVE_ENGINE to a working `pulumi`, or unset it to let isoserve find one"
        raise EngineError(f"ISOSERVE_ENGINE={stated}: {error}", fix=fix) from error


def _from_path(cache: Cache, tried: list[str]) -> EngineInstall | None:
    found = shutil.which("pulumi")
    if found is None:
        tried.append("`pulumi` on PATH: none")
        return None
    try:
        return _accepted(Path(found).absolute(), cache, "PATH")
    except NotAnEngineError as error:
        tried.append(f"`pulumi` on PATH, {found}: {error}")
        return None


def _from_cache(cache: Cache, tried: list[str]) -> EngineInstall | None:
    if not cache.binary.exists():
        tried.append(f"cache {cache.binary}: not there yet")
        return None
    try:
        return _accepted(cache.binary, cache, "cache")
    except NotAnEngineError as error:
        tried.append(f"cache {cache.binary}: {error}")
        return None


def _accepted(binary: Path, cache: Cache, how: str) -> EngineInstall:
    version = remembered_version(binary, cache.notes)
    if not new_enough(version):
        raise NotAnEngineError(f"is version {version}; isoserve needs {ENGINE_VERSION} or a newer 3.x")
    return EngineInstall(path=binary, version=version, how=how)


def _nothing_worked(tried: Sequence[str]) -> str:
    return "no usable Pulumi engine; tried, in this order:\n" + "\n".join(f"  - {way}" for way in tried)


def _fix(cache: Cache) -> str:
    return (
        "any one of these, then run the command again\n"
        "       curl -fsSL https://get.pulumi.com | sh   # the official engine; put ~/.pulumi/bin on PATH\n"
        "       install Go 1.25 or newer from https://go.dev/dl  # isoserve then builds the engine, once\n"
        f"       copy a `pulumi` {ENGINE_VERSION} from another {sys.platform} machine to {cache.binary}"
    )


def _to_nowhere(_line: str) -> None:
    return
