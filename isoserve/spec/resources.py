"""What one replica needs: processor, memory, accelerator. Machine types belong to the targets' catalogue."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.names import Name
from isoserve.spec.units import Bytes, Count, Number

_MIB = 1024**2


class ResourcesSpec(Spec):
    """Processor and memory of one replica."""

    cpu: Number = Field(default=1.0, gt=0, le=1024)
    """Processor cores."""

    memory: Bytes = Field(default=1024 * _MIB, ge=16 * _MIB)
    """Main memory, such as `4GiB`."""


class AcceleratorSpec(Spec):
    """One accepted kind of accelerator, by type, by memory, or both."""

    type: Name | None = Field(default=None, examples=["l4", "a100", "h100"])
    """Its name in the catalogue, such as `l4`."""

    count: Count = Field(default=1, ge=1, le=1024)
    """How many for one replica (of a pool: for one node)."""

    memory: Bytes | None = Field(default=None, ge=1024 * _MIB)
    """At least this much memory on each, such as `20GiB`; any type that has it will do."""

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.type is None and self.memory is None:
            raise refusal("an accelerator needs a type or a memory", fix="write {type: l4, count: 1}")
        return self
