"""Refuses what a target cannot do, all of it at once and before anything is created. Knows no target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isoserve.adapters.base.demands import BASIC, Demand, demands
from isoserve.adapters.base.naming import Scope, collisions
from isoserve.adapters.base.registry import get_profile, profiles, targets
from isoserve.adapters.base.support import Capability, Level
from isoserve.errors import Fault, SpecError, UnsupportedError

if TYPE_CHECKING:
    from isoserve.adapters.base.profile import Profile
    from isoserve.spec import Origin, ServingSpec

_PATH = (Capability.ARTIFACT_PATH, "put the files into the project and write their path")
_COMMAND = (Capability.CUSTOM_SERVER, "start it by its own command: `kind: custom`")
_INSTEAD: Mapping[Capability, tuple[Capability, str]] = {
    Capability.ARTIFACT_STORE: _PATH,
    Capability.ARTIFACT_HUB: _PATH,
    Capability.ARTIFACT_REGISTRY: _PATH,
    Capability.MLSERVER: _COMMAND,
    Capability.LLM_SERVER: _COMMAND,
    Capability.OTHER_SERVER: _COMMAND,
}
"""What a spec cannot leave out → what to ask instead, and the words for it."""

CLASS_LAYER = "class"
"""The layer of what nobody wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where each value of a spec was written; empty for a spec that no file states."""

    origins: Mapping[str, Origin]

    def written(self, path: str) -> bool:
        """Tell whether somebody wrote this path or something below it."""
        return not self.origins or any(origin.layer != CLASS_LAYER for origin in self._below(path))

    def place(self, path: str) -> str:
        """Return `file:line path` of the value, or of the nearest one above it, as far as known."""
        near, found = path, self._below(path)
        while near and not found:
            near = near.rpartition(".")[0]
            found = self._below(near)
        shown = next((origin for origin in found if origin.layer != CLASS_LAYER), None)
        return f"{shown.file}:{shown.line} {path}" if shown else path

    def _below(self, path: str) -> Sequence[Origin]:
        inside = (f"{path}.", f"{path}[")
        return [origin for at, origin in self.origins.items() if at == path or at.startswith(inside)]


def places(spec: ServingSpec) -> Places:
    """Read where the spec was written. A spec that was built without files has no places."""
    from isoserve.spec import load_origins

    if not (spec.root / "stacks" / f"Pulumi.{spec.stack}.yaml").is_file():
        return Places(origins={})
    return Places(origins=load_origins(spec.root, spec.stack))


def profile_of(spec: ServingSpec) -> Profile:
    """Return the profile of the spec's target.

    Raises SpecError where no target has that name, TargetError where one has and cannot be used.
    """
    from isoserve.spec.files import did_you_mean, listed

    name, known = spec.environment.target, [*targets()]
    if name in known:
        return get_profile(name)
    raise SpecError(
        f"no target is named {name!r}; {listed(known)}",
        at=places(spec).place("environment.target"),
        fix=did_you_mean(name, known) or f"use one of {', '.join(known)}",
    )


def refusals(spec: ServingSpec, profile: Profile, *, where: Places, scope: Scope) -> Sequence[Fault]:
    """List everything that the target refuses: the table, its own checks, and names."""
    refused = [
        _refusal(demand, profile)
        for demand in demands(spec, where.written)
        if not profile.support[demand.capability]
    ]
    found = [*refused, *profile.check(spec), *_names(spec, profile, scope)]
    return [replace(fault, at=where.place(fault.at)) for fault in found]


def refuse_unsupported(
    spec: ServingSpec, profile: Profile, *, organization: str = "organization", project: str = "serving"
) -> None:
    """Raise UnsupportedError with every fault, or return. Reads the stack's files; opens no socket.

    `organization` and `project` enter physical names; the defaults are those of a file backend.
    """
    scope = Scope(organization=organization, project=project, stack=spec.stack)
    if faults := refusals(spec, profile, where=places(spec), scope=scope):
        raise UnsupportedError.of(faults)


def _refusal(demand: Demand, profile: Profile) -> Fault:
    support = profile.support[demand.capability]
    cannot = "cannot" if support.level is Level.NEVER else "does not yet"
    why = f"{support.note} ({support.source})"
    return Fault(
        what=f"target {profile.target!r} {cannot} {demand.capability.value}: {why}",
        at=demand.at,
        fix=_way_out(demand.capability, profile),
    )


def _way_out(capability: Capability, profile: Profile) -> str:
    able = [
        other.target for other in profiles() if other.target != profile.target and other.support[capability]
    ]
    elsewhere = f"use a target that does: {', '.join(able)}" if able else ""
    if capability in BASIC:
        return elsewhere or "no target does yet"
    if capability in _INSTEAD:
        other, words = _INSTEAD[capability]
        if profile.support[other]:
            return f"{words}{', or ' if able else ''}{elsewhere}"
        return elsewhere or "no target does yet"
    return f"remove it (null in serving:overrides){', or ' if able else ''}{elsewhere}"


def _names(spec: ServingSpec, profile: Profile, scope: Scope) -> Sequence[Fault]:
    alphabet = profile.alphabets["endpoint"]
    faults = collisions(spec.endpoints, scope=scope, kind="endpoint", alphabet=alphabet)
    for name, endpoint in spec.endpoints.items():
        stated = endpoint.name_on_target
        if stated is not None and not alphabet.accepts(stated):
            faults.append(
                Fault(
                    what=f"{stated!r} is no name of an endpoint on {profile.target!r}",
                    at=f"endpoints.{name}.name_on_target",
                    fix=f"{alphabet.min_length} to {alphabet.max_length} characters, {alphabet.pattern}",
                )
            )
    return faults
