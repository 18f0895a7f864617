"""Creates that a killed run left open in a stack's state, and how they are settled.

The engine keeps such a record for ever and warns at every update, even once the resource is there. It cannot
take over what the provider made, as it never heard the id; the ids of isoserve's own resources are inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isoserve.engine.events import name_in, type_in
from isoserve.engine.project import strings_of

_OWN = "isoserve:"
_ID_IS = {"isoserve:local:Release": "endpoint"}
"""The input that is the id, where that is not `name`; isoserve/provider/local makes them so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What can be done about a deployment's open creates."""

    deployment: Mapping[str, object] | None
    """What to import; None when nothing is open, or when an import would forget the unknown ones."""
    adopted: Sequence[str] = ()
    """Names of resources that may exist and that the deployment now records, for the engine to delete."""
    unknown: Sequence[str] = ()
    """Names of resources that may exist, of which only their provider knows the id."""


def pending_creates(deployment: Mapping[str, object]) -> Sequence[str]:
    """The names of resources whose creation was begun and never recorded as ended."""
    return [name_in(_urn(record)) for record in _open_creates(deployment)]


def settle(deployment: Mapping[str, object]) -> Settlement:
    """Decide about every open create, after an update or before a destroy.

    One whose resource exists by now was created again under the same name: it tells nothing any more. Another
    one of isoserve's own becomes a resource, made or not: deleting what is not there is fine. The engine's
    import drops all open creates, hence none is done while one of another plugin is open.
    """
    there = {str(row.get("urn")): str(row.get("id", "")) for row in _rows(deployment, "resources")}
    left = {_urn(record): record for record in _open_creates(deployment) if _urn(record) not in there}
    adopted = [made for record in left.values() if (made := _as_made(record, there)) is not None]
    unknown = left.keys() - {_urn(record) for record in adopted}
    if unknown or not _open_creates(deployment):
        return Settlement(deployment=None, unknown=sorted(name_in(urn) for urn in unknown))
    resources = [*_rows(deployment, "resources"), *adopted]
    return Settlement(
        deployment={**deployment, "resources": resources, "pending_operations": []},
        adopted=[name_in(_urn(record)) for record in adopted],
    )


def _as_made(record: Mapping[str, object], there: Mapping[str, str]) -> Mapping[str, object] | None:
    """The record of a begun resource as if its creation had ended; None where its id cannot be known."""
    kind, inputs = type_in(_urn(record)), strings_of(record.get("inputs"))
    made_id = inputs.get(_ID_IS.get(kind, "name"))
    provider, _, provider_id = str(record.get("provider", "")).rpartition("::")
    if not kind.startswith(_OWN) or not isinstance(made_id, str) or there.get(provider) != provider_id:
        return None
    # what it refers to may be gone by now, and the engine refuses a reference that leads nowhere
    kept = {key: value for key, value in record.items() if key not in _REFERENCES}
    parent = {"parent": record["parent"]} if record.get("parent") in there else {}
    stated = record.get("dependencies")
    dependencies = [urn for urn in there if urn in stated] if isinstance(stated, list) else []
    return {**kept, **parent, "dependencies": dependencies, "id": made_id, "outputs": dict(inputs)}


_REFERENCES = frozenset({"parent", "propertyDependencies", "deletedWith", "replaceWith"})


def _open_creates(deployment: Mapping[str, object]) -> list[Mapping[str, object]]:
    operations = _rows(deployment, "pending_operations")
    return [strings_of(each.get("resource")) for each in operations if each.get("type") == "creating"]


def _urn(record: Mapping[str, object]) -> str:
    return str(record.get("urn", ""))


def _rows(deployment: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    rows = deployment.get(key)
    return [strings_of(row) for row in rows] if isinstance(rows, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
