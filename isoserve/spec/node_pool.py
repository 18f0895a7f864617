"""Groups of equal nodes. Replicas choose one by `pool`; the machine type is found by the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.resources import AcceleratorSpec
from isoserve.spec.units import Count, Flag, Text


class NodePoolSpec(Spec):
    """Nodes to create, or (`match`) nodes that are there."""

    accelerator: AcceleratorSpec | None = None
    """What each node has; absent: none."""

    min_nodes: Count = Field(default=1, ge=0)
    """Nodes kept at least."""

    max_nodes: Count | None = Field(default=None, ge=1)
    """Nodes reached at most; compulsory unless `match`."""

    spot: Flag = False
    """Whether nodes may be taken away at any time, for less money; refused in class prod."""

    match: Mapping[str, Text] = Field(default_factory=dict[str, str])
    """Labels of existing nodes, on premise: nothing is created."""

    @model_validator(mode="after")
    def _made_or_found(self) -> Self:
        if self.match:
            made = [key for key in ("min_nodes", "max_nodes", "spot") if key in self.model_fields_set]
            if made:
                raise refusal(
                    f"{made[0]} does not go with match: matched nodes are not created",
                    field=made[0],
                    fix=f"remove {made[0]}, or match",
                )
            return self
        if self.max_nodes is None:
            raise refusal("max_nodes is missing", field="max_nodes", fix="add `max_nodes: 4`, or match")
        if self.min_nodes > self.max_nodes:
            raise refusal(
                f"min_nodes {self.min_nodes} is above max_nodes {self.max_nodes}",
                field="min_nodes",
                fix="lower min_nodes or raise max_nodes",
            )
        return self
