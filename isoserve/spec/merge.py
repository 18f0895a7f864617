"""How layers become one: maps merge, lists replace, `null` removes. What the layers are is `load`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard


def is_map(value: object) -> TypeGuard[dict[str, object]]:
    """Return whether this is a map of a file; its keys are always text."""
    return isinstance(value, dict)


def as_map(value: object) -> dict[str, object]:
    """Return the value where it is a map, else an empty one."""
    return value if is_map(value) else {}


def is_list(value: object) -> TypeGuard[list[object]]:
    """Return whether this is a list of a file."""
    return isinstance(value, list)


def merged(lower: Mapping[str, object], upper: Mapping[str, object]) -> dict[str, object]:
    """Return both as one, `upper` winning. A `null` stays as the mark that it removes; see `without_null`."""
    result = dict(lower)
    for key, value in upper.items():
        below = result.get(key)
        result[key] = merged(below, value) if is_map(value) and is_map(below) else value
    return result


def without_null(tree: Mapping[str, object]) -> dict[str, object]:
    """Return the tree without what `null` removes, at every depth of its maps."""
    return {
        key: without_null(value) if is_map(value) else value
        for key, value in tree.items()
        if value is not None
    }
