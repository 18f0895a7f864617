"""Looks at the artifacts that a stack would copy, before anything is made. Copies nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from isoserve.adapters.base.demands import version_path
from isoserve.errors import Fault, ServingError
from isoserve.runtime.artifacts import require_sha256
from isoserve.spec import ServingSpec

# What mlserver_sklearn looks for in a folder, mlserver_sklearn/sklearn.py (1.7.1, read 2026-11).
_SKLEARN_FILES = frozenset({"model.joblib", "model.pickle", "model.pkl"})
_RESTORE = "train or restore it, then run the command again"


def artifact_faults(spec: ServingSpec) -> Sequence[Fault]:
    """Return what is wrong with the artifacts of the pinned versions; reads each of them whole."""
    faults: list[Fault] = []
    for model in sorted({endpoint.model for endpoint in spec.endpoints.values()}):
        version = spec.pins[model]
        at = version_path(model, version)
        stated = spec.models[model].versions[version]
        path = spec.artifact_path(model, version)
        if path is None or stated.sha256 is None:
            continue  # an address: the table refuses it
        if not os.access(path, os.R_OK):
            state = "cannot be read" if path.exists() else "is missing"
            faults.append(Fault(what=f"the artifact {stated.uri} {state}", at=f"{at}.uri", fix=_RESTORE))
            continue
        try:
            require_sha256(path, stated.sha256)
        except ServingError as exc:
            faults += [_placed(fault, at, path) for fault in exc.faults]
            continue
        if spec.models[model].format == "sklearn" and path.is_dir():
            names = {entry.name for entry in path.iterdir()}
            if not names & _SKLEARN_FILES:
                what = f"the artifact {stated.uri} holds no scikit-learn model"
                fix = f"name it {', '.join(sorted(_SKLEARN_FILES))}, or state the file itself"
                faults.append(Fault(what=what, at=f"{at}.format", fix=fix))
    return faults


def _placed(fault: Fault, at: str, artifact: Path) -> Fault:
    """Put a fault of an artifact where the spec states it; a file inside is named in the text."""
    inside = os.path.relpath(fault.at, artifact)
    if inside == os.curdir:
        return Fault(what=fault.what, at=f"{at}.sha256", fix=fault.fix)
    return Fault(what=f"{fault.what}: {inside}", at=f"{at}.uri", fix=fault.fix)
