"""The error tree: what is wrong, where, and the fix. Imports nothing of isoserve.

    ServingError                 1  something that was asked for did not work
    ├── SpecError                3  the files under stacks/ hold faults (all of them, together)
    │   └── UnsupportedError     3  the target cannot do what the spec asks
    ├── TargetError              4  the target's package, program or agent is not there
    ├── EngineError              4  the Pulumi engine is not there, or too old
    ├── DeploymentError          5  the engine ran and the deployment failed
    │   ├── StackLockedError     6  another update of the same stack is running
    │   ├── PolicyError          7  a mandatory policy was violated
    │   └── InterruptedUpdateError 130  a person ended the update (isoserve.engine)
    └── AgentError               8  the local agent refused, or could not be reached

The number is the exit code of the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: in the user's words, with its place and the fix."""

    what: str
    at: str = ""
    """`file:line path`, as far as known."""
    fix: str = ""

    def __str__(self) -> str:
        lines = [self.what]
        if self.at:
            lines.append(f"  at:  {self.at}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class ServingError(Exception):
    """Base of every error a user can meet; `str()` is what the command line prints."""

    exit_code = 1

    def __init__(self, what: str, *, at: str = "", fix: str = "") -> None:
        self.faults: Sequence[Fault] = (Fault(what=what, at=at, fix=fix),)
        super().__init__(str(self.faults[0]))

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> Self:
        """Gather all faults of one reading, at least one, into one error."""
        error = cls(faults[0].what, at=faults[0].at, fix=faults[0].fix)
        error.faults = tuple(faults)
        error.args = ("\n".join(str(fault) for fault in faults),)
        return error


class SpecError(ServingError):
    """The spec holds one or more faults; nothing was created."""

    exit_code = 3


class UnsupportedError(SpecError):
    """The target cannot do, or isoserve cannot yet do there, what the spec asks."""


class TargetError(ServingError):
    """The target's package, program or service is missing."""

    exit_code = 4


class EngineError(ServingError):
    """No usable Pulumi engine; names every way that was tried."""

    exit_code = 4


class DeploymentError(ServingError):
    """The engine ran and at least one resource failed."""

    exit_code = 5


class StackLockedError(DeploymentError):
    """Another update holds the stack's lock."""

    exit_code = 6


class PolicyError(DeploymentError):
    """A mandatory policy was violated; the violating resource was not created."""

    exit_code = 7


class AgentError(ServingError):
    """The local agent refused a request or cannot be reached."""

    exit_code = 8
