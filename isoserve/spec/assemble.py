"""Merges the documents of a stack into one tree, in the order of the layers. Types nothing."""

from __future__ import annotations

from collections.abc import Mapping

from isoserve.spec.classes import class_defaults
from isoserve.spec.layers import Layers
from isoserve.spec.merge import is_map, merged, without_null

Tree = dict[str, object]


def assembled(layers: Layers, stack: Mapping[str, object]) -> Tree:
    """Return the merged tree: `environment`, `service`, `models`, `endpoints`; what is no map stays."""
    service: Tree = dict(layers.service.data)
    overrides = stack.get("overrides")
    if is_map(overrides):
        # long forms first: a bare name and a map of settings must merge
        service = merged(_long(service), _long(overrides))
    models, endpoints = service.pop("models", {}), service.pop("endpoints", {})
    return {
        "environment": {**without_null(layers.environment.data), "name": stack["environment"], "isoserve": 1},
        "service": {**without_null(service), "name": stack["service"], "isoserve": 1},
        "models": without_null(models) if is_map(models) else models,
        "endpoints": _endpoints(layers, endpoints) if is_map(endpoints) else endpoints,
    }


def _endpoints(layers: Layers, endpoints: Mapping[str, object]) -> Tree:
    environment = layers.environment.data
    defaults, enforce = _part(environment, "defaults"), _part(environment, "enforce")
    nulls = layers.environment.has_null or layers.service.has_null or layers.stack.has_null
    found: Tree = {}
    for name, written in endpoints.items():
        if not is_map(written):
            if written is not None:
                found[name] = written
            continue
        asked = _long_server(written)
        asked = merged(defaults, asked) if defaults else asked
        asked = merged(asked, enforce) if enforce else asked
        below = class_defaults(environment.get("class"), asked)
        whole = merged(below, asked) if below else asked
        found[name] = without_null(whole) if nulls else whole
    return found


def _part(environment: Mapping[str, object], key: str) -> Tree:
    part = environment.get(key)
    return _long_server(part) if is_map(part) else {}


def _long(service: Tree) -> Tree:
    endpoints = service.get("endpoints")
    if not is_map(endpoints):
        return service
    long = {name: _long_server(value) if is_map(value) else value for name, value in endpoints.items()}
    return {**service, "endpoints": long}


def _long_server(endpoint: Tree) -> Tree:
    server = endpoint.get("server")
    return {**endpoint, "server": {"kind": server}} if isinstance(server, str) else endpoint
