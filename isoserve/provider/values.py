"""Property values as plain Python, with unknowns and secrets marked. Holds no resource.

The SDK's own PropertyValue cannot write an unknown, which every preview needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct

# The engine's marks on the wire, sdk/go/common/resource/properties.go.
_UNKNOWN_ON_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of a secret, not one


class Unknown(Enum):
    """What the engine says for a value that only exists after `up`."""

    UNKNOWN = "unknown until `up`"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the engine encrypts in its state."""

    value: object

    def __repr__(self) -> str:
        return "Secret(…)"


Properties = dict[str, object]
"""dict, list, str, bool, int, float, None, UNKNOWN, and Secret around any of them."""


def decode(wire: Struct) -> Properties:
    """Read the engine's struct; secrets and unknowns stay marked."""
    return {name: _decode(value) for name, value in _fields(MessageToDict(wire)).items()}


def encode(properties: Mapping[str, object]) -> Struct:
    """Write properties as the engine wants them. Raises TypeError for a value that is no property."""
    return ParseDict({name: _encode(value) for name, value in properties.items()}, Struct())


def plain(value: object) -> object:
    """Return the value without secret marks."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in _fields(cast("object", value)).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[object]", value)]
    return value


def plain_map(properties: Mapping[str, object]) -> dict[str, object]:
    """Return all values without secret marks."""
    return {name: plain(value) for name, value in properties.items()}


def has_unknown(value: object) -> bool:
    """Say whether a plain value holds an unknown anywhere."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in _fields(cast("object", value)).values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in cast("list[object]", value))
    return value is UNKNOWN


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value)  # a struct has string keys only


def _decode(value: object) -> object:
    if isinstance(value, dict):
        fields = _fields(cast("object", value))
        if fields.get(_SIGNATURE) == _SECRET:
            return Secret(_decode(fields["value"]))
        return {name: _decode(item) for name, item in fields.items()}
    if isinstance(value, list):
        return [_decode(item) for item in cast("list[object]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the wire knows only doubles
    return UNKNOWN if value == _UNKNOWN_ON_WIRE else value


def _encode(value: object) -> object:
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, "value": _encode(value.value)}
    if value is UNKNOWN:
        return _UNKNOWN_ON_WIRE
    if isinstance(value, Mapping):
        return {name: _encode(item) for name, item in _fields(cast("object", value)).items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_encode(item) for item in cast("Sequence[object]", value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a property cannot hold {type(value).__name__}")
