"""Whom `invoke` calls: URL, key and route of one endpoint. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from isoserve.cli import live
from isoserve.cli.endpoints import choose, endpoints_of
from isoserve.errors import ServingError

_ROUTES = {"v2": "/v2/models/{model}/infer", "openai": "/v1/chat/completions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """One endpoint, as far as a caller needs it."""

    name: str
    url: str
    protocol: str
    model: str
    key: str = field(repr=False)
    """Empty where callers need none."""

    def route(self) -> str:
        """Return the path that predicts; `/` for a server with routes of its own."""
        return _ROUTES.get(self.protocol, "/").format(model=self.model)

    def metadata_route(self) -> str:
        """Return the V2 path that says what the model takes and gives."""
        return f"/v2/models/{self.model}"


def find_callee(root: Path, stack: str, stated: str | None) -> Callee:
    """Return the stated endpoint of the stack, or its only one.

    Asks the agent where the target has one (0.1 s), else the stack's state (1 s).
    Raises UsageError for an unknown endpoint, ServingError where a caller's
    proof cannot be made here.
    """
    names = live.read_names(root, stack)
    if names.target in live.AGENT_TARGETS:
        return _from_agent(root, names, stated)
    return _from_outputs(root, stack, stated)


def _from_agent(root: Path, names: live.StackNames, stated: str | None) -> Callee:
    client = live.connect(root, names)
    found = {one.name: one.status for one in live.endpoints_of(client.status(), names)}
    name = choose(list(found), stated)
    # the overview leaves out the keys
    status = client.get_endpoint(found[name].name) or found[name]
    return Callee(
        name=name, url=status.url, protocol=status.protocol, model=status.model_name, key=status.key or ""
    )


def _from_outputs(root: Path, stack: str, stated: str | None) -> Callee:
    from isoserve.engine import open_stack

    outputs = open_stack(root, stack, create=False).outputs(show_secrets=True)
    found = {one.name: one for one in endpoints_of(outputs)}
    endpoint = found[choose(list(found), stated)]
    if not endpoint.key and endpoint.auth not in {"", "none"}:
        raise ServingError(
            f"callers prove themselves by {endpoint.auth}, which `invoke` cannot do yet",
            at=f"endpoint {endpoint.name} of {stack}",
            fix=endpoint.curl or "use the target's own client",
        )
    model = endpoint.model.partition(" ")[0]
    return Callee(
        name=endpoint.name, url=endpoint.url, protocol=endpoint.protocol, model=model, key=endpoint.key
    )
