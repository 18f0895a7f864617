"""Merges the documents of a stack into one tree, in the order of the layers. Types nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from isoserve.spec.classes import class_defaults
from isoserve.spec.layers import Layers
from isoserve.spec.merge import is_map, merged, without_null

Tree = dict[str, object]


def assembled(layers: Layers, stack: Mapping[str, object]) -> Tree:
    """Return the merged tree: `environment`, `service`, `models`, `endpoints`; what is no map stays."""
    service: Tree = dict(layers.service.data)
    overrides = stack.get("overrides")
    above: Tree = dict(overrides) if is_map(overrides) else {}
    endpoints = _endpoints(layers, service.pop("endpoints", {}), above.pop("endpoints", {}))
    service = merged(service, above)
    models = service.pop("models", {})
    return {
        "environment": {**without_null(layers.environment.data), "name": stack["environment"], "isoserve": 1},
        "service": {**without_null(service), "name": stack["service"], "isoserve": 1},
        "models": without_null(models) if is_map(models) else models,
        "endpoints": endpoints,
    }


def _endpoints(layers: Layers, written: object, overrides: object) -> object:
    """Return each endpoint with its layers merged lowest first: a `null` removes what is below it only."""
    if not is_map(written) or (overrides and not is_map(overrides)):
        return overrides or written
    environment = layers.environment.data
    defaults, enforce = _part(environment, "defaults"), _part(environment, "enforce")
    above = overrides if is_map(overrides) else {}
    found: Tree = {}
    for name in dict.fromkeys([*written, *above]):
        parts = [part[name] for part in (written, above) if name in part]
        if parts[-1] is None:
            continue
        if not is_map(parts[-1]):
            found[name] = parts[-1]
            continue
        maps = [defaults, *(_long_server(part) for part in parts if is_map(part)), enforce]
        below = class_defaults(environment.get("class"), _folded(maps))
        found[name] = without_null(_folded([below, *maps]))
    return found


def _folded(maps: Sequence[Tree]) -> Tree:
    return reduce(merged, [part for part in maps if part], {})


def _part(environment: Mapping[str, object], key: str) -> Tree:
    part = environment.get(key)
    return _long_server(part) if is_map(part) else {}


def _long_server(endpoint: Tree) -> Tree:
    server = endpoint.get("server")
    return {**endpoint, "server": {"kind": server}} if isinstance(server, str) else endpoint
