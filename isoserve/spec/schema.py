"""JSON Schemas of the files, for editors. The loader checks more than a schema can say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic.json_schema import models_json_schema

from isoserve.spec.environment import EnvironmentSpec
from isoserve.spec.merge import as_map, is_list, is_map
from isoserve.spec.names import NAME
from isoserve.spec.service import ServiceSpec
from isoserve.spec.stack import StackSpec

Kind = Literal["environment", "service", "stack"]
Schema = dict[str, object]

_REF = "#/$defs/"
_WHOLE = ("AcceleratorSpec", "WindowSpec")
"""Members of lists: no other layer completes them."""


def json_schema(kind: Kind) -> Schema:
    """Return the JSON Schema (draft 2020-12) of one kind of file; for a stack, of the engine's whole file."""
    types = {"environment": EnvironmentSpec, "service": ServiceSpec, "stack": StackSpec}
    _, built = models_json_schema([(model, "validation") for model in types.values()])
    definitions: dict[str, Schema] = {
        name: value for name, value in as_map(built["$defs"]).items() if is_map(value)
    }
    for definition in definitions.values():
        _tidy(definition)
    _short_server(definitions)
    root = definitions[types[kind].__name__]
    # layers complete each other, and `null` removes: below an endpoint nothing is compulsory
    _loosen(definitions, "ServiceSpec" if kind == "stack" else "EndpointSpec")
    if kind == "environment":
        for part in ("defaults", "enforce"):
            root = _with(root, part, {"$ref": _REF + "EndpointSpec"})
    if kind == "stack":
        root = _stack_file(_with(root, "overrides", {"$ref": _REF + "ServiceSpec"}))
    else:
        root["required"] = [key for key in _strings(root.get("required")) if key != "name"]
    used = {name: definitions[name] for name in sorted(_reachable(root, definitions))}
    head: Schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"isoserve {kind}"}
    return {**head, **root, "$defs": used}


def _stack_file(serving: Schema) -> Schema:
    properties = {f"serving:{key}": value for key, value in as_map(serving["properties"]).items()}
    config: Schema = {
        "type": "object",
        "properties": properties,
        "required": [f"serving:{key}" for key in _strings(serving.get("required"))],
        # other namespaces are the engine's; a misspelt key of ours is a fault
        "patternProperties": {"^serving:(?!(environment|service|pins|overrides)$)": False},
    }
    return {"type": "object", "properties": {"config": config}, "required": ["config"]}


def _tidy(schema: object) -> None:
    """Drop what says nothing, and refuse keys of maps that are no names."""
    for part in _maps(schema):
        for key in ("title", "gt", "ge", "le"):
            if not is_map(part.get(key)):  # a property may have such a name
                part.pop(key, None)
        if "default" in part and part["default"] is None:
            part.pop("default")
        if "patternProperties" in part:
            part.setdefault("additionalProperties", False)


def _short_server(definitions: dict[str, Schema]) -> None:
    """Let a bare name stand for a server."""
    definitions["ServerSettings"] = definitions["ServerSpec"]
    short: Schema = {"type": "string", "pattern": NAME, "examples": ["mlserver"]}
    whole = {"$ref": _REF + "ServerSettings"}
    definitions["ServerSpec"] = {
        "description": definitions["ServerSettings"]["description"],
        "anyOf": [short, whole],
    }


def _loosen(definitions: dict[str, Schema], start: str) -> None:
    for name in {start, *_reachable(definitions[start], definitions)} - {*_WHOLE}:
        definition = definitions[name]
        definition.pop("required", None)
        properties = as_map(definition.get("properties"))
        for key, value in properties.items():
            if is_map(value) and {"type": "null"} not in _list(value.get("anyOf")):
                properties[key] = _nullable(value)


def _nullable(schema: Schema) -> Schema:
    kept = {key: schema[key] for key in ("description", "examples", "default") if key in schema}
    return {**kept, "anyOf": [{key: schema[key] for key in schema if key not in kept}, {"type": "null"}]}


def _with(schema: Schema, key: str, value: Schema) -> Schema:
    properties = dict(as_map(schema["properties"]))
    properties[key] = {"description": as_map(properties[key]).get("description", ""), **value}
    return {**schema, "properties": properties}


def _reachable(schema: object, definitions: dict[str, Schema]) -> set[str]:
    found: set[str] = set()
    open_: list[object] = [schema]
    while open_:
        for part in _maps(open_.pop()):
            name = str(part.get("$ref", "")).removeprefix(_REF)
            if name in definitions and name not in found:
                found.add(name)
                open_.append(definitions[name])
    return found


def _maps(schema: object) -> Iterator[Schema]:
    if is_map(schema):
        yield schema
        for value in list(schema.values()):
            yield from _maps(value)
    elif is_list(schema):
        for value in schema:
            yield from _maps(value)


def _list(value: object) -> list[object]:
    return value if is_list(value) else []


def _strings(value: object) -> list[str]:
    return [str(item) for item in _list(value)]
