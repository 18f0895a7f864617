"""Creates that a killed run left open in a stack's state, and how they are settled.

The engine keeps such a record for ever and warns at every update, even once the resource is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isoserve.engine.events import name_in
from isoserve.engine.project import strings_of


def pending_creates(deployment: Mapping[str, object]) -> Sequence[str]:
    """The names of resources whose creation was begun and never recorded as ended."""
    return [
        name_in(_urn(operation))
        for operation in _rows(deployment, "pending_operations")
        if _creates(operation)
    ]


def without_settled(deployment: Mapping[str, object]) -> Mapping[str, object] | None:
    """The deployment without the open creates of resources that exist by now; None when there are none.

    Such a resource was created again under the same name, so the record tells nothing any more.
    """
    there = {row.get("urn") for row in _rows(deployment, "resources")}
    operations = _rows(deployment, "pending_operations")
    left = [operation for operation in operations if not (_creates(operation) and _urn(operation) in there)]
    return {**deployment, "pending_operations": left} if len(left) < len(operations) else None


def _creates(operation: Mapping[str, object]) -> bool:
    return operation.get("type") == "creating"


def _urn(operation: Mapping[str, object]) -> str:
    resource = operation.get("resource")
    return str(strings_of(resource).get("urn", ""))


def _rows(deployment: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    rows = deployment.get(key)
    return [strings_of(row) for row in rows] if isinstance(rows, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
