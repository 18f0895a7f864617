"""Which CrossGuard packs run with an update, and the launcher that an engine without a Python host needs.

The rules themselves are isoserve.policies'.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from isoserve.engine.cache import Cache
from isoserve.engine.files import write_atomically
from isoserve.errors import EngineError

_PACK_FILE = "PulumiPolicy.yaml"
_LAUNCHER = "pulumi-analyzer-policy-python"
"""The engine's name for what boots a Python pack when it has no Python language host."""
_LAUNCHER_TEXT = '#!/bin/sh\nexec "$ISOSERVE_PYTHON" -u -m isoserve.engine.policyhost "$@"\n'


def policy_packs(root: Path) -> list[str]:
    """The folders of the packs to run: the project's own `policies/`, else the one that isoserve ships."""
    own = root / "policies"
    if (own / _PACK_FILE).is_file():
        return [str(own)]
    spec = importlib.util.find_spec("isoserve.policies")
    shipped = Path(spec.origin).resolve().parent if spec is not None and spec.origin else None
    return [str(shipped)] if shipped is not None and (shipped / _PACK_FILE).is_file() else []


def launcher_dir() -> Path:
    """A folder for PATH that holds the pack launcher, made where it is not there yet.

    Made rather than shipped: wheels and source trees lose file modes. It names no interpreter; that is
    ISOSERVE_PYTHON's, so that several virtual environments share it. Raises EngineError.
    """
    folder = Cache.of_this_user().root / "launchers"
    launcher = folder / _LAUNCHER
    try:
        if not os.access(launcher, os.X_OK) or launcher.read_text() != _LAUNCHER_TEXT:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(launcher, _LAUNCHER_TEXT, mode=0o755)
    except OSError as error:
        fix = "set ISOSERVE_ENGINE_CACHE to a folder that can be written"
        raise EngineError(f"{folder} cannot be written ({error.strerror})", fix=fix) from error
    return folder
