"""The command line with fakes at its two seams only: the engine's session and the agent's client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from isoserve.cli import main
from isoserve.cli.scaffold import write_project
from isoserve.errors import AgentError
from isoserve.runtime.client import (
    AgentClient,
    AgentStatus,
    EndpointRequest,
    EndpointStatus,
    Released,
    ReplicaStatus,
    RevisionStatus,
)

KEY = "the-endpoint-key-0123456789"
LIVE = "hello-0badcafe-11111111"


@dataclass(frozen=True)
class Result:
    """How one command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        return json.loads(self.out)


Cli = Callable[..., Result]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run one command line in this process."""
    for name in ("ISOSERVE_STACK", "ISOSERVE_DEBUG", "ISOSERVE_ENGINE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Result:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Result(code=code, out=captured.out, err=captured.err)

    return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `init` writes, as the current folder."""
    root = tmp_path / "project"
    root.mkdir()
    write_project(root)
    monkeypatch.chdir(root)
    return root


@dataclass
class FakeSession:
    """Stands for the engine: answers what it was told to, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list)
    events: Sequence[object] = ()
    changes: Mapping[str, int] = field(default_factory=lambda: {"create": 7})
    fails: Exception | None = None
    stack_outputs: Mapping[str, object] = field(
        default_factory=lambda: {
            "endpoints": {
                "hello": {
                    "url": "http://127.0.0.1:18100",
                    "protocol": "v2",
                    "auth": "an API key",
                    "model": "hello 1",
                    "revision": LIVE,
                    "live": LIVE,
                    "curl": "curl -H 'authorization: Bearer $KEY' http://127.0.0.1:18100/v2/models/hello",
                    "key": KEY,
                }
            },
            "note": "kept",
        }
    )

    def _run(self, verb: str, on_event: Callable[[object], None] | None) -> SimpleNamespace:
        self.asked.append(verb)
        for event in self.events:
            assert on_event is not None
            on_event(event)
        if self.fails:
            raise self.fails
        return SimpleNamespace(changes=self.changes, outputs=self.outputs(), duration_s=1.25)

    def up(self, *, on_event=None, policy_packs: bool = True) -> SimpleNamespace:
        return self._run("up", on_event)

    def preview(self, *, on_event=None, policy_packs: bool = True) -> SimpleNamespace:
        return self._run("preview", on_event)

    def refresh(self, *, on_event=None) -> SimpleNamespace:
        return self._run("refresh", on_event)

    def destroy(self, *, on_event=None) -> SimpleNamespace:
        return self._run("destroy", on_event)

    def outputs(self, *, show_secrets: bool = False) -> Mapping[str, object]:
        if show_secrets:
            return self.stack_outputs
        return json.loads(json.dumps(self.stack_outputs).replace(KEY, "[secret]"))

    def state(self) -> Mapping[str, object]:
        secret = {"key": KEY}
        return {"resources": [{"urn": "urn:a", "type": "t", "inputs": secret, "outputs": secret}]}

    def env(self) -> Mapping[str, str]:
        return {"PULUMI_BACKEND_URL": "file:///a b", "PULUMI_CONFIG_PASSPHRASE_FILE": "/p"}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> FakeSession:
    """Replace the engine."""
    fake = FakeSession()

    def open_stack(root: Path, stack: str, *, create: bool, on_event=None) -> FakeSession:
        fake.asked.append(f"open {stack} create={create}")
        return fake

    monkeypatch.setattr("isoserve.engine.open_stack", open_stack, raising=False)
    return fake


@dataclass
class FakeAgent:
    """Stands for a running agent."""

    endpoints: dict[str, EndpointStatus] = field(default_factory=dict)
    gateway_pid: int | None = 42
    log: list[list[str]] = field(default_factory=lambda: [["0| loaded", "1| loaded"]])
    running: bool = True
    connected: list[bool] = field(default_factory=list)
    pid: int = 41
    make: Callable[..., EndpointStatus] = field(default_factory=lambda: endpoint)

    def connect(self, state_dir: Path, *, start: bool = True, python: str = "") -> FakeAgent:
        self.connected.append(start)
        if not self.running and not start:
            raise AgentError("no local agent is running", at=str(state_dir), fix="isoserve up")
        return self

    def status(self) -> AgentStatus:
        return AgentStatus(
            pid=self.pid,
            started=1_700_000_000.0,
            version="0.1.0",
            state_dir="here",
            gateway_pid=self.gateway_pid,
            gateway_restarts=0,
            metrics_url="http://127.0.0.1:1/metrics",
            endpoints=self.endpoints,
        )

    def get_endpoint(self, name: str) -> EndpointStatus | None:
        return self.endpoints.get(name)

    def logs(self, endpoint: str, revision: str | None = None, *, lines: int = 100) -> Sequence[str]:
        if len(self.log) > 1:
            return self.log.pop(0)[-lines:]
        return self.log[0][-lines:]


def endpoint(
    name: str = "hello-0badcafe",
    *,
    url: str = "http://127.0.0.1:18100",
    state: str = "ready",
    ready: int = 2,
    service: str = "hello",
    live: str | None = LIVE,
) -> EndpointStatus:
    """An endpoint as the agent states it, with two wanted replicas."""
    replicas = tuple(
        ReplicaStatus(
            index=n, state="ready" if n < ready else "restarting", port=9000 + n, pid=100 + n, restarts=n
        )
        for n in range(2)
    )
    revision = RevisionStatus(name=LIVE, state=state, model_version="1", replicas_wanted=2, replicas=replicas)
    labels = {"isoserve-service": service, "isoserve-environment": "dev"}
    return EndpointStatus(
        name=name,
        url=url,
        port=18100,
        auth="key",
        protocol="v2",
        model_name="hello",
        key=KEY,
        live=live,
        history=(Released(revision=LIVE, at=1_700_000_000.0),),
        revisions={LIVE: revision},
        request=EndpointRequest(model_name="hello", labels=labels),
    )


@pytest.fixture
def agent(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAgent]:
    """Replace the agent of the project; it has one healthy endpoint."""
    fake = FakeAgent(endpoints={"hello-0badcafe": endpoint()})
    (project / ".isoserve" / "local").mkdir(parents=True)
    monkeypatch.setattr(AgentClient, "connect", fake.connect)
    return fake
