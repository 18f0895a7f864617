"""What the types allow at one place, for messages: keys of a map, words of a choice. Validates nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, get_args, get_origin

from pydantic import BaseModel

from isoserve.spec.document import Keys


def allowed_keys(model: type[BaseModel]) -> list[str]:
    """Return the keys users write for a type, sorted."""
    return sorted(field.alias or name for name, field in model.model_fields.items())


def type_at(model: type[BaseModel], keys: Keys) -> object:
    """Return the annotation that governs a place below `model`; None where there is none."""
    here: object = model
    for key in keys:
        here = _step(here, key)
        if here is None:
            return None
    return here


def model_of(annotation: object) -> type[BaseModel] | None:
    """Return the model inside an annotation, through optionals and annotations."""
    return next(
        (part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)), None
    )


def words_of(annotation: object) -> list[str]:
    """Return the words of the choices inside an annotation."""
    return [
        word
        for part in _parts(annotation)
        if get_origin(part) is Literal
        for word in map(str, get_args(part))
    ]


def _step(annotation: object, key: str | int) -> object:
    if (model := model_of(annotation)) is not None:
        for name, field in model.model_fields.items():
            if key in (name, field.alias):
                return field.annotation
        return None
    for part in _parts(annotation):
        if get_origin(part) is tuple and isinstance(key, int):
            return get_args(part)[0]
        if _is_mapping(part) and isinstance(key, str):
            return get_args(part)[1]
    return None


def _is_mapping(part: object) -> bool:
    origin = get_origin(part)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _parts(annotation: object) -> Iterator[object]:
    """Yield the alternatives of an annotation, unwrapped."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin is None or origin is Literal or origin is tuple or _is_mapping(annotation):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _parts(part)
