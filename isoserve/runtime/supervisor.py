"""Endpoints, revisions and releases: each is durable before it is confirmed. Speaks no HTTP."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from isoserve.errors import AgentError
from isoserve.runtime import ports
from isoserve.runtime.fronts import front, longest_s, ports_of
from isoserve.runtime.gateway import Gateway
from isoserve.runtime.gateway_config import Front
from isoserve.runtime.logs import log
from isoserve.runtime.messages import (
    EndpointRequest,
    EndpointStatus,
    Released,
    RevisionRequest,
    RevisionStatus,
    check_name,
)
from isoserve.runtime.places import located, portable
from isoserve.runtime.processes import Watched, marked
from isoserve.runtime.refusals import (
    MissingError,
    choose_revision,
    refuse_difference,
    refuse_other_port,
    refuse_stuck,
    refuse_unready,
)
from isoserve.runtime.revision import Revision
from isoserve.runtime.server_kinds import check
from isoserve.runtime.state import EndpointRecord, RevisionRecord, Store

_HISTORY = 100
_LOOK_WITHIN_S = 5.0
"""Longest wait for a first look at what was restored: before it, each state is a guess."""


class Supervisor:
    """All endpoints of one state folder, which is the working directory."""

    def __init__(self, state_dir: Path, store: Store) -> None:
        self.state_dir = state_dir
        self.emptied = asyncio.Event()
        """Set when the last endpoint is gone."""
        self.restored = asyncio.Event()
        """Set when what an earlier agent left is known; calls wait for it."""
        self._unapplied = False
        self._store = store
        self._revisions: dict[tuple[str, str], Revision] = {}
        self._locks: defaultdict[tuple[str, ...], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._background: set[asyncio.Task[None]] = set()
        self._drawn: set[int] = set()
        self._claims = ports.Claims()
        self.gateway = Gateway(
            state_dir,
            recorded=store.state.gateway,
            restarts=store.state.gateway_restarts,
            changed=self._gateway_changed,
        )

    @property
    def endpoints(self) -> Mapping[str, EndpointRecord]:
        """What shall be."""
        return self._store.state.endpoints

    @property
    def revisions(self) -> Mapping[tuple[str, str], Revision]:
        """What runs, by endpoint and revision."""
        return self._revisions

    async def restore(self) -> None:
        """After a start: take over what still runs, start what does not, end what nobody recorded."""
        try:
            await self._end_unrecorded()
            for endpoint, record in list(self.endpoints.items()):
                self._claims.take(record.port)
                for name, revision in record.revisions.items():
                    self._restore_revision(endpoint, name, revision)
            if self.endpoints:
                applying = asyncio.create_task(self._reapply())
                looking = [asyncio.create_task(one.looked()) for one in self._revisions.values()]
                _, late = await asyncio.wait([applying, *looking], timeout=_LOOK_WITHIN_S)
                self._background |= late
        finally:
            self.restored.set()

    async def tend(self) -> None:
        """Try again what could not be applied."""
        if self._unapplied:
            await self._reapply()

    async def put_endpoint(self, name: str, request: EndpointRequest) -> EndpointStatus:
        """Make or change an endpoint."""
        check_name(name, "an endpoint")
        async with self._locks[name,]:
            before = self.endpoints.get(name)
            if before is None:
                await self._make_endpoint(name, request)
                return self.endpoint_status(name)
            refuse_other_port(name, before.port, request.port)
            record = replace(before, request=replace(request, port=before.request.port))
            if record != before:
                self._save_endpoint(name, record)
                await self._apply_or(name, before)
                log("endpoint.changed", endpoint=name, port=record.port, auth=request.auth)
            return self.endpoint_status(name)

    async def delete_endpoint(self, name: str) -> bool:
        """End an endpoint with all it has; True: it was the last. Raises AgentError where there is none."""
        self._endpoint(name)
        for revision in self._of(name):
            if not revision.proven:
                await revision.stop()  # ends the wait of whoever started it
        async with self._locks[name,]:
            await self._silence(name)
            if len(self.endpoints) == 1:
                await self.gateway.stop()
            else:
                await self.gateway.apply(self._fronts(without=name))
            # ended before it is forgotten: an agent that dies here leaves no process that nobody knows
            await asyncio.gather(*(revision.stop() for revision in self._of(name)))
            for key in [key for key in self._revisions if key[0] == name]:
                del self._revisions[key]
            shutil.rmtree(Path("endpoints") / name, ignore_errors=True)
            self._claims.drop(self.endpoints[name].port)
            self._store.save(self._store.state.with_endpoint(name, None))
            log("endpoint.deleted", endpoint=name)
        if not self.endpoints:
            self.emptied.set()
        return not self.endpoints

    async def put_revision(self, endpoint: str, name: str, request: RevisionRequest) -> RevisionStatus:
        """Start a revision, or change how many replicas it has; returns when it is ready."""
        check_name(name, "a revision")
        self._endpoint(endpoint)
        request = portable(request, self.state_dir)
        async with self._locks[endpoint, name]:
            known = self._revisions.get((endpoint, name))
            if known is None:
                check(located(request, self.state_dir))
                known = await self._start_revision(endpoint, name, request)
            else:
                refuse_difference(
                    name, located(known.request, self.state_dir), located(request, self.state_dir)
                )
                await self._scale(known, request)
            return known.status()

    async def delete_revision(self, endpoint: str, name: str) -> None:
        """Drain and end a revision. Raises AgentError: there is none, or it is the live one."""
        async with self._locks[endpoint, name], self._locks[endpoint,]:
            record = self._endpoint(endpoint)
            revision = self._known(endpoint, name)
            if record.live == name:
                fix = "release another revision first, or delete the endpoint"
                raise AgentError(f"revision {name} is live", at=f"{endpoint}/{name}", fix=fix)
            await self.gateway.drain(endpoint, name, within_s=longest_s(record, 0.0))
            await self.gateway.apply(self._fronts(part=(endpoint, name)))
            await revision.stop()
            del self._revisions[endpoint, name]
            self._save_endpoint(endpoint, self._endpoint(endpoint).with_revision(name, None))
            log("revision.deleted", endpoint=endpoint, revision=name)

    async def release(self, endpoint: str, name: str | None, *, drain_s: float) -> EndpointStatus:
        """Give all traffic to one revision (None: to nobody); returns when no other one answers any more."""
        async with self._locks[endpoint,]:
            record = self._endpoint(endpoint)
            if name is not None:
                revision = self._known(endpoint, name)
                if name != record.live and revision.status().replicas_ready == 0:
                    what = f"revision {name} has no replica that is ready"
                    raise AgentError(what, at=f"{endpoint}/{name}", fix="read its log, then try again")
            if name != record.live:
                await self._switch(endpoint, name, drain_s=drain_s)
            return self.endpoint_status(endpoint)

    def endpoint_status(self, name: str) -> EndpointStatus:
        """As it is now, with its key. Raises AgentError where there is none."""
        record = self._endpoint(name)
        return EndpointStatus(
            name=name,
            url=f"http://127.0.0.1:{record.port}",
            port=record.port,
            auth=record.request.auth,
            protocol=record.request.protocol,
            model_name=record.request.model_name,
            key=record.key if record.request.auth == "key" else None,
            live=record.live,
            history=record.history,
            revisions={one.name: one.status() for one in self._of(name)},
            request=record.request,
        )

    def revision_status(self, endpoint: str, name: str) -> RevisionStatus:
        """As it is now. Raises AgentError where there is none."""
        return self._known(endpoint, name).status()

    def log_lines(self, endpoint: str, name: str | None, lines: int) -> Sequence[str]:
        """The last log lines of each replica of a revision (None: the live or only one), labelled."""
        record = self._endpoint(endpoint)
        there = [one.name for one in self._of(endpoint) if one.replicas]
        revision = self._known(endpoint, choose_revision(endpoint, name, record.live, there))
        found: list[str] = []
        for index, replica in sorted(revision.replicas.items()):
            found += [f"{index}| {line}" for line in replica.log_tail(lines)]
        return found

    def forget(self) -> None:
        """Leave all processes running; the next agent takes them over."""
        for task in self._background:
            task.cancel()
        for revision in self._revisions.values():
            revision.forget()
        self.gateway.forget()

    async def end(self) -> None:
        """End all processes; what shall be stays recorded, for the next agent to start again."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(self.gateway.end(), *(one.end() for one in self._revisions.values()))

    async def _switch(self, endpoint: str, name: str | None, *, drain_s: float) -> None:
        """Durable first: an agent that dies in between goes on to where the traffic was meant to go."""
        before = self._endpoint(endpoint)
        history = before.history
        if name is not None:
            history = (*history, Released(revision=name, at=time.time()))[-_HISTORY:]
        self._save_endpoint(endpoint, replace(before, live=name, history=history))
        await self._apply_or(endpoint, before)
        log("release", endpoint=endpoint, revision=name, previous=before.live)
        if before.live is not None:
            within_s = longest_s(before, drain_s)
            drained = await self.gateway.drain(endpoint, before.live, within_s=within_s)
            log("release.drained", endpoint=endpoint, revision=before.live, drained=drained)

    async def _silence(self, endpoint: str) -> None:
        """Let what is in flight end. A gateway that is down, or a full disk, must not keep what is to go."""
        try:
            if self._endpoint(endpoint).live is not None:
                await self._switch(endpoint, None, drain_s=0.0)
        except AgentError as exc:
            log("endpoint.undrained", "warning", endpoint=endpoint, cause=str(exc))

    async def _start_revision(self, endpoint: str, name: str, request: RevisionRequest) -> Revision:
        record = RevisionRecord(request=request)
        revision = self._revision(endpoint, name, record)
        self._revisions[endpoint, name] = revision
        try:
            self._save_endpoint(endpoint, self._endpoint(endpoint).with_revision(name, record))
            revision.grow(request)
            refuse_unready(endpoint, name, await revision.wait_ready(within_s=request.ready_within_s))
            revision.proven = True
            self._remember(revision)
            await self._apply()
        except (AgentError, asyncio.CancelledError) as exc:
            await self._forget_revision(revision)
            log("revision.failed", "error", endpoint=endpoint, revision=name, cause=str(exc))
            raise
        log("revision.ready", endpoint=endpoint, revision=name)
        return revision

    async def _forget_revision(self, revision: Revision) -> None:
        revision.proven = False
        await revision.stop()
        self._revisions.pop((revision.endpoint, revision.name), None)
        if (record := self.endpoints.get(revision.endpoint)) is not None:
            self._save_endpoint(revision.endpoint, record.with_revision(revision.name, None))

    async def _scale(self, revision: Revision, request: RevisionRequest) -> None:
        """Bring a proven revision to `request.replicas`, all ready; what is surplus ends its requests first.

        Where that fails only the added replicas are ended: the rest may have the traffic.
        """
        before = revision.request
        revision.request = request
        added = revision.grow(request)
        cause = await revision.wait_ready(within_s=request.ready_within_s)
        if cause is not None:
            revision.request = before
            await revision.drop(added)
            self._remember(revision)
            refuse_stuck(revision.endpoint, revision.name, cause)
        surplus = revision.surplus(request)
        for replica in surplus.values():
            replica.draining = True
        self._remember(revision)
        await self._apply()
        if surplus:
            within_s = self._endpoint(revision.endpoint).request.timeout_s
            going = {replica.http_port for replica in surplus.values()}
            await self.gateway.drain_hosts(revision.endpoint, revision.name, going, within_s=within_s)
            await self.gateway.apply(self._fronts(ports_gone=going))
            await revision.drop(list(surplus))
            self._remember(revision)

    def _fronts(
        self, *, without: str | None = None, part: tuple[str, str] = ("", ""), ports_gone: Container[int] = ()
    ) -> Mapping[str, Front]:
        """How the gateway shall see it all: without an endpoint, a revision (`part`) or some replicas."""
        return {
            name: front(
                record,
                self._of(name),
                without=part[1] if part[0] == name else None,
                without_ports=ports_gone,
            )
            for name, record in self.endpoints.items()
            if name != without
        }

    async def _apply(self) -> None:
        await self.gateway.apply(self._fronts())

    async def _apply_or(self, name: str, before: EndpointRecord | None) -> None:
        """Apply; where the gateway refuses, the endpoint is again what it was."""
        try:
            await self._apply()
        except AgentError:
            self._unapplied = True  # part of it may be in use already
            self._store.save(self._store.state.with_endpoint(name, before))
            if not self.endpoints:
                await self.gateway.stop()
            raise

    async def _make_endpoint(self, name: str, request: EndpointRequest) -> None:
        """Save and apply a new endpoint; on the next port, where another program was quicker to take it."""
        key, upload_s = secrets.token_urlsafe(32), max(1.0, request.timeout_s)
        while True:
            port = ports.endpoint_port(request.port, self._claims)
            self._save_endpoint(name, EndpointRecord(request=request, port=port, key=key, upload_s=upload_s))
            try:
                await self._apply_or(name, None)
            except AgentError:
                quicker = not ports.is_free(port)
                self._claims.drop(port)
                if not quicker:
                    raise
                if request.port is not None:
                    ports.endpoint_port(port, self._claims)  # says who has it
                continue
            log("endpoint.made", endpoint=name, port=port, auth=request.auth)
            return

    def _revision(self, endpoint: str, name: str, record: RevisionRecord) -> Revision:
        def changed() -> None:
            revision = self._revisions.get((endpoint, name))
            if revision is not None:
                self._replica_changed(revision)

        return Revision(
            self.state_dir,
            endpoint,
            name,
            record,
            silence_s=self._endpoint(endpoint).request.timeout_s,
            draw_port=self._draw_port,
            changed=changed,
        )

    def _draw_port(self) -> int:
        taken = {
            port
            for one in self._revisions.values()
            for r in one.replicas.values()
            for port in r.ports.values()
        }
        port = ports.replica_port(taken | self._drawn)
        self._drawn.add(port)
        return port

    def _replica_changed(self, revision: Revision) -> None:
        moved = revision.proven and ports_of(self.gateway.fronts, revision.endpoint, revision.name) != {
            host.port for host in revision.backend.hosts
        }
        try:
            self._remember(revision)
        except AgentError as exc:  # the processes carry marks: an agent that restarts finds them
            log("state.unwritten", "error", cause=str(exc))
        if moved:
            task = asyncio.create_task(self._reapply())
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _reapply(self) -> None:
        try:
            await self._apply()
            self._unapplied = False
        except AgentError as exc:
            self._unapplied = True
            log("gateway.unapplied", "error", cause=str(exc))

    def _gateway_changed(self) -> None:
        gateway = self.gateway
        state = replace(self._store.state, gateway=gateway.identity, gateway_restarts=gateway.restarts)
        try:
            self._store.save(state)
        except AgentError as exc:
            log("state.unwritten", "error", cause=str(exc))

    def _restore_revision(self, endpoint: str, name: str, record: RevisionRecord) -> None:
        if record.proven:
            self._revisions[endpoint, name] = self._revision(endpoint, name, record)
            return
        # whoever asked for it got no answer and will ask again
        self._save_endpoint(endpoint, self._endpoint(endpoint).with_revision(name, None))
        shutil.rmtree(Path("endpoints") / endpoint / name, ignore_errors=True)

    async def _end_unrecorded(self) -> None:
        known = {self._store.state.gateway} | {
            replica.process
            for record in self.endpoints.values()
            for revision in record.revisions.values()
            if revision.proven
            for replica in revision.replicas.values()
        }
        pids = {process.pid for process in known if process is not None}
        for process in marked(self.state_dir):
            if process.pid not in pids and (left := Watched.adopt(process)) is not None:
                log("process.unrecorded", "warning", pid=process.pid)
                await left.terminate(grace_s=2.0)

    def _remember(self, revision: Revision) -> None:
        if (record := self.endpoints.get(revision.endpoint)) is not None:
            self._save_endpoint(revision.endpoint, record.with_revision(revision.name, revision.record))

    def _save_endpoint(self, name: str, record: EndpointRecord) -> None:
        self._store.save(self._store.state.with_endpoint(name, record))

    def _of(self, endpoint: str) -> Sequence[Revision]:
        return [one for (of, _), one in self._revisions.items() if of == endpoint]

    def _endpoint(self, name: str) -> EndpointRecord:
        if (record := self.endpoints.get(name)) is None:
            raise MissingError(
                f"no endpoint named {name}", at=name, fix=f"use one of {sorted(self.endpoints)}"
            )
        return record

    def _known(self, endpoint: str, name: str) -> Revision:
        self._endpoint(endpoint)
        if (revision := self._revisions.get((endpoint, name))) is None or not revision.replicas:
            there = [one.name for one in self._of(endpoint)]
            raise MissingError(
                f"no revision named {name}", at=f"{endpoint}/{name}", fix=f"use one of {there}"
            )
        return revision
