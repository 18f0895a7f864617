"""One replica: a model server on ports of its own, kept running. Knows no gateway and no traffic."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isoserve.errors import AgentError
from isoserve.runtime.kept import Keeping, Kept
from isoserve.runtime.logs import tail, without_shutdown
from isoserve.runtime.loopback import fetch
from isoserve.runtime.messages import ReplicaStatus, RevisionRequest
from isoserve.runtime.places import located
from isoserve.runtime.ports import is_free
from isoserve.runtime.processes import MARK, Watched
from isoserve.runtime.server_kinds import LaunchPlan, clean_env, kind_of, read_secrets
from isoserve.runtime.state import ReplicaRecord, remedy

LOG = "replica.log"
_HUNG_S = 30.0
_OK = 200
_READ_LINES, _TOLD_LINES = 200, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which replica it is, and where it lives."""

    state_dir: Path
    endpoint: str
    revision: str
    index: int

    @property
    def folder(self) -> Path:
        """Its working directory, relative to the agent's: a folder that is not ours any more stays alone."""
        return Path("endpoints") / self.endpoint / self.revision / str(self.index)

    @property
    def about(self) -> dict[str, object]:
        """Fields for the log."""
        return {"endpoint": self.endpoint, "revision": self.revision, "replica": self.index}


class Replica:
    """Keeps one model server running; its ports stay the same unless somebody else took them."""

    def __init__(
        self,
        place: Place,
        request: RevisionRequest,
        record: ReplicaRecord,
        *,
        proven: bool,
        silence_s: float,
        draw_port: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        self.place = place
        self.ports: Mapping[str, int] = dict(record.ports)
        self.draining = False
        self._request = request = located(request, place.state_dir)
        self._kind = kind_of(request)
        self._draw_port = draw_port
        self._plan = self._kind.plan(request, self.ports)
        keeping = Keeping(
            about=place.about,
            start=self._start,
            ready=lambda: self._answers_200(self._plan.ready_path),
            alive=lambda: self._answers_200(self._plan.live_path),
            changed=changed,
            starting_s=max(_HUNG_S, request.ready_within_s),
            hung_s=max(_HUNG_S, silence_s),
            excused=lambda: not all(is_free(port) for port in self.ports.values()),
        )
        self.kept = Kept(keeping, recorded=record.process, restarts=record.restarts, proven=proven)

    @property
    def record(self) -> ReplicaRecord:
        """What has to be remembered of it."""
        return ReplicaRecord(ports=self.ports, process=self.kept.identity, restarts=self.kept.restarts)

    @property
    def http_port(self) -> int:
        """Where it answers."""
        return self.ports["http"]

    @property
    def scraped_port(self) -> int | None:
        """Where it has metrics of its own."""
        return None if self._kind.scraped is None else self.ports[self._kind.scraped]

    @property
    def ready_path(self) -> str:
        """Answers 200 when it can serve."""
        return self._plan.ready_path

    def status(self) -> ReplicaStatus:
        """As it is now."""
        identity = self.kept.identity
        return ReplicaStatus(
            index=self.place.index,
            state=self.kept.state,
            port=self.http_port,
            pid=None if identity is None else identity.pid,
            restarts=self.kept.restarts,
        )

    def log_tail(self, lines: int) -> Sequence[str]:
        """Its last log lines, without the values of its secrets."""
        try:
            hidden = [value for value in read_secrets(self._request).values() if value]
        except AgentError:
            hidden = []
        found = list(tail(self.place.folder / LOG, lines))
        for value in hidden:
            found = [line.replace(value, "***") for line in found]
        return found

    async def stop(self, *, grace_s: float) -> None:
        """End it for good and remove its folder."""
        await self.kept.stop(grace_s=grace_s)
        shutil.rmtree(self.place.folder, ignore_errors=True)

    def _start(self) -> Watched:
        if not all(is_free(port) for port in self.ports.values()):
            self.ports = {name: self._draw_port() for name in self.ports}
        self._plan = self._kind.plan(self._request, self.ports)
        self._write_files(self._plan)
        env = {
            **clean_env(),
            **self._plan.env,
            **self._request.server.env,
            **read_secrets(self._request),
            MARK: str(self.place.state_dir),
            "ISOSERVE_ENDPOINT": self.place.endpoint,
            "ISOSERVE_REVISION": self.place.revision,
            "ISOSERVE_REPLICA": str(self.place.index),
        }
        log_file = self.place.folder / LOG
        return Watched.start(self._plan.command, env=env, cwd=self.place.folder, log=log_file)

    def _write_files(self, plan: LaunchPlan) -> None:
        try:
            self.place.folder.mkdir(parents=True, exist_ok=True)
            for name, content in plan.files.items():
                path = self.place.folder / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(content, "utf-8")
        except OSError as exc:
            what = f"the replica's folder cannot be written: {exc.strerror or exc}"
            at = str(self.place.state_dir / self.place.folder)
            raise AgentError(what, at=at, fix=remedy(exc)) from exc

    async def _answers_200(self, path: str) -> None:
        answer = await fetch(self.http_port, path)
        if answer.status != _OK:
            raise AgentError(f"GET {path} was answered with {answer.status}: {answer.text[:200]!r}")


async def all_ready(replicas: Sequence[Replica], *, within_s: float) -> str | None:
    """Wait until every replica is ready (None), or one never will be (the cause and its log)."""
    until = time.monotonic() + within_s
    waiting = {asyncio.create_task(one.kept.wait_ready()): one for one in replicas}
    try:
        while waiting:
            left_s = max(0.0, until - time.monotonic())
            done, _ = await asyncio.wait(waiting, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                return _told(next(iter(waiting.values())), f"not ready within {within_s:g} s (ready_within)")
            for task in done:
                replica = waiting.pop(task)
                if (cause := task.result()) is not None:
                    return _told(replica, cause)
    finally:
        for task in waiting:
            task.cancel()
    return None


def _told(replica: Replica, cause: str) -> str:
    told = without_shutdown(replica.log_tail(_READ_LINES))[-_TOLD_LINES:]
    lines = "\n".join(f"  {line}" for line in told) or "  (nothing)"
    said = "" if cause == replica.kept.said else f"; its last answer: {replica.kept.said}"
    return f"replica {replica.place.index}: {cause}{said}\nits last log lines:\n{lines}"
