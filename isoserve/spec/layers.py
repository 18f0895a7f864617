"""Where each merged value came from: the layers of a stack, topmost first. Merging itself is `merge`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isoserve.spec.document import Document, Keys, dotted
from isoserve.spec.merge import is_map

_FIRST = {"service": 3, "overrides": 2, "defaults": -400, "enforce": -400}
STACK_KEYS = ("environment", "service", "pins", "overrides")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The place that gave a merged value."""

    file: str
    """Relative to the project."""

    line: int
    layer: str
    """`environment`, `service`, `stack`; of an endpoint also `class`, `defaults`, `overrides`, `enforce`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The three documents of a stack, seen from the merged spec."""

    stack: Document
    environment: Document
    service: Document

    def places(self, keys: Keys) -> Iterator[tuple[str, Document, Keys]]:
        """Yield layer, document and way in it, topmost first, for a way in the merged spec."""
        head, rest = keys[0], tuple(keys[1:])
        if head == "environment":
            yield "environment", self.environment, rest
        elif head == "pins":
            yield "stack", self.stack, ("config", "serving:pins", *rest)
        elif head == "stack":
            yield "stack", self.stack, ("config", f"serving:{rest[0]}", *rest[1:]) if rest else ("config",)
        else:
            yield from self._service(keys, rest)

    def _service(self, keys: Keys, rest: Keys) -> Iterator[tuple[str, Document, Keys]]:
        inside = tuple(rest) if keys[0] == "service" else tuple(keys)
        endpoint = keys[0] == "endpoints" and len(keys) > 2
        if endpoint:
            yield "enforce", self.environment, ("enforce", *keys[2:])
        yield "overrides", self.stack, ("config", "serving:overrides", *inside)
        yield "service", self.service, inside
        if endpoint:
            yield "defaults", self.environment, ("defaults", *keys[2:])

    def nearest(self, keys: Keys) -> tuple[str, Document, Keys]:
        """Return the place of a value, or of the nearest thing above it that is written somewhere."""
        best: tuple[int, tuple[str, Document, Keys]] | None = None
        for layer, document, inside in self.places(keys):
            found, _ = document.line(inside)
            if found == len(inside) and found:
                return layer, document, inside
            # what is missing is best added to the service, which all environments share; never to what the
            # environment says of every endpoint
            rank = (len(inside) - found) * 4 - _FIRST.get(layer, 0)
            if best is None or rank < best[0]:
                best = rank, (layer, document, inside)
        if best is None:
            return "service", self.service, ()
        return best[1]

    def at(self, keys: Keys) -> str:
        """Return `file:line keys` of a value for a message."""
        _, document, inside = self.nearest(keys)
        return document.at(inside)

    def origin(self, keys: Keys) -> Origin:
        """Return where a merged value came from; what no file says is the class's."""
        layer, document, inside = self.nearest(keys)
        found, line = document.line(inside)
        if found == len(inside) or (found and document.source(inside[:found]) is not None):
            return Origin(file=document.file, line=line, layer=layer)
        if keys[0] != "endpoints":  # the name of the file itself
            return Origin(file=document.file, line=1, layer=layer)
        return Origin(file=self.environment.file, line=self.environment.line(("class",))[1], layer="class")

    def origins(self, tree: Mapping[str, object]) -> dict[str, Origin]:
        """Return dotted way → origin of every value of a merged tree."""
        return {dotted(keys): self.origin(keys) for keys in _leaves(tree, ())}


def _leaves(value: object, keys: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if is_map(value) and value:
        for key, item in value.items():
            yield from _leaves(item, (*keys, key))
    else:
        yield keys
