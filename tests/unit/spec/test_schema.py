"""The schemas accept what loads, refuse what an editor should underline, and document every field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from isoserve.spec import json_schema
from isoserve.spec.schema import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)


def errors(kind: Kind, value: object) -> list[str]:
    return [error.json_path for error in Draft202012Validator(json_schema(kind)).iter_errors(value)]


def properties(schema: object) -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(schema, dict):
        if "additionalProperties" in schema:
            yield from schema.get("properties", {}).items()
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_and_stable(kind: Kind) -> None:
    schema = json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert json.dumps(schema) == json.dumps(json_schema(kind))
    assert schema["title"] == f"isoserve {kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_documented(kind: Kind) -> None:
    found = dict(properties(json_schema(kind)))
    assert found
    assert [key for key, schema in found.items() if not schema.get("description")] == []


def test_good_files_are_valid(project) -> None:
    for kind in KINDS:
        value = yaml.safe_load((project.root / getattr(project, kind)).read_text())
        assert errors(kind, value) == []


@pytest.mark.parametrize(
    ("kind", "value", "path"),
    [
        ("environment", {"class": "prod", "target": "local"}, "$"),
        ("environment", {"isoserve": 1, "class": "production", "target": "local"}, "$.class"),
        (
            "environment",
            {"isoserve": 1, "class": "dev", "target": "local", "defaults": {"pol": "x"}},
            "$.defaults",
        ),
        ("service", {"isoserve": 1, "owner": "a", "endpoints": {"Bad Name": {}}}, "$.endpoints"),
        ("service", {"isoserve": 2, "owner": "a"}, "$.isoserve"),
        ("service", {"isoserve": 1, "owner": "a", "models": {"m": {"format": "x"}}}, "$.models.m"),
        (
            "service",
            {"isoserve": 1, "owner": "a", "endpoints": {"e": {"ready_within": "5 min"}}},
            "$.endpoints.e.ready_within",
        ),
        ("stack", {"config": {"serving:service": "a"}}, "$.config"),
        (
            "stack",
            {"config": {"serving:environment": "a", "serving:service": "a", "serving:pin": {}}},
            "$.config",
        ),
    ],
)
def test_what_an_editor_underlines(kind: Kind, value: object, path: str) -> None:
    assert path in errors(kind, value)


def test_layers_complete_each_other_and_null_removes() -> None:
    service = {
        "isoserve": 1,
        "owner": "a",
        "endpoints": {"e": {"autoscaling": {"min_replicas": 1}, "pool": None}},
    }
    assert errors("service", service) == []
    overrides = {
        "endpoints": {"e": {"server": {"env": {"A": "b"}}, "rollout": None}},
        "models": {"m": {"versions": {"2": {"uri": "hf://a/b"}}}},
    }
    stack = {
        "config": {
            "serving:environment": "a",
            "serving:service": "b",
            "serving:overrides": overrides,
            "aws:region": 1,
        }
    }
    assert errors("stack", {**stack, "encryptionsalt": "v1"}) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_checkout_holds_this_schema(kind: Kind) -> None:
    file = Path(__file__).resolve().parents[3] / "stacks" / "schemas" / f"{kind}.json"
    assert json.loads(file.read_text()) == json_schema(kind), "run isoserve schema --write stacks/schemas"


def test_an_editor_underlines_a_duration_without_unit() -> None:
    defaults = {"isoserve": 1, "class": "dev", "target": "local", "defaults": {"ready_within": 5}}
    assert errors("environment", defaults) == ["$.defaults.ready_within"]
    assert errors("environment", {**defaults, "defaults": {"ready_within": "5s"}}) == []
