"""The spec: one service in one environment, merged and typed. What every other package reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isoserve.errors import SpecError
from isoserve.spec.base import Spec
from isoserve.spec.endpoint import EndpointSpec
from isoserve.spec.environment import EnvironmentSpec
from isoserve.spec.model import ModelSpec
from isoserve.spec.names import Name, Version
from isoserve.spec.paths import project_relative
from isoserve.spec.service import ServiceMeta


class ServingSpec(Spec):
    """A service and its environment, merged: nothing here still needs a file."""

    service: ServiceMeta
    """Who it is and whose it is."""

    environment: EnvironmentSpec
    """Where it goes."""

    models: Mapping[Name, ModelSpec]
    """Models by name; paths are relative to `root`."""

    endpoints: Mapping[Name, EndpointSpec]
    """Endpoints by name, every layer merged."""

    pins: Mapping[Name, Version]
    """Model → the version that serves, for every model."""

    stack: str
    """Name of the stack."""

    root: Path
    """The project's folder."""

    def artifact_path(self, model: str, version: str) -> Path | None:
        """Return where a local artifact is; None where it is an address. Existence is not checked.

        Raises SpecError where the path leaves the project, which a loaded spec never does.
        """
        found = self.models[model].versions[version]
        if not found.local:
            return None
        relative = project_relative(found.uri, beside=Path(), root=self.root)
        if relative is None:
            raise SpecError(
                f"the artifact of {model} {version} is outside the project: {found.uri!r}",
                fix="move it into the project, or give its address",
            )
        return self.root / relative
