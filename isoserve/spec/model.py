"""Models and their versions, with where they came from. Which version serves is a pin, not a field here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.names import Name, Version
from isoserve.spec.paths import is_local, is_locked
from isoserve.spec.patterns import CHECKSUM, SHA256
from isoserve.spec.units import Number, Scalar, Text


class ModelVersionSpec(Spec):
    """One immutable version: the artifact, its checksum and its lineage."""

    uri: Text = Field(min_length=1, examples=["../../examples/fraud/1", "models:/fraud/2", "hf://org/model"])
    """Where the artifact is: a path beside the file that states it, or an address. Once loaded, a path is
    relative to the project."""

    sha256: Annotated[Text, Field(pattern=SHA256)] | None = None
    """Checksum of the artifact, 64 hexadecimal digits. `hf://` and `models:/` may leave it to the lock."""

    baseline: Text | None = None
    """Reference data for monitors: a path or an address. Without it a monitor that compares is refused."""

    code: Text | None = None
    """The commit that trained it."""

    data: Text | None = None
    """The data set it was trained on, with its version."""

    hyperparameters: Mapping[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """The settings of its training."""

    environment: Text | None = None
    """The software it was trained with: a lock file or an image digest."""

    metrics: Mapping[str, Number] = Field(default_factory=dict[str, float])
    """Its results on held-out data."""

    @property
    def local(self) -> bool:
        """Whether the artifact is a path in the project."""
        return is_local(self.uri)

    @model_validator(mode="after")
    def _has_checksum(self) -> Self:
        if self.sha256 is None and not is_locked(self.uri):
            raise refusal(
                "sha256 is missing: only hf:// and models:/ artifacts may leave it to the lock",
                field="sha256",
                fix=f"add `sha256:` with the 64 digits of {CHECKSUM}",
            )
        return self


class ModelSpec(Spec):
    """A model and its append-only list of versions."""

    format: Name = Field(examples=["sklearn", "xgboost", "huggingface", "onnx", "custom"])
    """What the artifact is, in the words of the model server: `sklearn`, `onnx`, `huggingface` …"""

    versions: Mapping[Version, ModelVersionSpec] = Field(min_length=1)
    """Version → artifact. Append only; keys are quoted text."""
