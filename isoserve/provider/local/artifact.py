"""A model artifact in the state folder: copied, checked, kept as long as its revision."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from isoserve.errors import Fault
from isoserve.provider.kind import Made, Site, Values
from isoserve.provider.local.agent import state_dir
from isoserve.runtime.artifacts import copy_verified, require_sha256

_DIGITS = frozenset("0123456789abcdef")


class ArtifactKind:
    """Inputs: name (physical), uri (project-relative path), sha256, model, version, labels."""

    token = "isoserve:local:Artifact"  # noqa: S105
    computed = frozenset[str]()
    replace_on = frozenset({"name", "sha256"})

    def check(self, inputs: Values, site: Site) -> Sequence[Fault]:
        """Refuse a wrong checksum before anything is made."""
        sha256 = str(inputs.get("sha256", ""))
        if len(sha256) != 64 or not _DIGITS.issuperset(sha256):
            return [Fault(what="is not a SHA-256 of 64 hex digits", at="sha256")]
        source = (site.root / str(inputs["uri"])).resolve()
        if not source.is_relative_to(site.root):
            return [
                Fault(what="leads out of the project", at="uri", fix="move the artifact into the project")
            ]
        return []

    def create(self, inputs: Values, site: Site) -> Made:
        """Copy the artifact into the state folder; the checksum decides."""
        copy_verified(site.root / str(inputs["uri"]), _place(inputs, site), sha256=str(inputs["sha256"]))
        return Made(id=str(inputs["name"]), outputs={})

    def read(self, resource_id: str, inputs: Values, site: Site) -> Made | None:
        """Return it when the copy is there and whole."""
        place = _place(inputs, site)
        if not place.exists():
            return None
        require_sha256(place, str(inputs["sha256"]))
        return Made(id=resource_id, outputs={})

    def drift(self, resource_id: str, inputs: Values, site: Site) -> Sequence[str]:  # noqa: ARG002
        """Miss a copy that somebody removed."""
        return () if _place(inputs, site).exists() else ("live",)

    def update(self, resource_id: str, inputs: Values, site: Site) -> Made:  # noqa: ARG002
        """Copy again what is missing."""
        return self.create(inputs, site)

    def delete(self, resource_id: str, inputs: Values, site: Site) -> None:  # noqa: ARG002
        """Remove the copy, and folders that are empty then; the source is never touched."""
        place = _place(inputs, site)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        for folder in (place.parent, state_dir(site), state_dir(site).parent):
            if not _remove_empty(folder):
                break


def _place(inputs: Values, site: Site) -> Path:
    return state_dir(site) / "artifacts" / str(inputs["name"])


def _remove_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # not empty, or gone already
        return not folder.exists()
    return True
