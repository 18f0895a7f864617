"""Reads the `serving:` keys of a stack file. Everything else in it is the engine's and is not looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from yaml import MappingNode, Node, ScalarNode

from isoserve.errors import Fault, SpecError
from isoserve.spec.document import Document, dotted, read_document
from isoserve.spec.files import did_you_mean, names_like, short, stack_file
from isoserve.spec.layers import STACK_KEYS
from isoserve.spec.merge import is_map

PREFIX = "serving:"
_STACK = re.compile(r"[A-Za-z0-9._-]{1,100}")


def read_stack(root: Path, stack: str) -> Document:
    """Read the file of a stack, only our keys. Raises SpecError where there is none, or it is no YAML."""
    if not _STACK.fullmatch(stack) or stack.strip(".") == "":
        known = names_like(root, stack_file("*"))
        raise SpecError(
            f"{stack[:100]!r} is not the name of a stack: letters, digits, '.', '_' and '-'",
            fix=did_you_mean(stack, known) or "name one of stacks/Pulumi.<stack>.yaml",
        )
    return read_document(root, stack_file(stack), kind="stack", name=stack, keep=_ours)


def _ours(root: Node) -> Node:
    if not isinstance(root, MappingNode):
        return root
    pairs = [(key, _serving(value)) for key, value in _pairs(root) if _text(key) == "config"]
    header = [(key, value) for key, value in _pairs(root) if _text(key) == "isoserve"]
    return MappingNode(root.tag, [*header, *pairs], root.start_mark, root.end_mark)


def _serving(config: Node) -> Node:
    if not isinstance(config, MappingNode):
        return config
    pairs = [(key, value) for key, value in _pairs(config) if _text(key).startswith(PREFIX)]
    return MappingNode(config.tag, pairs, config.start_mark, config.end_mark)


def _pairs(node: MappingNode) -> list[tuple[Node, Node]]:
    return node.value


def _text(key: Node) -> str:
    return str(key.value) if isinstance(key, ScalarNode) else ""


def stack_tree(document: Document) -> dict[str, object]:
    """Return the values of our keys, without their prefix; faults of their form are added to the document."""
    config = document.data.get("config")
    if not is_map(config):
        fix = "add `config:` with serving:environment and serving:service"
        document.faults.append(Fault(what="config is missing", at=document.at(("config",)), fix=fix))
        return {}
    tree: dict[str, object] = {}
    for key, value in config.items():
        name, at = key.removeprefix(PREFIX), document.at(("config", key))
        if value is None:
            continue
        if name not in STACK_KEYS:
            listed = ", ".join(PREFIX + known for known in STACK_KEYS)
            near = did_you_mean(name, [*STACK_KEYS]).replace("'", f"'{PREFIX}", 1)
            document.faults.append(
                Fault(
                    what=f"the key {short(key)!r} is not known; allowed: {listed}",
                    at=at,
                    fix=near or "remove it",
                )
            )
        elif is_map(value) and "secure" in value:
            document.faults.append(
                Fault(
                    what=f"{key} is encrypted",
                    at=at,
                    fix="write it plain; secrets are references in the service",
                )
            )
        else:
            tree[name] = value
    return tree


def differences(
    document: Document, tree: Mapping[str, object], config: Mapping[str, object]
) -> Iterator[Fault]:
    """Yield a fault for each key that the engine reads differently from the file."""
    for name in STACK_KEYS:
        here, there = tree.get(name), _parsed(config.get(name, config.get(PREFIX + name)), tree.get(name))
        for keys, ours, theirs in _different((), here, there):
            way = ("config", PREFIX + name, *keys)
            what = f"the engine reads {dotted(way[1:])} as {_shown(theirs)}, the file says {_shown(ours)}"
            fix = (
                f"quote it: {json.dumps(ours)}"
                if isinstance(ours, str) and theirs is not None
                else ("write it into the stack file; values set elsewhere are not read")
            )
            yield Fault(what=what, at=document.at(way), fix=fix)


def _parsed(value: object, like: object) -> object:
    """Return what the engine gave as text where the file holds a structure."""
    if not isinstance(value, str) or isinstance(like, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _different(
    keys: tuple[str, ...], ours: object, theirs: object
) -> Iterator[tuple[tuple[str, ...], object, object]]:
    if is_map(ours) and is_map(theirs):
        for key in dict.fromkeys([*ours, *theirs]):
            yield from _different((*keys, key), ours.get(key), theirs.get(key))
    elif isinstance(ours, bool) is not isinstance(theirs, bool) or ours != theirs:
        yield keys, ours, theirs


def _shown(value: object) -> str:
    shown = "nothing" if value is None else json.dumps(value, default=str)
    return shown if len(shown) <= 60 else shown[:59] + "…"
