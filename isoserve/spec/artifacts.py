"""Turns paths written beside a file into paths of the project. Whether anything is there is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from isoserve.errors import Fault
from isoserve.spec.layers import Layers
from isoserve.spec.merge import is_map
from isoserve.spec.paths import is_local, project_relative


def resolve_paths(models: object, layers: Layers, root: Path) -> Iterator[Fault]:
    """Rewrite `uri` and `baseline` of every version in place; yield a fault for each path that leaves."""
    for model, tree in models.items() if is_map(models) else ():
        versions = tree.get("versions") if is_map(tree) else None
        for version, entry in versions.items() if is_map(versions) else ():
            for key in ("uri", "baseline"):
                if is_map(entry) and isinstance(uri := entry.get(key), str) and is_local(uri):
                    yield from _resolve(entry, key, layers, root, ("models", model, "versions", version, key))


def _resolve(
    entry: dict[str, object], key: str, layers: Layers, root: Path, keys: tuple[str, ...]
) -> Iterator[Fault]:
    uri = str(entry[key])
    _, document, _ = layers.nearest(keys)
    try:
        found = project_relative(uri, beside=Path(document.file).parent, root=root)
    except (OSError, ValueError) as error:
        fix = "correct the path"
        yield Fault(
            what=f"{key} {uri[:60]!r} cannot be followed: {error}".lower(), at=layers.at(keys), fix=fix
        )
        return
    if found is None:
        what = f"{key} leaves the project: {uri[:120]!r}"
        yield Fault(
            what=what, at=layers.at(keys), fix="move it into the project, or give an address (<scheme>://…)"
        )
        return
    entry[key] = found
