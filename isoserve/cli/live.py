"""A stack's endpoints as the local agent runs them. Reads no state of the engine and parses no spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from isoserve.adapters.base.labels import ENDPOINT_LABEL, ENVIRONMENT_LABEL, SERVICE_LABEL, STACK_LABEL
from isoserve.cli.endpoints import as_mapping
from isoserve.cli.terminal import notice
from isoserve.errors import AgentError, SpecError, TargetError
from isoserve.runtime.client import AgentClient, AgentStatus, EndpointStatus, RevisionStatus

AGENT_TARGETS = frozenset({"local"})
"""Targets whose replicas the agent of the project supervises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackNames:
    """What a stack file says of itself; texts are empty where it says nothing."""

    stack: str
    service: str
    environment: str
    class_: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEndpoint:
    """One endpoint of the stack that the agent has."""

    name: str
    """Neutral name, the user's word."""
    status: EndpointStatus
    gateway_runs: bool

    @property
    def live(self) -> RevisionStatus | None:
        """The revision that gets the traffic."""
        return self.status.revisions.get(self.status.live or "")

    @property
    def since(self) -> float | None:
        """When the live revision got the traffic, seconds since the epoch."""
        if not self.status.history or self.status.history[-1].revision != self.status.live:
            return None
        return self.status.history[-1].at

    @property
    def healthy(self) -> bool:
        """Whether callers are answered by as many replicas as are wanted."""
        return self.gateway_runs and self.live is not None and self.live.state == "ready"


def read_names(root: Path, stack: str) -> StackNames:
    """Read service, environment, its class and target of a stack without judging the rest of the files.

    A fault elsewhere in the spec must not hide what runs. Raises SpecError for a file that is no YAML.
    """
    config = as_mapping(_yaml(root / "stacks" / f"Pulumi.{stack}.yaml").get("config"))
    environment = _text(config.get("serving:environment"))
    stated = _yaml(root / "stacks" / "environments" / f"{environment}.yaml")
    return StackNames(
        stack=stack,
        service=_text(config.get("serving:service")),
        environment=environment,
        class_=_text(stated.get("class")),
        target=_text(stated.get("target")),
    )


def state_dir(root: Path) -> Path:
    """Return the folder of the project's agent; a project where nothing runs has none."""
    return root / ".isoserve" / "local"


def connect(root: Path, names: StackNames) -> AgentClient:
    """Return the project's agent; one that ended with endpoints to serve is restored first, and said.

    Raises TargetError where the target has no agent, AgentError where none runs and none is due.
    """
    if names.target not in AGENT_TARGETS:
        raise TargetError(
            f"isoserve cannot yet look into target {names.target!r}",
            at=f"stack {names.stack}",
            fix=f"isoserve outputs -s {names.stack}, and the target's own console",
        )
    folder = state_dir(root)
    if not folder.is_dir():
        raise AgentError("nothing runs", at=f"stack {names.stack}", fix=f"isoserve up -s {names.stack}")
    try:
        return AgentClient.connect(folder, start=False)
    except AgentError:
        if not (folder / "state.json").exists():
            raise
    notice("the local agent had ended; restoring it")
    return AgentClient.connect(folder, start=True)


def refuse_left_behind(root: Path, stack: str) -> None:
    """After a destroy: raise AgentError when an agent that runs still serves endpoints of the stack.

    So it is when the engine's state was lost, and with it the knowledge of what to delete.
    """
    folder = state_dir(root)
    try:
        status = AgentClient.connect(folder, start=False).status()
    except AgentError:
        return
    left = sorted(
        _neutral(one) for one in status.endpoints.values() if _labels(one).get(STACK_LABEL) == stack
    )
    if left:
        raise AgentError(
            f"{', '.join(left)} of {stack} still runs: the state of the stack does not know of it",
            at=str(folder),
            fix=f"isoserve up -s {stack} && isoserve destroy -s {stack} --yes  # up takes it over",
        )


def endpoints_of(status: AgentStatus, names: StackNames) -> Sequence[LiveEndpoint]:
    """Return the stack's endpoints among all that the agent has, by neutral name."""
    mine = [endpoint for endpoint in status.endpoints.values() if _belongs(endpoint, names)]
    found = [
        LiveEndpoint(name=_neutral(one), status=one, gateway_runs=status.gateway_pid is not None)
        for one in mine
    ]
    return sorted(found, key=lambda endpoint: endpoint.name)


def _belongs(endpoint: EndpointStatus, names: StackNames) -> bool:
    labels = _labels(endpoint)
    wanted = {
        SERVICE_LABEL: names.service,
        ENVIRONMENT_LABEL: names.environment,
        STACK_LABEL: names.stack,
    }
    return all(labels.get(key, value) == value for key, value in wanted.items())


def _neutral(endpoint: EndpointStatus) -> str:
    # a physical name is the neutral one, cleaned, and a hash: see adapters/base/naming.py
    return _labels(endpoint).get(ENDPOINT_LABEL) or endpoint.name.rpartition("-")[0] or endpoint.name


def _labels(endpoint: EndpointStatus) -> Mapping[str, str]:
    return endpoint.request.labels if endpoint.request else {}


def _yaml(file: Path) -> Mapping[str, object]:
    try:
        return as_mapping(yaml.safe_load(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SpecError(f"the file cannot be read: {exc}", at=str(file)) from exc


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
