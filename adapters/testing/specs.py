"""Small valid specs for the suite and for tests: built without stack files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isoserve.runtime.artifacts import tree_sha256
from isoserve.spec import ServingSpec

HERE = Path(__file__).parent
"""The project of the ground spec; its model versions are two files that are there."""

SHA256 = tree_sha256(HERE / "specs.py")
"""Checksum of version 1."""

REGIONS: Mapping[str, str] = {
    "sagemaker": "eu-central-1",
    "vertex": "europe-west4",
    "azureml": "westeurope",
}
"""A region where the target needs one."""


def serving_spec(
    target: str,
    *,
    endpoint: Mapping[str, object] | None = None,
    environment: Mapping[str, object] | None = None,
    model: Mapping[str, object] | None = None,
    version: str = "1",
    endpoints: tuple[str, ...] = ("fraud",),
    root: Path = HERE,
) -> ServingSpec:
    """Build a spec of one custom server, on the safe defaults; the arguments change what they name.

    Two versions exist; `version` is pinned. Raises pydantic's ValidationError for an invalid change.
    """
    chosen: dict[str, object] = {"model": "fraud", "server": _SERVER, **(endpoint or {})}
    return ServingSpec.model_validate(
        {
            "service": {"name": "fraud", "owner": "risk-ml", "labels": {"cost-center": "4711"}},
            "environment": {
                "name": "test",
                "isoserve": 1,
                "class": "dev",
                "target": target,
                "region": REGIONS.get(target),
                **(environment or {}),
            },
            "models": {"fraud": {"format": "custom", "versions": _VERSIONS, **(model or {})}},
            "endpoints": dict.fromkeys(endpoints, chosen),
            "pins": {"fraud": version},
            "stack": "fraud-test",
            "root": root,
        }
    )


_SERVER: Mapping[str, object] = {"kind": "custom", "command": ["serve", "--port", "{port}", "{artifact}"]}
_VERSIONS: Mapping[str, object] = {
    "1": {"uri": "specs.py", "sha256": SHA256},
    "2": {"uri": "suite.py", "sha256": tree_sha256(HERE / "suite.py")},
}
