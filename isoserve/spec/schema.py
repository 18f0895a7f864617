"""JSON Schemas of the files, for editors. The loader checks more than a schema can say."""

from __future__ import annotations

from typing import Literal

from isoserve.spec.environment import EnvironmentSpec
from isoserve.spec.service import ServiceSpec
from isoserve.spec.stack import StackSpec

Kind = Literal["environment", "service", "stack"]


def json_schema(kind: Kind) -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of one kind of file."""
    models = {"environment": EnvironmentSpec, "service": ServiceSpec, "stack": StackSpec}
    return dict(models[kind].model_json_schema())
