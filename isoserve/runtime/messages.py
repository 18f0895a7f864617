"""What the agent and its clients say to each other, with its JSON form. Sends nothing, starts nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from isoserve.errors import AgentError
from isoserve.runtime.fields import Fields, as_list, as_object

MIB = 1024 * 1024
MAX_TIMEOUT_S = 86_400.0
MAX_REPLICAS = 256
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,126}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """What an endpoint shall be. All but `port` may change in place; the key and the port are kept."""

    model_name: str
    """Name under which the model answers on the V2 protocol."""
    port: int | None = None
    """TCP port on 127.0.0.1; None: the first free one of 18100-18999, kept from then on."""
    auth: str = "key"
    """`key`: an API key in `authorization: Bearer` or `x-api-key`; `none`: open."""
    timeout_s: float = 60.0
    """Longest answer, seconds (504 after it); with `stream` the longest silence."""
    max_body_bytes: int = MIB
    """Largest request body, bytes (413 above it)."""
    stream: bool = False
    """True: an answer may last longer than `timeout_s` as long as it keeps coming."""
    protocol: str = "v2"
    """`v2`, `openai` or `raw`."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    def to_json(self) -> Mapping[str, object]:
        """JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object, at: str = "endpoint") -> EndpointRequest:
        """Read and check. Raises AgentError."""
        of = Fields(value, at)
        request = cls(
            model_name=check_name(of.text("model_name"), "a model"),
            port=of.maybe_integer("port", least=1, most=65535),
            auth=of.choice("auth", ("key", "none"), "key"),
            timeout_s=of.number("timeout_s", 60.0, least=0.001, most=MAX_TIMEOUT_S),
            max_body_bytes=of.integer("max_body_bytes", MIB, least=1, most=1024 * MIB),
            stream=of.flag("stream"),
            protocol=of.choice("protocol", ("v2", "openai", "raw"), "v2"),
            labels=of.text_map("labels"),
        )
        of.done()
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRequest:
    """The program of each replica."""

    kind: str
    """`mlserver`, or `custom` (then `command` is compulsory)."""
    command: Sequence[str] = ()
    """Program and arguments; `{port}` and `{artifact}` are filled in."""
    args: Mapping[str, object] = field(default_factory=dict[str, object])
    """Scalars. `mlserver`: settings (`parallel_workers`); `custom`: appended as `--name value`."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variable → `file:PATH`, relative to the state folder; read at each start of a replica, never stored."""
    ready_path: str | None = None
    """Must answer 200 when the replica can serve; None: what the kind defines."""
    live_path: str | None = None
    """Must answer while the replica is alive; None: what the kind defines."""

    @classmethod
    def from_json(cls, value: object, at: str) -> ServerRequest:
        """Read and check. Raises AgentError."""
        of = Fields(value, at)
        request = cls(
            kind=of.text("kind"),
            command=of.texts("command"),
            args=_scalars(of.raw("args", {}), of.at("args")),
            env=of.text_map("env"),
            secrets=of.text_map("secrets"),
            ready_path=_path(of.maybe_text("ready_path"), of.at("ready_path")),
            live_path=_path(of.maybe_text("live_path"), of.at("live_path")),
        )
        of.done()
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRequest:
    """One immutable revision; only `replicas` and `ready_within_s` may differ on repeat."""

    server: ServerRequest
    artifact: str
    """Path of the model's file or folder, relative: to the state folder; empty: none (`custom` only)."""
    model_name: str
    model_version: str
    model_format: str
    replicas: int = 1
    ready_within_s: float = 300.0

    def to_json(self) -> Mapping[str, object]:
        """JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object, at: str = "revision") -> RevisionRequest:
        """Read and check. Raises AgentError."""
        of = Fields(value, at)
        request = cls(
            server=ServerRequest.from_json(of.raw("server"), of.at("server")),
            artifact=of.text("artifact", ""),
            model_name=check_name(of.text("model_name"), "a model"),
            model_version=of.text("model_version"),
            model_format=of.text("model_format", ""),
            replicas=of.integer("replicas", 1, least=1, most=MAX_REPLICAS),
            ready_within_s=of.number("ready_within_s", 300.0, least=0.1, most=MAX_TIMEOUT_S),
        )
        of.done()
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaStatus:
    """One replica as it is now."""

    index: int
    state: str
    """`starting`, `ready`, `unready` (runs, but does not answer), `restarting` or `stopping`."""
    port: int
    pid: int | None
    restarts: int

    @classmethod
    def from_json(cls, value: object, at: str) -> ReplicaStatus:
        """Read what the agent answered."""
        of = Fields(value, at)
        return cls(
            index=of.integer("index", least=0, most=MAX_REPLICAS),
            state=of.text("state"),
            port=of.integer("port", least=0, most=65535),
            pid=of.maybe_integer("pid", least=1, most=2**31),
            restarts=of.integer("restarts", least=0, most=2**31),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionStatus:
    """One revision as it is now."""

    name: str
    state: str
    """`starting`, `ready` (every replica is), `degraded` (some are) or `down` (none is)."""
    model_version: str
    replicas_wanted: int
    replicas: Sequence[ReplicaStatus] = ()
    request: RevisionRequest | None = None
    """What was asked for; a repeat with the same body changes nothing."""

    @property
    def replicas_ready(self) -> int:
        """Replicas that answer now."""
        return sum(replica.state == "ready" for replica in self.replicas)

    @property
    def restarts(self) -> int:
        """Restarts after a crash, of all replicas, since the revision was made."""
        return sum(replica.restarts for replica in self.replicas)

    @property
    def pids(self) -> Sequence[int]:
        """Processes that run now."""
        return [replica.pid for replica in self.replicas if replica.pid is not None]

    def to_json(self) -> Mapping[str, object]:
        """JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object, at: str = "revision") -> RevisionStatus:
        """Read what the agent answered."""
        of = Fields(value, at)
        replicas = as_list(of.raw("replicas", []), of.at("replicas"))
        request = of.raw("request")
        return cls(
            name=of.text("name"),
            state=of.text("state"),
            model_version=of.text("model_version"),
            replicas_wanted=of.integer("replicas_wanted", least=0, most=MAX_REPLICAS),
            replicas=tuple(ReplicaStatus.from_json(one, of.at("replicas")) for one in replicas),
            request=None if request is None else RevisionRequest.from_json(request, of.at("request")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """One entry of an endpoint's history."""

    revision: str
    at: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """One endpoint as it is now."""

    name: str
    url: str
    port: int
    auth: str
    protocol: str
    model_name: str
    key: str | None = field(default=None, repr=False)
    """The API key; None with auth `none`, and in `status()`."""
    live: str | None = None
    """The revision that gets the traffic."""
    history: Sequence[Released] = ()
    """Releases, oldest first (the last 100)."""
    revisions: Mapping[str, RevisionStatus] = field(default_factory=dict[str, RevisionStatus])
    request: EndpointRequest | None = None
    """What was asked for."""

    def to_json(self) -> Mapping[str, object]:
        """JSON form, the key included where it is known."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object, at: str = "endpoint") -> EndpointStatus:
        """Read what the agent answered."""
        of = Fields(value, at)
        revisions = as_object(of.raw("revisions", {}), of.at("revisions"))
        request = of.raw("request")
        return cls(
            name=of.text("name"),
            url=of.text("url"),
            port=of.integer("port", least=1, most=65535),
            auth=of.text("auth"),
            protocol=of.text("protocol"),
            model_name=of.text("model_name"),
            key=of.maybe_text("key"),
            live=of.maybe_text("live"),
            history=released_from_json(of.raw("history", []), of.at("history")),
            revisions={name: RevisionStatus.from_json(one, of.at(name)) for name, one in revisions.items()},
            request=None if request is None else EndpointRequest.from_json(request, of.at("request")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """The agent as it is now."""

    pid: int
    started: float
    """Seconds since the epoch."""
    version: str
    state_dir: str
    gateway_pid: int | None
    gateway_restarts: int
    metrics_url: str
    endpoints: Mapping[str, EndpointStatus] = field(default_factory=dict[str, EndpointStatus])
    """Without their keys."""

    def to_json(self) -> Mapping[str, object]:
        """JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object, at: str = "agent") -> AgentStatus:
        """Read what the agent answered."""
        of = Fields(value, at)
        endpoints = as_object(of.raw("endpoints", {}), of.at("endpoints"))
        return cls(
            pid=of.integer("pid", least=1, most=2**31),
            started=of.number("started", least=0, most=2.0**40),
            version=of.text("version"),
            state_dir=of.text("state_dir"),
            gateway_pid=of.maybe_integer("gateway_pid", least=1, most=2**31),
            gateway_restarts=of.integer("gateway_restarts", least=0, most=2**31),
            metrics_url=of.text("metrics_url"),
            endpoints={name: EndpointStatus.from_json(one, of.at(name)) for name, one in endpoints.items()},
        )


def released_from_json(value: object, at: str) -> tuple[Released, ...]:
    """Read an endpoint's history."""
    entries = [Fields(one, at) for one in as_list(value, at)]
    return tuple(
        Released(revision=one.text("revision"), at=one.number("at", least=0, most=2.0**40)) for one in entries
    )


def check_name(name: str, kind: str) -> str:
    """Return a name that is safe as a folder, a file and a label. Raises AgentError."""
    if not _NAME.fullmatch(name):
        fix = "use 1 to 127 letters, digits, dots, dashes and underscores, a letter or digit first"
        raise AgentError(f"{name!r} is no name for {kind}", at=kind, fix=fix)
    return name


def _path(value: str | None, at: str) -> str | None:
    if value is not None and not re.fullmatch(r"/[!-~]*", value):
        raise AgentError(f"{at} is {value!r}", at=at, fix="start it with / and leave out spaces")
    return value


def _scalars(value: object, at: str) -> Mapping[str, object]:
    for name, one in as_object(value, at).items():
        if not isinstance(one, str | int | float | bool):
            raise AgentError(f"{at}.{name} must be a scalar, not {type(one).__name__}", at=f"{at}.{name}")
    return as_object(value, at)
