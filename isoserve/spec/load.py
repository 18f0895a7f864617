"""Reads a stack: its three files, merged and typed, every fault at once. Knows no target."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from isoserve.errors import Fault, SpecError
from isoserve.spec.artifacts import resolve_paths
from isoserve.spec.assemble import assembled
from isoserve.spec.checks import Checks
from isoserve.spec.document import Document, read_document
from isoserve.spec.endpoint import EndpointSpec
from isoserve.spec.environment import EnvironmentSpec
from isoserve.spec.files import environment_file, service_file
from isoserve.spec.header import header_faults
from isoserve.spec.layers import Layers, Origin
from isoserve.spec.merge import as_map, is_map, without_null
from isoserve.spec.model import ModelSpec
from isoserve.spec.names import name_problem
from isoserve.spec.service import ServiceMeta, ServiceSpec
from isoserve.spec.serving import ServingSpec
from isoserve.spec.stack import StackSpec
from isoserve.spec.stackfile import differences, read_stack, stack_tree
from isoserve.spec.typist import Typist

Tree = dict[str, object]
Part = TypeVar("Part")


def load_serving(root: Path, stack: str, *, config: Mapping[str, object] | None = None) -> ServingSpec:
    """Read, merge and check one stack. Raises SpecError with every fault at once; writes nothing.

    `config` is what the engine says of the `serving:` keys (text, or parsed JSON); a difference to the file
    is a fault.
    """
    with _collector_paused():
        return _load(root, stack, config)[0]


def load_origins(root: Path, stack: str) -> Mapping[str, Origin]:
    """Return the origin of each merged value by its dotted way, such as `endpoints.fraud.model`.

    Raises SpecError where the stack has faults.
    """
    with _collector_paused():
        _, layers, tree = _load(root, stack, None)
        return layers.origins(tree)


def read_environment(root: Path, name: str) -> EnvironmentSpec:
    """Read and check one environment alone. Raises SpecError with every fault at once."""
    if problem := name_problem(name):
        raise SpecError(problem[0], fix=problem[1])
    document = read_document(root, environment_file(name), kind="environment", name=name)
    typist = Typist(Layers(stack=document, environment=document, service=document))
    found = _environment(document, {**without_null(document.data), "name": name, "isoserve": 1}, typist)
    _stop_on(typist.faults)
    return _sure(found)


@contextmanager
def _collector_paused() -> Generator[None]:
    """Keep the cycle collector out of a reading: it took three quarters of the time, and finds nothing."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _load(root: Path, stack: str, config: Mapping[str, object] | None) -> tuple[ServingSpec, Layers, Tree]:
    document = read_stack(root, stack)
    typist = Typist(Layers(stack=document, environment=document, service=document))
    written = stack_tree(document)
    typist.faults += [*document.faults, *header_faults(document)]
    if config is not None:
        typist.faults += differences(document, written, config)
    asked = typist.typed(StackSpec, written, ("stack",))
    environment = _read(root, document, written, "environment", typist.faults)
    service = _read(root, document, written, "service", typist.faults)
    if environment is None or service is None:
        _stop_on(typist.faults)
    layers = typist.layers = Layers(stack=document, environment=_sure(environment), service=_sure(service))
    tree = assembled(layers, written)
    spec = _spec(root, stack, tree, typist, asked, written)
    return spec, layers, tree


def _spec(
    root: Path, stack: str, tree: Tree, typist: Typist, asked: StackSpec | None, written: Tree
) -> ServingSpec:
    layers = typist.layers
    typist.faults += resolve_paths(tree["models"], layers, root)
    environment = _environment(layers.environment, tree["environment"], typist)
    typist.faults += [*layers.service.faults, *header_faults(layers.service, name=str(written["service"]))]
    if is_map(overrides := written.get("overrides")):
        typist.part(ServiceSpec, overrides, ("stack", "overrides"))
    # models and endpoints are typed one by one below
    stub: Tree = {**as_map(tree["service"]), "models": {}, "endpoints": {}}
    meta = typist.typed(ServiceSpec, stub, ("service",))
    models = typist.members(ModelSpec, tree["models"], "models")
    endpoints = typist.members(EndpointSpec, tree["endpoints"], "endpoints")
    pins = _completed(asked.pins if asked else {}, models)
    typist.faults += Checks(
        layers=layers,
        tree=tree,
        overrides=written.get("overrides"),
        environment=environment,
        models=models,
        endpoints=endpoints,
        pins=pins,
    ).faults()
    _stop_on(typist.faults)
    tree["pins"] = written.get("pins", {})
    service = ServiceMeta(**{key: getattr(_sure(meta), key) for key in ServiceMeta.model_fields})
    return ServingSpec(
        service=service,
        environment=_sure(environment),
        models=models,
        endpoints=endpoints,
        pins=pins,
        stack=stack,
        root=root,
    )


def _environment(document: Document, tree: object, typist: Typist) -> EnvironmentSpec | None:
    """Type an environment and, each alone, the parts of an endpoint in it."""
    typist.faults += [*document.faults, *header_faults(document, name=str(as_map(tree)["name"]))]
    for part in ("defaults", "enforce"):
        if is_map(value := as_map(tree).get(part)):
            typist.part(EndpointSpec, value, ("environment", part))
    return typist.typed(EnvironmentSpec, tree, ("environment",))


def _read(root: Path, stack: Document, tree: Tree, kind: str, faults: list[Fault]) -> Document | None:
    """Read the environment or service that a stack names; what is wrong with it is added to the faults."""
    name = tree.get(kind)
    if not isinstance(name, str) or name_problem(name):
        return None
    file = environment_file(name) if kind == "environment" else service_file(name)
    try:
        return read_document(root, file, kind=kind, name=name, at=stack.at(("config", f"serving:{kind}")))
    except SpecError as error:
        faults += error.faults
        return None


def _completed(pins: Mapping[str, str], models: Mapping[str, ModelSpec]) -> dict[str, str]:
    """Return the pins, with that of each model that has one version only."""
    only = {name: next(iter(model.versions)) for name, model in models.items() if len(model.versions) == 1}
    return {**only, **pins}


def _stop_on(faults: Iterable[Fault]) -> None:
    if distinct := list(dict.fromkeys(faults)):
        raise SpecError.of(distinct)


def _sure(value: Part | None) -> Part:
    if value is None:
        raise SpecError("a part of the spec is missing")
    return value
