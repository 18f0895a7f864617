"""The replicas of one revision: started together, scaled, ended. Knows no gateway and no other revision."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from isoserve.runtime.gateway_config import Backend, Host
from isoserve.runtime.messages import RevisionRequest, RevisionStatus
from isoserve.runtime.replica import Place, Replica, all_ready
from isoserve.runtime.server_kinds import kind_of
from isoserve.runtime.state import ReplicaRecord, RevisionRecord

STOP_GRACE_S = 10.0


class Revision:
    """One revision as it runs. Every change of a replica is told by `changed`."""

    def __init__(
        self,
        state_dir: Path,
        endpoint: str,
        name: str,
        record: RevisionRecord,
        *,
        silence_s: float,
        draw_port: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        self.name = name
        self.endpoint = endpoint
        self.request = record.request
        self.proven = record.proven
        self.replicas: dict[int, Replica] = {}
        self._state_dir = state_dir
        self._silence_s = silence_s
        self._draw_port = draw_port
        self._changed = changed
        for index, replica in record.replicas.items():
            self._add(index, replica, proven=self.proven)

    @property
    def record(self) -> RevisionRecord:
        """What has to be remembered of it."""
        replicas = {index: replica.record for index, replica in self.replicas.items()}
        return RevisionRecord(request=self.request, replicas=replicas, proven=self.proven)

    @property
    def backend(self) -> Backend:
        """How the gateway sees it."""
        hosts = [Host(port=one.http_port, draining=one.draining) for one in self.replicas.values()]
        return Backend(hosts=hosts, ready_path=next(iter(self.replicas.values())).ready_path)

    def status(self) -> RevisionStatus:
        """As it is now."""
        replicas = [one.status() for _, one in sorted(self.replicas.items())]
        ready = sum(one.state == "ready" for one in replicas)
        wanted = self.request.replicas
        state = "ready" if ready >= wanted else "degraded" if ready else "down" if self.proven else "starting"
        return RevisionStatus(
            name=self.name,
            state=state,
            model_version=self.request.model_version,
            replicas_wanted=wanted,
            replicas=tuple(replicas),
            request=self.request,
        )

    async def wait_ready(self, *, within_s: float) -> str | None:
        """Wait until every replica is ready (None) or one never will be (the cause, with its log)."""
        return await all_ready(list(self.replicas.values()), within_s=within_s)

    async def looked(self) -> None:
        """Wait until each replica was looked at once: its state is no guess any more."""
        await asyncio.gather(*(one.kept.looked.wait() for one in self.replicas.values()))

    def grow(self, request: RevisionRequest) -> Sequence[int]:
        """Start what is missing of `request.replicas`; the new indices."""
        ports = kind_of(request).ports
        added: list[int] = []
        for index in range(request.replicas):
            if index not in self.replicas:
                record = ReplicaRecord(ports={name: self._draw_port() for name in ports})
                self._add(index, record, proven=False)
                added.append(index)
        return added

    def surplus(self, request: RevisionRequest) -> Mapping[int, Replica]:
        """Replicas beyond `request.replicas`."""
        return {index: one for index, one in self.replicas.items() if index >= request.replicas}

    async def drop(self, indices: Sequence[int]) -> None:
        """End some replicas."""
        gone = [self.replicas.pop(index) for index in indices if index in self.replicas]
        await asyncio.gather(*(one.stop(grace_s=STOP_GRACE_S) for one in gone))

    async def stop(self) -> None:
        """End all and remove the revision's folder."""
        await asyncio.gather(*(one.stop(grace_s=STOP_GRACE_S) for one in self.replicas.values()))
        shutil.rmtree(Path("endpoints") / self.endpoint / self.name, ignore_errors=True)

    async def end(self) -> None:
        """End all and leave their folders."""
        await asyncio.gather(*(one.kept.stop(grace_s=STOP_GRACE_S) for one in self.replicas.values()))

    def forget(self) -> None:
        """Leave the replicas running; the next agent takes them over."""
        for one in self.replicas.values():
            one.kept.forget()

    def _add(self, index: int, record: ReplicaRecord, *, proven: bool) -> None:
        place = Place(state_dir=self._state_dir, endpoint=self.endpoint, revision=self.name, index=index)
        self.replicas[index] = Replica(
            place,
            self.request,
            record,
            proven=proven,
            silence_s=self._silence_s,
            draw_port=self._draw_port,
            changed=self._changed,
        )
