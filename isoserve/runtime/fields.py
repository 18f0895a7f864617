"""Narrow reading of JSON objects: every value is checked, every fault names its field. Knows no message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from isoserve.errors import AgentError


def as_object(value: object, at: str) -> Mapping[str, object]:
    """Return `value` as a JSON object. Raises AgentError naming `at`."""
    if not isinstance(value, dict):
        raise AgentError(f"{at} must be an object, not {_kind(value)}", at=at)
    return cast("Mapping[str, object]", value)  # JSON objects have string keys only


def as_list(value: object, at: str) -> Sequence[object]:
    """Return `value` as a JSON array. Raises AgentError naming `at`."""
    if not isinstance(value, list):
        raise AgentError(f"{at} must be a list, not {_kind(value)}", at=at)
    return cast("Sequence[object]", value)  # narrowed to list above; its items stay objects


class Fields:
    """One JSON object being read; `done()` refuses what nobody has asked for."""

    def __init__(self, value: object, at: str) -> None:
        self._at = at
        self._values = as_object(value, at)
        self._read: set[str] = set()

    def at(self, name: str) -> str:
        """Path of one field, for messages."""
        return f"{self._at}.{name}"

    def raw(self, name: str, default: object = None) -> object:
        """The field as it came, `default` where it is absent or null."""
        self._read.add(name)
        value = self._values.get(name)
        return default if value is None else value

    def text(self, name: str, default: str | None = None) -> str:
        """A string; compulsory without a default."""
        value = self.raw(name, default)
        if not isinstance(value, str):
            raise self._fault(name, "a string", value)
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string, or None where it is absent."""
        return None if self.raw(name) is None else self.text(name)

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """One of `allowed`."""
        value = self.text(name, default)
        if value not in allowed:
            raise AgentError(
                f"{self.at(name)} is {value!r}", at=self.at(name), fix=f"use one of {list(allowed)}"
            )
        return value

    def integer(self, name: str, default: int | None = None, *, least: int, most: int) -> int:
        """A whole number within [least, most]."""
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._fault(name, "a whole number", value)
        return int(self._within(name, value, least, most))

    def maybe_integer(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number within [least, most], or None where it is absent."""
        return None if self.raw(name) is None else self.integer(name, least=least, most=most)

    def number(self, name: str, default: float | None = None, *, least: float, most: float) -> float:
        """A number within [least, most]."""
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._fault(name, "a number", value)
        return float(self._within(name, value, least, most))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self._fault(name, "true or false", value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, empty where it is absent."""
        items = as_list(self.raw(name, []), self.at(name))
        return tuple(Fields({"item": item}, self.at(name)).text("item") for item in items)

    def text_map(self, name: str) -> Mapping[str, str]:
        """An object of strings, empty where it is absent."""
        inner = Fields(self.raw(name, {}), self.at(name))
        return {key: inner.text(key) for key in inner.keys()}  # noqa: SIM118 - Fields is no mapping

    def keys(self) -> Sequence[str]:
        """Every key that came."""
        return list(self._values)

    def done(self) -> None:
        """Refuse fields that nobody has read. Raises AgentError."""
        if unknown := sorted(set(self._values) - self._read):
            known = sorted(self._read)
            raise AgentError(f"{self._at} has no field {unknown[0]!r}", at=self._at, fix=f"use {known}")

    def _within(self, name: str, value: float, least: float, most: float) -> float:
        if not least <= value <= most:
            fix = f"use {least} to {most}"
            raise AgentError(f"{self.at(name)} is {value}", at=self.at(name), fix=fix)
        return value

    def _fault(self, name: str, want: str, value: object) -> AgentError:
        return AgentError(f"{self.at(name)} must be {want}, not {_kind(value)}", at=self.at(name))


def _kind(value: object) -> str:
    return "absent" if value is None else type(value).__name__
