"""Which Pulumi engine is there already. Gets none: that is for isoserve.engine, at the first `up`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What was found, and what was passed over and why."""

    path: Path | None
    version: str
    """Empty where none was found."""
    tried: Sequence[str]
    stated: bool
    """Whether the user named one by ISOSERVE_ENGINE; then no other is looked at."""


def look_up_engine() -> Lookup:
    """Look where `isoserve.engine.locate_engine` looks, in the same order, as far as that costs nothing."""
    from isoserve.engine.cache import Cache
    from isoserve.engine.version import ENGINE_VERSION, NotAnEngineError, new_enough, remembered_version

    cache = Cache.of_this_user()
    stated = os.environ.get("ISOSERVE_ENGINE")
    places = [stated] if stated else [shutil.which("pulumi"), str(cache.binary)]
    tried: list[str] = []
    for place in places:
        if place is None or (not stated and not Path(place).exists()):
            continue
        try:
            version = remembered_version(Path(place), cache.notes)
        except NotAnEngineError as exc:
            tried.append(f"{place}: {exc}")
            continue
        if new_enough(version):
            return Lookup(path=Path(place), version=version, tried=tried, stated=bool(stated))
        tried.append(f"{place}: version {version} is older than {ENGINE_VERSION}")
    return Lookup(path=None, version="", tried=tried, stated=bool(stated))
