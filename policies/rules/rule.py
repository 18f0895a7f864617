"""What a rule is: a name, how strictly it holds, and a pure function over one fact. Holds no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from isoserve.adapters.base.facts import Fact


class Strictness(Enum):
    """What a violation does."""

    MANDATORY = "stops the update before the resource is created"
    ADVISORY = "is reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What is wrong, in the user's words, and the fix."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}; fix: {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `check` returns None where the fact keeps it, or is not its concern.

    `check` may raise DeferredError where it needs a value that is not known yet: never a pass.
    """

    name: str
    strictness: Strictness
    description: str
    check: Callable[[Fact], Violation | None]
