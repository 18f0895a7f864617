"""Validation errors in the user's words: what, where, what is allowed, and the fix. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from isoserve.errors import Fault
from isoserve.spec.document import Keys
from isoserve.spec.files import did_you_mean
from isoserve.spec.layers import Layers
from isoserve.spec.merge import is_list, is_map
from isoserve.spec.patterns import CHECKSUM, SHA256, WORDS
from isoserve.spec.shapes import allowed_keys, model_of, type_at, words_of
from isoserve.spec.units import SourceFloat, SourceInt

_EXPECTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "dict_type": "a map",
    "mapping_type": "a map",
    "tuple_type": "a list",
    "list_type": "a list",
    "int_from_float": "a whole number",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
_SECRET_KEYS = frozenset({"secrets", "password", "token", "secret", "key", "credentials"})
_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was validated: a value, its type, and its way in the merged spec."""

    layers: Layers
    model: type[BaseModel]
    value: object
    keys: Keys

    def faults(self, error: ValidationError, *, partial: bool = False) -> Sequence[Fault]:
        """Return one fault for each place that is wrong; `partial` forgives what other layers may mend."""
        found: dict[tuple[str | int, ...], Fault] = {}
        for detail in error.errors(include_url=False):
            if partial and _is_incomplete(detail):
                continue
            inside, is_key = _written(detail["loc"], self.value)
            found.setdefault(
                (*inside, "[key]") if is_key else inside, self._fault(detail, inside, is_key=is_key)
            )
        # a fault above another is the other alternative of a choice, and says less
        above = {keys[:depth] for keys in found for depth in range(len(keys))}
        return [fault for keys, fault in found.items() if keys not in above]

    def _fault(self, detail: ErrorDetails, inside: tuple[str | int, ...], *, is_key: bool) -> Fault:
        kind, context = detail["type"], detail.get("ctx") or {}
        keys = (*self.keys, *inside)
        if kind == "refusal":
            place = (*keys, context["field"]) if context["field"] else keys
            return Fault(
                what=context["what"] if is_key else _led(context["what"], keys),
                at=self.layers.at(place),
                fix=context["fix"],
            )
        at = self.layers.at(keys)
        name = _subject(keys)
        if kind == "missing":
            return Fault(what=f"{name} is missing", at=at, fix=self._example(inside))
        if kind == "extra_forbidden":
            return self._unknown(inside, at)
        if kind == "string_type" and (source := _source(detail["input"])) is not None:
            return Fault(what=f"{name} must be text; given {source}", at=at, fix=f'quote it: "{source}"')
        what, fix = self._problem(detail, inside)
        if is_key:
            return Fault(what=f"the key {str(keys[-1])[:60]!r} {what}", at=at, fix=fix)
        shown = "a value that is not shown" if _is_secret(keys) else _shown(_value_at(self.value, inside))
        return Fault(what=f"{_subject(keys)} {what}; given {shown}", at=at, fix=fix)

    def _problem(self, detail: ErrorDetails, inside: tuple[str | int, ...]) -> tuple[str, str]:
        kind, context = detail["type"], detail.get("ctx") or {}
        words = words_of(type_at(self.model, inside))
        if kind == "literal_error" and words:
            near = did_you_mean(str(detail["input"]), words)
            return f"must be one of {', '.join(words)}", near or f"write {words[0]}"
        if kind in _BOUNDS:
            key, word = _BOUNDS[kind]
            return f"must be {word} {context[key]:g}", f"write a value {word} {context[key]:g}"
        if kind in _EXPECTED:
            fix = f"write {_EXPECTED[kind]}"
            if _EXPECTED[kind] == "a list":
                fix = f"write a list: [{'{…}' if is_map(detail['input']) else _shown(detail['input'])}]"
            return f"must be {_EXPECTED[kind]}", fix
        if kind == "string_pattern_mismatch":
            pattern = context["pattern"]
            fix = f"write the digits of {CHECKSUM}" if pattern == SHA256 else "write it so"
            return f"must be {WORDS.get(pattern, pattern)}", fix
        if kind == "finite_number":
            return "must be a finite number", "write a number"
        return f"is not accepted: {detail['msg'].lower()}", self._example(inside)

    def _unknown(self, inside: tuple[str | int, ...], at: str) -> Fault:
        parent = model_of(type_at(self.model, inside[:-1]))
        known = allowed_keys(parent) if parent else []
        key = str(inside[-1])[:_LONGEST]
        near = did_you_mean(key, known)
        listed = f"allowed: {', '.join(known)}" if known else ""
        return Fault(
            what=f"the key {key!r} is not known here; {listed}".rstrip("; "), at=at, fix=near or "remove it"
        )

    def _example(self, inside: tuple[str | int, ...], lead: str = "add ") -> str:
        parent = model_of(type_at(self.model, inside[:-1])) if inside else None
        for name, field in parent.model_fields.items() if parent else ():
            if inside[-1] not in (name, field.alias):
                continue
            shown = str(field.examples[0]) if field.examples else _sample(field.annotation)
            return f"{lead}`{_subject((*self.keys, *inside))}: {shown}`"
        return ""


def _sample(annotation: object) -> str:
    if words := words_of(annotation):
        return " | ".join(words)
    return {int: "1", float: "1", bool: "true"}.get(annotation, "…") if isinstance(annotation, type) else "…"


def _is_incomplete(detail: ErrorDetails) -> bool:
    """Return whether another layer may mend this: a missing key, a `null`, a map not yet whole."""
    if detail["type"] == "extra_forbidden":
        return False
    lacks = detail["type"] == "refusal" and is_map(detail["input"])
    return detail["type"] == "missing" or detail["input"] is None or lacks


def _value_at(value: object, inside: Keys) -> object:
    """Return the value as it was written, before a unit was read."""
    for key in inside:
        if is_map(value):
            value = value.get(str(key))
        elif is_list(value) and isinstance(key, int):
            value = value[key]
    return value


def _written(loc: Sequence[str | int], value: object) -> tuple[tuple[str | int, ...], bool]:
    """Return what users wrote of a location (pydantic names alternatives too), and whether it is a key."""
    inside: list[str | int] = []
    for number, step in enumerate(loc):
        if step == "[key]":
            return tuple(inside), True
        if is_map(value) and step in value:
            value = value[str(step)]
        elif is_list(value) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        elif number != len(loc) - 1 or not is_map(value):
            continue
        inside.append(step)
    return tuple(inside), False


def _subject(keys: Keys) -> str:
    last = keys[-1] if keys else "it"
    if keys[:1] == ("stack",) and len(keys) == 2:
        return f"serving:{last}"
    return f"{keys[-2]}[{last}]" if isinstance(last, int) and len(keys) > 1 else str(last)


def _led(what: str, keys: Keys) -> str:
    """Put the key before a message about its value alone."""
    return f"{_subject(keys)}: {what}" if what.startswith(("a ", "an ", "'")) else what


def _is_secret(keys: Keys) -> bool:
    return any(isinstance(key, str) and key.lower() in _SECRET_KEYS for key in keys)


def _source(value: object) -> str | None:
    if isinstance(value, SourceInt | SourceFloat):
        return value.source
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else None


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a map"
    if is_list(value):
        return "a list"
    shown = _source(value) or ("nothing" if value is None else repr(value))
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
