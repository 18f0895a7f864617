"""Property values as plain Python: unknowns and secrets kept apart. Holds no resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import cast

from google.protobuf.struct_pb2 import Struct
from pulumi.provider.experimental.property_value import Computed, PropertyValue

Properties = dict[str, PropertyValue]


class Unknown(Enum):
    """What the engine says for a value that only exists after `up`."""

    UNKNOWN = "unknown until `up`"


UNKNOWN = Unknown.UNKNOWN


def decode(wire: Struct) -> Properties:
    """Read the engine's struct; secrets and unknowns stay marked."""
    return PropertyValue.unmarshal_map(wire)


def encode(properties: Properties) -> Struct:
    """Write properties as the engine wants them."""
    return PropertyValue.marshal_map(properties)


def plain(value: PropertyValue) -> object:
    """Return the value itself: dict, list, str, bool, int or float; UNKNOWN where it is not known yet."""
    inner = value.value
    if isinstance(inner, Computed):
        return UNKNOWN
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)  # the wire knows only doubles
    if isinstance(inner, Mapping):
        return {key: plain(item) for key, item in inner.items()}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain(item) for item in inner]
    return inner


def plain_map(properties: Properties) -> dict[str, object]:
    """Return all values plainly; see `plain`."""
    return {key: plain(value) for key, value in properties.items()}


def wrap(value: object, *, secret: bool = False) -> PropertyValue:
    """Turn a plain value into a property; `secret` marks it for encryption in the state."""
    if value is UNKNOWN:
        return PropertyValue.computed()
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return PropertyValue({key: wrap(item) for key, item in items}, secret)
    if isinstance(value, list | tuple):
        return PropertyValue([wrap(item) for item in cast("Sequence[object]", value)], secret)
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value), secret)
    if value is None or isinstance(value, bool | float | str):
        return PropertyValue(value, secret)
    raise TypeError(f"a property cannot hold {type(value).__name__}")


def has_unknown(value: object) -> bool:
    """Say whether a plain value holds an unknown anywhere."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in cast("Mapping[str, object]", value).values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in cast("list[object]", value))
    return value is UNKNOWN
