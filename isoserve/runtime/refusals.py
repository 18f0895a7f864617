"""What the agent refuses, and in which words. Changes nothing."""

from __future__ import annotations

from dataclasses import replace

from isoserve.errors import AgentError
from isoserve.runtime.messages import RevisionRequest


class MissingError(AgentError):
    """There is no such thing; deleting it has succeeded already."""


def refuse_difference(name: str, was: RevisionRequest, wanted: RevisionRequest) -> None:
    """A revision is immutable but for the number of its replicas. Raises AgentError."""
    same = replace(wanted, replicas=was.replicas, ready_within_s=was.ready_within_s)
    if same != was:
        before, after = was.to_json(), same.to_json()
        fields = [field for field in before if before[field] != after[field]]
        fix = "give the changed revision another name"
        raise AgentError(f"revision {name} exists with another {', '.join(fields)}", at=name, fix=fix)


def refuse_unready(endpoint: str, name: str, cause: str | None) -> None:
    """Raises AgentError where there is a cause."""
    if cause is not None:
        what = f"revision {name} did not become ready: {cause}"
        raise AgentError(what, at=f"{endpoint}/{name}", fix="mend the cause, then run `up` again")


def refuse_other_port(name: str, port: int, wanted: int | None) -> None:
    """An endpoint keeps its port. Raises AgentError."""
    if wanted not in (None, port):
        what = f"endpoint {name} has port {port}, not {wanted}"
        raise AgentError(what, at="port", fix="delete the endpoint to give it another port")
