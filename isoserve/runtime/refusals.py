"""What the agent refuses, and in which words. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from isoserve.errors import AgentError
from isoserve.runtime.messages import RevisionRequest
from isoserve.runtime.ports import PORT


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


def refuse_stuck(endpoint: str, name: str, cause: str | None) -> None:
    """Of a revision that was ready before, which goes on trying. Raises AgentError where there is a cause."""
    if cause is not None:
        what = f"revision {name} is not ready: {cause}"
        fix = "mend the cause, then run `up` again; until then it goes on being restarted"
        raise AgentError(what, at=f"{endpoint}/{name}", fix=fix)


def choose_revision(endpoint: str, name: str | None, live: str | None, there: Sequence[str]) -> str:
    """The revision that is meant: the named, the live or the only one. Raises AgentError."""
    chosen = name or live or (there[0] if len(there) == 1 else None)
    if chosen is not None and chosen in there:
        return chosen
    what = f"no revision named {chosen}" if chosen else "several revisions, and none is live"
    fix = f"name one of {sorted(there)}"
    if not there:
        what = f"no revision named {name}: there is none" if name else "no revision: none ever became ready"
        fix = "run `isoserve up`: if it fails, it shows the last log lines"
    raise AgentError(what, at=endpoint, fix=fix)


def refuse_other_port(name: str, port: int, wanted: int | None) -> None:
    """An endpoint keeps its port. Raises AgentError."""
    if wanted not in (None, port):
        what = f"endpoint {name} has port {port}, not {wanted}"
        raise AgentError(what, at=PORT, fix="delete the endpoint to give it another port")
