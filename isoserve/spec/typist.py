"""Types trees and gathers what is wrong with them. The words of a fault are `faults`."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from isoserve.errors import Fault
from isoserve.spec.document import Keys
from isoserve.spec.faults import Reading
from isoserve.spec.layers import Layers
from isoserve.spec.merge import is_map
from isoserve.spec.names import name_problem

Model = TypeVar("Model", bound=BaseModel)


class Typist:
    """Validates one tree after another against its type; `faults` grows, nothing is raised."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.faults: list[Fault] = []

    def typed(self, model: type[Model], value: object, keys: Keys, *, partial: bool = False) -> Model | None:
        """Return the typed value, or None where it has faults."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            reading = Reading(layers=self.layers, model=model, value=value, keys=keys)
            self.faults += reading.faults(error, partial=partial)
            return None

    def part(self, model: type[BaseModel], value: object, keys: Keys) -> None:
        """Check a part of a type: what is missing is no fault."""
        self.typed(model, value, keys, partial=True)

    def members(self, model: type[Model], tree: object, kind: str) -> dict[str, Model]:
        """Return the typed members of a map, each alone, so that a fault in one hides none in another."""
        if not is_map(tree) or not tree:
            what = f"{kind} must be a map" if tree else f"{kind} has no entry"
            self.faults.append(Fault(what=what, at=self.layers.at((kind,)), fix=f"add one under `{kind}:`"))
            return {}
        found: dict[str, Model] = {}
        for name, value in tree.items():
            if problem := name_problem(name, tree):
                self.faults.append(Fault(what=problem[0], at=self.layers.at((kind, name)), fix=problem[1]))
            if (typed := self.typed(model, value, (kind, name))) is not None:
                found[name] = typed
        return found
