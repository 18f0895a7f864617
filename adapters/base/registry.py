"""The targets by name, as strings: nothing of a target is imported before it is chosen.

Holds no target's code. A third party adds a target by the entry-point group `isoserve.adapters`; the entry
point names a `Target`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from isoserve.errors import TargetError

if TYPE_CHECKING:
    from isoserve.adapters.base.adapter import Adapter
    from isoserve.adapters.base.profile import Profile

GROUP = "isoserve.adapters"
AT = "target in the file under stacks/environments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a target's two halves are, and what its adapter needs to be installed."""

    name: str
    profile: str
    """`module:Class`, importable without the extra."""
    adapter: str | None
    """`module:Class`; None while isoserve has no adapter for the target."""
    package: str = "isoserve"
    """The distribution that has the extra."""
    extra: str = ""
    needs: Sequence[str] = ()
    """Import names that the extra brings."""


def _built_in(name: str, *, extra: str, needs: Sequence[str], built: bool = False) -> Target:
    home = f"isoserve.adapters.{name}"
    cls = "".join(part.capitalize() for part in name.split("-"))
    return Target(
        name=name,
        profile=f"{home}.profile:{cls}Profile",
        adapter=f"{home}.adapter:{cls}Adapter" if built else None,
        extra=extra,
        needs=needs,
    )


BUILT_IN: Mapping[str, Target] = {
    target.name: target
    for target in (
        _built_in("local", extra="local", needs=("aiohttp", "psutil", "prometheus_client"), built=True),
        _built_in("sagemaker", extra="aws", needs=("pulumi_aws", "boto3", "sagemaker")),
        _built_in("vertex", extra="gcp", needs=("pulumi_gcp", "google.cloud.aiplatform")),
        _built_in("azureml", extra="azure", needs=("pulumi_azure_native", "azure.ai.ml")),
        _built_in("kubernetes", extra="kubernetes", needs=("pulumi_kubernetes",)),
    )
}


def targets() -> Sequence[str]:
    """List the names of all targets, installed third parties' included, sorted."""
    return sorted({*BUILT_IN, *_third_parties()})


def has_adapter(target: str) -> bool:
    """Tell whether there is an adapter to build, beside the profile. Raises TargetError."""
    return _find(target).adapter is not None


def get_profile(target: str) -> Profile:
    """Import and build one target's profile. Raises TargetError for an unknown or dishonest one."""
    from isoserve.adapters.base.profile import Profile

    entry = _find(target)
    built = _build(entry, entry.profile)
    if not isinstance(built, Profile):
        raise TargetError(f"{entry.profile} is not a profile", at=AT)
    return _honest(built, entry)


def get_adapter(target: str) -> Adapter:
    """Import and build one target's adapter.

    Raises TargetError for an unknown target, one without an adapter, or a missing extra (with the pip
    command). Any other ImportError is a bug in the adapter and propagates.
    """
    from isoserve.adapters.base.adapter import Adapter

    entry = _find(target)
    if entry.adapter is None:
        built = sorted(name for name in targets() if has_adapter(name))
        raise TargetError(
            f"target {target!r} has no adapter yet", at=AT, fix=f"use one of {', '.join(built)}"
        )
    adapter = _build(entry, entry.adapter)
    if not isinstance(adapter, Adapter):
        raise TargetError(f"{entry.adapter} is not an adapter", at=AT)
    _honest(adapter.profile, entry)
    return adapter


def profiles() -> Iterator[Profile]:
    """Build every target's profile, in the order of `targets`."""
    return (get_profile(name) for name in targets())


def _find(target: str) -> Target:
    if (entry := BUILT_IN.get(target)) is not None:
        return entry
    if (point := _third_parties().get(target)) is None:
        raise TargetError(f"no target is named {target!r}", at=AT, fix=f"use one of {', '.join(targets())}")
    loaded: object = point.load()
    if not isinstance(loaded, Target) or loaded.name != target:
        raise TargetError(f"entry point {point.value!r} does not describe the target {target!r}", at=AT)
    return loaded


@cache
def _third_parties() -> Mapping[str, EntryPoint]:
    """Installed entry points by name. A built-in name stays built in, and the attempt is said."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if point.name in BUILT_IN:
            warnings.warn(f"{point.value!r} cannot replace the built-in target {point.name!r}", stacklevel=2)
        else:
            found[point.name] = point
    return found


def _build(entry: Target, path: str) -> object:
    module, _, name = path.partition(":")
    try:
        make: Callable[[], object] = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if not _is_missing_extra(entry, error.name or ""):
            raise
        raise TargetError(
            f"target {entry.name!r} needs the Python package {error.name!r}",
            at=AT,
            fix=f"pip install '{entry.package}[{entry.extra}]'",
        ) from error
    return make()


def _is_missing_extra(entry: Target, missing: str) -> bool:
    """Is it the extra that is missing, or a parent of it (`google` for `google.cloud.aiplatform`)."""
    return any(f"{need}.".startswith(f"{missing}.") or missing.startswith(f"{need}.") for need in entry.needs)


def _honest(profile: Profile, entry: Target) -> Profile:
    if profile.target != entry.name:
        raise TargetError(
            f"{entry.profile} is registered as {entry.name!r} and calls itself {profile.target!r}", at=AT
        )
    return profile
