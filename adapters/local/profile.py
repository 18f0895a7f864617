"""What the target `local` can do: its table, limits, names, and the facts its resources state.

Needs nothing but the standard library; how it is done is in `adapter`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING

from isoserve.adapters.base.facts import ArtifactFact, EndpointFact, Fact, Props, ReleaseFact, RevisionFact
from isoserve.adapters.base.limits import MIB, region_unknown
from isoserve.adapters.base.naming import Alphabet
from isoserve.adapters.local.artifacts import artifact_faults
from isoserve.adapters.local.support import SUPPORT
from isoserve.errors import Fault
from isoserve.runtime.server_kinds import MLSERVER_IMPLEMENTATIONS

if TYPE_CHECKING:
    from isoserve.spec import EndpointSpec, ServingSpec

_NAME = Alphabet(
    max_length=48, pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", source="adapters/local/README.md, section limits"
)
"""Short enough for a revision's folder name and its log's path."""

_RUNTIMES: Mapping[str, str] = {
    model_format: path.partition(".")[0] for model_format, path in MLSERVER_IMPLEMENTATIONS.items()
}
"""Format → the package MLServer reads it with; the extra `local` brings that of sklearn."""

_ELSEWHERE = ("account", "cluster", "issuer")
"""Groups of `existing` that mean nothing on one machine."""

_NATIVE = ("port",)
"""What `native: {local: …}` may hold."""


class LocalProfile:
    """The SDK-free half of the target `local`. `cores` and `memory_bytes` stand for another machine."""

    target = "local"
    support = SUPPORT
    auth = "an API key for each endpoint (`authorization: Bearer`, or `x-api-key`)"
    alphabets: Mapping[str, Alphabet] = MappingProxyType({"endpoint": _NAME, "model": _NAME})

    def __init__(self, *, cores: int | None = None, memory_bytes: int | None = None) -> None:
        self._cores = cores or os.cpu_count() or 1
        self._memory_bytes = memory_bytes or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    def check(self, spec: ServingSpec, /) -> Sequence[Fault]:
        """Find what this machine cannot hold, and what its agent cannot read."""
        faults = [*region_unknown(spec), *_existing(spec), *artifact_faults(spec)]
        for name, endpoint in spec.endpoints.items():
            at = f"endpoints.{name}"
            faults += self._resources(endpoint, at)
            faults += _server(endpoint, spec.models[endpoint.model].format, at)
            faults += _native(endpoint, at)
        return faults

    def facts(self, token: str, urn: str, props: Mapping[str, object], /) -> Sequence[Fact]:
        """State what one resource of the plugin means."""
        state = _FACTS.get(token)
        return [] if state is None else [state(urn, Props(props=props))]

    def _resources(self, endpoint: EndpointSpec, at: str) -> list[Fault]:
        """A replica must fit; how replicas share the machine is its scheduler's affair."""
        faults: list[Fault] = []
        cpu, memory = endpoint.resources.cpu, endpoint.resources.memory
        if cpu > self._cores:
            what = f"a replica needs {cpu:g} processors, this machine has {self._cores}"
            faults.append(Fault(what=what, at=f"{at}.resources.cpu", fix=f"write {self._cores} or less"))
        if memory > self._memory_bytes:
            have = self._memory_bytes // MIB
            what = f"a replica needs {memory // MIB} MiB of memory, this machine has {have} MiB"
            faults.append(Fault(what=what, at=f"{at}.resources.memory", fix=f"write {have}MiB or less"))
        return faults


def _existing(spec: ServingSpec) -> list[Fault]:
    return [
        Fault(what=f"one machine has no {group}", at=f"environment.existing.{group}", fix="remove it")
        for group in _ELSEWHERE
        if getattr(spec.environment.existing, group)
    ]


def _server(endpoint: EndpointSpec, model_format: str, at: str) -> list[Fault]:
    server = endpoint.server
    faults = [
        Fault(
            what=f"secret {name!r} is {reference!r}: on this machine a secret is read from a file",
            at=f"{at}.server.secrets.{name}",
            fix="write file:PATH, and keep the file out of the repository",
        )
        for name, reference in server.secrets.items()
        if not reference.startswith("file:")
    ]
    if server.kind == "mlserver":
        faults += _runtime(model_format, f"models.{endpoint.model}.format")
    if server.ports.metrics is not None:
        what = "the agent chooses the ports of replicas and scrapes no custom one"
        faults.append(Fault(what=what, at=f"{at}.server.ports.metrics", fix="remove it"))
    return faults


def _runtime(model_format: str, at: str) -> list[Fault]:
    """MLServer reads a format by a package of its own; look for it without importing it."""
    if (package := _RUNTIMES.get(model_format)) is None:
        what = f"mlserver reads no {model_format!r} model (it reads: {', '.join(_RUNTIMES)})"
        return [Fault(what=what, at=at, fix="use a custom server")]
    if find_spec(package) is None:
        extra = "isoserve[local]" if model_format == "sklearn" else package.replace("_", "-")
        what = f"mlserver needs {package} to read a {model_format!r} model"
        return [Fault(what=what, at=at, fix=f"pip install '{extra}'")]
    return []


def _native(endpoint: EndpointSpec, at: str) -> list[Fault]:
    given = endpoint.native.get("local", {})
    faults = [
        Fault(
            what=f"{key!r} is no setting of the local agent", at=f"{at}.native.local.{key}", fix="remove it"
        )
        for key in given
        if key not in _NATIVE
    ]
    port = given.get("port")
    if "port" in given and (isinstance(port, bool) or not isinstance(port, int) or not 1024 <= port <= 65535):
        what = f"port {port!r} is not a number from 1024 to 65535"
        faults.append(Fault(what=what, at=f"{at}.native.local.port", fix="write a free port, or remove it"))
    return faults


def _artifact(urn: str, props: Props) -> Fact:
    return ArtifactFact(
        urn=urn,
        name=props.name("model"),
        labels=props.labels(),
        version=props.text("version"),
        sha256=props.text("sha256"),
    )


def _endpoint(urn: str, props: Props) -> Fact:
    return EndpointFact(urn=urn, name=props.name("endpoint"), labels=props.labels(), auth=props.text("auth"))


def _revision(urn: str, props: Props) -> Fact:
    """State a number that is fixed: where no ceiling is given, it is its own."""
    replicas, ceiling = props.count("replicas"), props.count("max_replicas")
    return RevisionFact(
        urn=urn,
        name=props.name("name"),
        labels=props.labels(),
        endpoint=props.text("endpoint"),
        min_replicas=replicas,
        max_replicas=replicas if ceiling is None else ceiling,
    )


def _release(urn: str, props: Props) -> Fact:
    return ReleaseFact(
        urn=urn,
        name=props.name("endpoint"),
        labels=props.labels(),
        revision=props.text("revision"),
        previous=props.text("previous"),
    )


_FACTS: Mapping[str, Callable[[str, Props], Fact]] = {
    "isoserve:local:Artifact": _artifact,
    "isoserve:local:Endpoint": _endpoint,
    "isoserve:local:Revision": _revision,
    "isoserve:local:Release": _release,
}
