"""One file as plain values, each with its line, read one way everywhere. What they mean is not known here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from isoserve.errors import Fault, SpecError
from isoserve.spec.files import read_bytes
from isoserve.spec.nodes import DEEPEST, GROUP, PLAIN, QUOTED, compose
from isoserve.spec.scalars import plain

MOST_COPIES = 100_000
"""Keys and values that aliases may add to a file."""

Keys = Sequence[str | int]
"""A way into a document: keys of maps, positions in lists."""

_CORE = "tag:yaml.org,2002:"
_TEXT = frozenset({QUOTED, _CORE + "str"})
_TYPES: dict[str, type | tuple[type, ...]] = {
    _CORE + "int": int,
    _CORE + "float": (int, float),
    _CORE + "bool": bool,
    _CORE + "null": type(None),
}
_STARTS = {"stack": "start it with `config:`, and below it serving:environment and serving:service"}
"""Kind of a file → the fix for an empty one, where that is not the header."""
_LONGEST_KEY = 60
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_:-]*")


def dotted(keys: Keys) -> str:
    """Return keys as users read them: `endpoints.fraud.accelerator[0].type`, `versions."1.10".uri`."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            # repr escapes what a terminal would act on
            shown = key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "…"
            text += "." * bool(text) + (shown if _SIMPLE.fullmatch(shown) else f'"{repr(shown)[1:-1]}"')
    return text


class Document:
    """A file: `data` holds its values, `faults` what is wrong with its form."""

    def __init__(self, file: str, root: Node, count: int, *, start: str) -> None:
        self.file = file
        self.root = root
        self.faults: list[Fault] = []
        self._left = count + MOST_COPIES
        self._ways: dict[int, Keys] | None = None
        self._index: dict[int, dict[str, tuple[Node, Node]]] = {}
        if not isinstance(root, MappingNode):
            raise SpecError(f"{file} must hold a map", at=f"{file}:1", fix=start)
        self.data: dict[str, object] = self._map(root, 0)

    def line(self, keys: Keys) -> tuple[int, int]:
        """Return how many of the keys are there, and the line of the last that is."""
        node, line = self.root, 1
        for depth, key in enumerate(keys):
            found = self._child(node, key)
            if found is None:
                return depth, line
            label, node = found
            line = label.start_mark.line + 1
        return len(keys), line

    def at(self, keys: Keys) -> str:
        """Return `file:line keys` for a message."""
        shown = keys[1:] if len(keys) > 1 and keys[0] == "config" else keys
        return f"{self.file}:{self.line(keys)[1]} {dotted(shown)}".rstrip()

    def source(self, keys: Keys) -> str | None:
        """Return the text of an unquoted scalar as it is written; None where there is none."""
        node: Node = self.root
        for key in keys:
            found = self._child(node, key)
            if found is None:
                return None
            node = found[1]
        return str(node.value) if isinstance(node, ScalarNode) and node.tag == PLAIN else None

    def _child(self, node: Node, key: str | int) -> tuple[Node, Node] | None:
        if isinstance(node, SequenceNode):
            items: list[Node] = node.value
            return (items[key], items[key]) if isinstance(key, int) and key < len(items) else None
        if not isinstance(node, MappingNode):
            return None
        if (index := self._index.get(id(node))) is None:
            pairs: list[tuple[Node, Node]] = node.value
            scalars = ((label, item) for label, item in pairs if isinstance(label, ScalarNode))
            index = self._index[id(node)] = {str(label.value): (label, item) for label, item in scalars}
        return index.get(str(key))

    def _map(self, node: Node, depth: int) -> dict[str, object]:
        pairs: list[tuple[Node, Node]] = node.value
        self._count(node, len(pairs), depth)
        built: dict[str, object] = {}
        dropped = 0
        for label, item in pairs:
            # the common case first, inlined: half of the reading time is spent here
            text = label.value
            if label.tag == PLAIN and type(label) is ScalarNode:
                if type(plain(text)) is not str or text == "<<":
                    self._odd_key(label)
                    if text == "<<":
                        dropped += 1
                        continue
            elif label.tag not in _TEXT:
                self._odd_key(label)
                dropped += 1
                continue
            if type(item) is ScalarNode and item.tag == PLAIN:
                built[text] = plain(item.value)
            else:
                built[text] = self._value(item, depth + 1)
        if len(built) + dropped != len(pairs):
            self._duplicates(pairs)
        return built

    def _value(self, node: Node, depth: int) -> object:
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if node.tag != GROUP and node.tag not in (_CORE + "map", _CORE + "seq"):
            self._report(node, f"the tag {_shown_tag(node.tag)} is not read", "remove it")
        if isinstance(node, MappingNode):
            return self._map(node, depth)
        items: list[Node] = node.value
        self._count(node, len(items), depth)
        return [self._value(item, depth + 1) for item in items]

    def _scalar(self, node: ScalarNode) -> object:
        text = str(node.value)
        if node.tag in _TEXT:
            return text
        value = plain(text)
        if node.tag != PLAIN:
            wanted = _TYPES.get(node.tag)
            if wanted is None:
                self._report(node, f"the tag {_shown_tag(node.tag)} is not read", "remove it")
                return text
            if not isinstance(value, wanted):
                self._report(
                    node, f"{text[:60]!r} is not what its tag {_shown_tag(node.tag)} says", "remove the tag"
                )
        return value

    def _count(self, node: Node, size: int, depth: int) -> None:
        self._left -= size
        if depth <= DEEPEST and self._left >= 0:
            return
        line = node.start_mark.line + 1
        if depth > DEEPEST:
            what = "aliases form a loop, or nest too deep"
        else:
            what = f"aliases add more than {MOST_COPIES} keys and values"
        raise SpecError(f"{self.file}: {what}", at=f"{self.file}:{line}", fix="write the values out")

    def _odd_key(self, label: Node) -> None:
        text = str(label.value)
        if not isinstance(label, ScalarNode):
            self._report(label, "a key must be text", "write a word as key")
        elif text == "<<":
            self._report(label, "`<<` merges nothing: YAML 1.2 has no merge key", "write the keys out")
        elif label.tag == PLAIN:
            self._report(label, f"the key {text[:60]} is not text", f'quote it: "{text[:60]}"')
        else:
            self._report(label, f"the tag {_shown_tag(label.tag)} is not read", "remove it")

    def _duplicates(self, pairs: Sequence[tuple[Node, Node]]) -> None:
        first: dict[str, int] = {}
        for label, _ in pairs:
            if not isinstance(label, ScalarNode):
                continue
            line = label.start_mark.line + 1
            if label.value in first:
                what = f"the key {label.value[:60]!r} is written twice: lines {first[label.value]} and {line}"
                self._report(label, what, "keep one of the two")
            else:
                first[label.value] = line

    def _report(self, node: Node, what: str, fix: str) -> None:
        if self._ways is None:
            self._ways = _ways(self.root)
        shown = tuple(key for key in self._ways.get(id(node), ()) if key != "config")
        at = f"{self.file}:{node.start_mark.line + 1} {dotted(shown)}".rstrip()
        self.faults.append(Fault(what=what, at=at, fix=fix))


def _ways(root: Node) -> dict[int, Keys]:
    """Return the way to each node, keys included; an aliased one has the first of its ways."""
    ways: dict[int, Keys] = {id(root): ()}
    open_: list[Node] = [root]
    while open_:
        node = open_.pop()
        way = ways[id(node)]
        if isinstance(node, SequenceNode):
            items: list[Node] = node.value
            below = [(item, (*way, number)) for number, item in enumerate(items)]
        elif isinstance(node, MappingNode):
            pairs: list[tuple[Node, Node]] = node.value
            below = [(part, (*way, str(label.value)[:60])) for label, item in pairs for part in (label, item)]
        else:
            continue
        for part, keys in below:
            if id(part) not in ways:
                ways[id(part)] = keys
                open_.append(part)
    return ways


def _shown_tag(tag: str) -> str:
    return tag.replace(_CORE, "!!")[:60]


def read_document(
    root: Path, file: Path, *, kind: str, name: str, at: str = "", keep: Callable[[Node], Node] | None = None
) -> Document:
    """Read one file of the project; `keep` leaves out what is not ours. Raises SpecError."""
    shown = file.as_posix()
    start = _STARTS.get(kind, "start it with `isoserve: 1`")
    node, count = compose(read_bytes(root, file, kind=kind, name=name, at=at), shown, start=start)
    return Document(shown, keep(node) if keep else node, count, start=start)
