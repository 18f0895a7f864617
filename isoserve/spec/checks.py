"""Faults between the parts of a stack: names that point nowhere, bounds that do not hold. Types do more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isoserve.errors import Fault
from isoserve.spec.document import Keys
from isoserve.spec.endpoint import EndpointSpec
from isoserve.spec.environment import EnvironmentSpec
from isoserve.spec.files import did_you_mean, listed, short
from isoserve.spec.layers import Layers
from isoserve.spec.merge import is_map
from isoserve.spec.model import ModelSpec
from isoserve.spec.names import collisions, name_problem

Tree = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The parts as merged (untyped: a fault in one hides none in another) and as typed, where valid."""

    layers: Layers
    tree: Tree
    overrides: object
    environment: EnvironmentSpec | None
    models: Mapping[str, ModelSpec]
    endpoints: Mapping[str, EndpointSpec]
    pins: Mapping[str, str]

    def faults(self) -> Iterator[Fault]:
        """Yield every fault between the parts."""
        yield from self._names()
        yield from self._pins()
        yield from self._references()
        yield from self._overrides()
        if self.environment is not None:
            yield from self._environment(self.environment)

    def _fault(self, keys: Keys, what: str, fix: str) -> Fault:
        return Fault(what=what, at=self.layers.at(keys), fix=fix)

    def _names(self) -> Iterator[Fault]:
        groups = {kind: _names(self.tree, kind) for kind in ("models", "endpoints")}
        groups["node_pools"] = _names(self.tree.get("environment"), "node_pools")
        groups["labels"] = [key for key, _ in _items(self.tree.get("service"), "labels")]
        for kind, names in groups.items():
            for group in collisions(names):
                keys = (*_PLACES.get(kind, (kind,)), group[-1])
                what = f"{kind} {' and '.join(map(repr, group))} become the same name on a target"
                yield self._fault(keys, what, "rename one of them")

    def _pins(self) -> Iterator[Fault]:
        models = dict(_maps(self.tree, "models"))
        for model, version in self.pins.items():
            if model not in models:
                fix = did_you_mean(model, [*models]) or "remove the pin"
                yield self._fault(("pins", model), f"a pin names no model: {model!r}; {listed(models)}", fix)
                continue
            versions = [*dict(_maps(models[model], "versions"))]
            if version not in versions:
                yield self._fault(
                    ("pins", model),
                    f"{model} is pinned to version {version!r}, which it does not have; {listed(versions)}",
                    did_you_mean(version, versions) or f'write {model}: "{versions[-1] if versions else 1}"',
                )
        for model, tree in models.items():
            versions = [*dict(_maps(tree, "versions"))]
            if len(versions) > 1 and model not in self.pins:
                yield self._fault(
                    ("stack", "pins"),
                    f"{short(model)} has {len(versions)} versions and no pin says which serves; "
                    + listed(versions),
                    f'add `serving:pins: {{{short(model)}: "{short(versions[-1])}"}}`',
                )

    def _overrides(self) -> Iterator[Fault]:
        known = [*dict(_items(self.layers.service.data, "endpoints"))]
        for name, tree in _maps(self.overrides, "endpoints"):
            if name not in known and "model" not in tree:
                what = f"overrides name no endpoint of the service: {short(name)!r}; {listed(known)}"
                yield self._fault(("endpoints", name), what, did_you_mean(name, known) or "remove it")
        for key in ("name", "isoserve"):
            if is_map(self.overrides) and key in self.overrides:
                yield self._fault(("stack", "overrides", key), f"overrides cannot change {key}", "remove it")

    def _references(self) -> Iterator[Fault]:
        models = dict(_maps(self.tree, "models"))
        pools = dict(_maps(self.tree.get("environment"), "node_pools"))
        for name, tree in _maps(self.tree, "endpoints"):
            model, pool = tree.get("model"), tree.get("pool")
            if isinstance(model, str) and model not in models:
                what = f"{short(name)} serves no known model: {short(model)!r}; {listed(models)}"
                fix = did_you_mean(model, [*models]) or "add it under models"
                yield self._fault(("endpoints", name, "model"), what, fix)
            if isinstance(pool, str) and pool not in pools:
                what = f"{short(name)} runs on no known pool: {short(pool)!r}; {listed(pools)}"
                fix = (
                    did_you_mean(pool, [*pools]) or f"add it to node_pools in {self.layers.environment.file}"
                )
                yield self._fault(("endpoints", name, "pool"), what, fix)

    def _environment(self, environment: EnvironmentSpec) -> Iterator[Fault]:
        known = [*environment.existing.callers]
        for name, endpoint in self.endpoints.items():
            for number, caller in enumerate(endpoint.access.callers if known else ()):
                if caller not in known:
                    keys = ("endpoints", name, "access", "callers", number)
                    what = f"{short(name)} names a caller that the environment does not: {caller!r}; "
                    what += listed(known)
                    yield self._fault(keys, what, did_you_mean(caller, known) or "add it to existing.callers")
            yield from self._monitors(name, endpoint)
        if environment.class_ == "prod":
            yield from self._prod(environment)
        yield from self._accelerators(environment)

    def _monitors(self, name: str, endpoint: EndpointSpec) -> Iterator[Fault]:
        monitors = endpoint.monitors
        if monitors is None:
            return
        keys = ("endpoints", name, "monitors")
        reads = [key for key in ("drift", "quality", "performance", "fairness") if getattr(monitors, key)]
        if reads and endpoint.capture is None:
            what = f"{reads[0]} of {short(name)} reads captured requests, and capture is off"
            yield self._fault((*keys, reads[0]), what, "remove `capture: null`")
        model = self.models.get(endpoint.model)
        version = self.pins.get(endpoint.model, "")
        pinned = model.versions.get(version) if model else None
        if monitors.needs_baseline and pinned is not None and pinned.baseline is None:
            lacks = f"version {version} of {endpoint.model} has none"
            what = f"{reads[0]} of {short(name)} needs a baseline; {lacks}"
            yield self._fault((*keys, reads[0]), what, "add `baseline:` to the version")

    def _prod(self, environment: EnvironmentSpec) -> Iterator[Fault]:
        for name, pool in environment.node_pools.items():
            if pool.spot:
                what = f"class prod takes no spot nodes; pool {short(name)} has spot: true"
                yield self._fault(("environment", "node_pools", name, "spot"), what, "write `spot: false`")
        for name, endpoint in self.endpoints.items():
            keys = ("endpoints", name, "autoscaling")
            if endpoint.min_replicas == 0:
                what = f"class prod does not scale to zero; {short(name)} has min_replicas: 0"
                yield self._fault((*keys, "min_replicas"), what, "write `min_replicas: 2`")
            for number, window in enumerate(endpoint.autoscaling.schedule if endpoint.autoscaling else ()):
                if window.min_replicas == 0:
                    what = f"class prod does not scale to zero; a window of {short(name)} has min_replicas: 0"
                    place = (*keys, "schedule", number, "min_replicas")
                    yield self._fault(place, what, "write `min_replicas: 1`")

    def _accelerators(self, environment: EnvironmentSpec) -> Iterator[Fault]:
        most = environment.limits.accelerators
        wanted = {
            name: endpoint.max_replicas * max((one.count for one in endpoint.accelerator), default=0)
            for name, endpoint in self.endpoints.items()
        }
        if most is None or sum(wanted.values()) <= most:
            return
        keys = ("endpoints", max(wanted, key=lambda name: wanted[name]), "autoscaling", "max_replicas")
        what = f"all endpoints may use {sum(wanted.values())} accelerators; limits.accelerators allows {most}"
        yield self._fault(keys, what, "lower max_replicas, or raise the limit")


_PLACES = {"node_pools": ("environment", "node_pools"), "labels": ("service", "labels")}


def _items(tree: object, key: str) -> Iterator[tuple[str, object]]:
    below = tree.get(key) if is_map(tree) else None
    if is_map(below):
        yield from below.items()


def _maps(tree: object, key: str) -> Iterator[tuple[str, Tree]]:
    """Yield the maps below a key, whatever else is there."""
    yield from ((name, value) for name, value in _items(tree, key) if is_map(value))


def _names(tree: object, key: str) -> list[str]:
    """Return the names below a key that are names; the others are refused anyway."""
    return [name for name, _ in _items(tree, key) if name_problem(name) is None]
