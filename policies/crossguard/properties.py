"""Turns CrossGuard's properties, which raise on an unknown value, into facts' `Unknown`. Knows no rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import cast

from pulumi_policy.proxy import UnknownValueError

from isoserve.adapters.base.facts import Unknown


def without_raising(props: Mapping[str, object]) -> dict[str, object]:
    """Copy properties; each unknown becomes an `Unknown` that names its path."""
    return {key: _read(partial(props.__getitem__, key), key) for key in props}


def _read(get: Callable[[], object], path: str) -> object:
    try:
        value = get()
    except UnknownValueError:
        return Unknown(path=path)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value)  # JSON objects have text keys
        return {key: _read(partial(pairs.__getitem__, key), f"{path}.{key}") for key in pairs}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = cast("Sequence[object]", value)  # JSON
        return [_read(partial(items.__getitem__, at), f"{path}[{at}]") for at in range(len(items))]
    return cast("object", value)
