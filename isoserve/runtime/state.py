"""The durable state of one agent: what shall be, and which processes it has. Starts and ends nothing."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from isoserve.errors import AgentError
from isoserve.runtime.fields import Fields, as_object
from isoserve.runtime.messages import EndpointRequest, Released, RevisionRequest, released_from_json
from isoserve.runtime.processes import ProcessId

FILE = "state.json"
_VERSION = 1
_MOVED = "its folder was moved or removed: run the command again"
_DENIED = "mend the permissions"
_REMEDIES: Mapping[int, str] = {
    errno.ENOSPC: "free disk space",
    errno.EDQUOT: "free disk space",
    errno.ENOENT: _MOVED,
    errno.ENOTDIR: _MOVED,
    errno.ESTALE: _MOVED,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: "make its disk writable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRecord:
    """One replica: its ports are kept through restarts."""

    ports: Mapping[str, int]
    """Purpose (`http`, `grpc`, `metrics`) → port."""
    process: ProcessId | None = None
    restarts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRecord:
    """One revision. `proven`: every replica was ready once; without, it is ended when an agent restarts."""

    request: RevisionRequest
    replicas: Mapping[int, ReplicaRecord] = field(default_factory=dict[int, ReplicaRecord])
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRecord:
    """One endpoint."""

    request: EndpointRequest
    port: int
    key: str = field(repr=False)
    upload_s: float
    """Longest time for a request to arrive; part of the listener, so it stays as it was made."""
    live: str | None = None
    history: tuple[Released, ...] = ()
    revisions: Mapping[str, RevisionRecord] = field(default_factory=dict[str, RevisionRecord])

    def with_revision(self, name: str, revision: RevisionRecord | None) -> EndpointRecord:
        """The endpoint with one revision put, or (None) taken away."""
        others = {key: value for key, value in self.revisions.items() if key != name}
        return replace(self, revisions=others if revision is None else {**others, name: revision})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All of it."""

    endpoints: Mapping[str, EndpointRecord] = field(default_factory=dict[str, EndpointRecord])
    gateway: ProcessId | None = None
    gateway_restarts: int = 0

    def with_endpoint(self, name: str, endpoint: EndpointRecord | None) -> State:
        """The state with one endpoint put, or (None) taken away."""
        others = {key: value for key, value in self.endpoints.items() if key != name}
        return replace(self, endpoints=others if endpoint is None else {**others, name: endpoint})


class Store:
    """Keeps `state.json`; what it says is never ahead of what the disk has."""

    def __init__(self, folder: Path, *, shown: Path | None = None) -> None:
        """`shown`: how messages name `folder`, where it is a relative path."""
        self._path = folder / FILE
        self._shown = (shown or folder) / FILE
        self.state = self._load()

    def save(self, state: State) -> None:
        """Write durably, then take over. Raises AgentError; the state before stays as it was."""
        try:
            write_durably(self._path, json.dumps(_state_to_json(state), indent=1))
        except OSError as exc:
            what = f"the state cannot be written: {exc.strerror or exc}"
            raise AgentError(what, at=str(self._shown), fix=f"{remedy(exc)}; nothing was changed") from exc
        self.state = state

    def _load(self) -> State:
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return State()
        except (OSError, ValueError) as exc:
            raise self._unreadable(exc) from exc
        try:
            return _state_from_json(json.loads(text))
        except (ValueError, AgentError) as exc:
            raise self._unreadable(exc) from exc

    def _unreadable(self, exc: Exception) -> AgentError:
        fix = f"put a sound copy back, or start empty: mv {self._shown} {self._shown}.broken"
        return AgentError(f"the agent's state is damaged: {exc}", at=str(self._shown), fix=fix)


def remedy(exc: OSError) -> str:
    """What the user can do about a file that cannot be written."""
    return _REMEDIES.get(exc.errno or 0, "look at the disk, then run the command again")


def write_durably(path: Path, text: str) -> None:
    """Replace a file in one step, mode 0600. Raises OSError; then the old content is intact."""
    temporary = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _state_to_json(state: State) -> Mapping[str, object]:
    endpoints = {name: _endpoint_to_json(one) for name, one in state.endpoints.items()}
    gateway = {"process": _process_to_json(state.gateway), "restarts": state.gateway_restarts}
    return {"isoserve": _VERSION, "endpoints": endpoints, "gateway": gateway}


def _endpoint_to_json(one: EndpointRecord) -> Mapping[str, object]:
    return {
        "request": one.request.to_json(),
        "port": one.port,
        "key": one.key,
        "upload_s": one.upload_s,
        "live": one.live,
        "history": [{"revision": entry.revision, "at": entry.at} for entry in one.history],
        "revisions": {name: _revision_to_json(revision) for name, revision in one.revisions.items()},
    }


def _revision_to_json(one: RevisionRecord) -> Mapping[str, object]:
    replicas = {
        str(index): {
            "ports": dict(replica.ports),
            "process": _process_to_json(replica.process),
            "restarts": replica.restarts,
        }
        for index, replica in one.replicas.items()
    }
    return {"request": one.request.to_json(), "replicas": replicas, "proven": one.proven}


def _process_to_json(process: ProcessId | None) -> Mapping[str, object] | None:
    return None if process is None else {"pid": process.pid, "created": process.created}


def _state_from_json(value: object) -> State:
    of = Fields(value, FILE)
    of.integer("isoserve", least=_VERSION, most=_VERSION)
    endpoints = as_object(of.raw("endpoints"), of.at("endpoints"))
    gateway = Fields(of.raw("gateway", {}), of.at("gateway"))
    return State(
        endpoints={name: _endpoint_from_json(one, f"endpoints.{name}") for name, one in endpoints.items()},
        gateway=_process_from_json(gateway.raw("process"), of.at("gateway")),
        gateway_restarts=gateway.integer("restarts", 0, least=0, most=2**31),
    )


def _endpoint_from_json(value: object, at: str) -> EndpointRecord:
    of = Fields(value, at)
    revisions = as_object(of.raw("revisions"), of.at("revisions"))
    return EndpointRecord(
        request=EndpointRequest.from_json(of.raw("request"), of.at("request")),
        port=of.integer("port", least=1, most=65535),
        key=of.text("key"),
        upload_s=of.number("upload_s", least=0, most=2.0**31),
        live=of.maybe_text("live"),
        history=released_from_json(of.raw("history"), of.at("history")),
        revisions={name: _revision_from_json(one, of.at(name)) for name, one in revisions.items()},
    )


def _revision_from_json(value: object, at: str) -> RevisionRecord:
    of = Fields(value, at)
    replicas: dict[int, ReplicaRecord] = {}
    for index, one in as_object(of.raw("replicas"), of.at("replicas")).items():
        inner = Fields(one, of.at(index))
        ports = Fields(inner.raw("ports"), inner.at("ports"))
        replicas[int(index)] = ReplicaRecord(
            ports={name: ports.integer(name, least=1, most=65535) for name in ports.keys()},  # noqa: SIM118
            process=_process_from_json(inner.raw("process"), at),
            restarts=inner.integer("restarts", least=0, most=2**31),
        )
    request = RevisionRequest.from_json(of.raw("request"), of.at("request"))
    return RevisionRecord(request=request, replicas=replicas, proven=of.flag("proven"))


def _process_from_json(value: object, at: str) -> ProcessId | None:
    if value is None:
        return None
    of = Fields(value, at)
    return ProcessId(
        pid=of.integer("pid", least=1, most=2**31), created=of.number("created", least=0, most=2.0**40)
    )
