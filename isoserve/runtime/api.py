"""The agent's HTTP interface: routes, token, limits, errors as JSON. Decides nothing about endpoints."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from isoserve.errors import AgentError
from isoserve.runtime.fields import Fields
from isoserve.runtime.hold import Hold
from isoserve.runtime.messages import (
    AgentStatus,
    EndpointRequest,
    EndpointStatus,
    RevisionRequest,
    RevisionStatus,
)
from isoserve.runtime.metrics import render
from isoserve.runtime.refusals import MissingError
from isoserve.runtime.supervisor import Supervisor

MAX_BODY_BYTES = 1024 * 1024
MAX_LINES = 10_000
_OPEN = ("/metrics",)
_PING = "/v1/ping"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """One supervisor behind HTTP."""

    def __init__(self, supervisor: Supervisor, *, token: str, about: AgentStatus, hold: Hold) -> None:
        self._supervisor = supervisor
        self._token = token
        self._about = about
        self._hold = hold
        self.calls = 0
        """Calls answered or under way, `/metrics` left out."""
        self.under_way = 0

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_BODY_BYTES)
        endpoint, revision = "/v1/endpoints/{endpoint}", "/v1/endpoints/{endpoint}/revisions/{revision}"
        app.add_routes(
            [
                web.get(_PING, self._ping),
                web.get("/v1/status", self._status),
                web.get("/metrics", self._metrics),
                web.put(endpoint, self._put_endpoint),
                web.get(endpoint, self._get_endpoint),
                web.delete(endpoint, self._delete_endpoint),
                web.put(f"{endpoint}/live", self._release),
                web.delete(f"{endpoint}/live", self._unrelease),
                web.get(f"{endpoint}/logs", self._logs),
                web.put(revision, self._put_revision),
                web.get(revision, self._get_revision),
                web.delete(revision, self._delete_revision),
            ]
        )
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.path not in _OPEN:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {self._token}".encode()):
                return _failed(401, AgentError("wrong or missing token", fix="read it from agent.json"))
            if not self._hold.look():
                return _failed(409, _lost(self._hold))
            self.calls += 1
            if request.path != _PING:
                await self._supervisor.restored.wait()
        self.under_way += 1
        try:
            return await handler(request)
        except MissingError as exc:
            return _failed(404, exc, missing=True)
        except AgentError as exc:
            return _failed(409, exc)
        except web.HTTPException as exc:
            return _failed(exc.status, AgentError(f"{request.method} {request.path}: {exc.reason.lower()}"))
        finally:
            self.under_way -= 1

    async def _ping(self, _: web.Request) -> web.Response:
        return web.json_response({"pid": self._about.pid})

    async def _status(self, _: web.Request) -> web.Response:
        gateway = self._supervisor.gateway
        endpoints = {
            name: replace(self._supervisor.endpoint_status(name), key=None)
            for name in self._supervisor.endpoints
        }
        now = replace(
            self._about,
            gateway_pid=None if gateway.identity is None else gateway.identity.pid,
            gateway_restarts=gateway.restarts,
            endpoints=endpoints,
        )
        return web.json_response(now.to_json())

    async def _metrics(self, _: web.Request) -> web.Response:
        text = await render(self._supervisor)
        return web.Response(text=text, headers={"content-type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _put_endpoint(self, request: web.Request) -> web.Response:
        wanted = EndpointRequest.from_json(await _body(request))
        return _done(await self._supervisor.put_endpoint(request.match_info["endpoint"], wanted))

    async def _get_endpoint(self, request: web.Request) -> web.Response:
        return _done(self._supervisor.endpoint_status(request.match_info["endpoint"]))

    async def _delete_endpoint(self, request: web.Request) -> web.Response:
        last = await self._supervisor.delete_endpoint(request.match_info["endpoint"])
        return web.json_response({"last": last})

    async def _put_revision(self, request: web.Request) -> web.Response:
        wanted = RevisionRequest.from_json(await _body(request))
        return _done(await self._supervisor.put_revision(*_place(request), wanted))

    async def _get_revision(self, request: web.Request) -> web.Response:
        return _done(self._supervisor.revision_status(*_place(request)))

    async def _delete_revision(self, request: web.Request) -> web.Response:
        await self._supervisor.delete_revision(*_place(request))
        return web.json_response({})

    async def _release(self, request: web.Request) -> web.Response:
        of = Fields(await _body(request), "release")
        revision = of.text("revision")
        drain_s = of.number("drain_s", 0.0, least=0.0, most=86_400.0)
        of.done()
        endpoint = request.match_info["endpoint"]
        return _done(await self._supervisor.release(endpoint, revision, drain_s=drain_s))

    async def _unrelease(self, request: web.Request) -> web.Response:
        return _done(await self._supervisor.release(request.match_info["endpoint"], None, drain_s=0.0))

    async def _logs(self, request: web.Request) -> web.Response:
        asked = request.query.get("lines", "100")
        lines = min(MAX_LINES, int(asked)) if asked.isdigit() else 100
        revision = request.query.get("revision")
        found = self._supervisor.log_lines(request.match_info["endpoint"], revision, lines)
        return web.json_response({"lines": list(found)})


def _place(request: web.Request) -> tuple[str, str]:
    return request.match_info["endpoint"], request.match_info["revision"]


async def _body(request: web.Request) -> object:
    try:
        return json.loads(await request.read(), parse_constant=_refuse_constant)
    except ValueError as exc:
        raise AgentError(f"the body is no JSON: {exc}", at=request.path) from exc


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _lost(hold: Hold) -> AgentError:
    what = "the local agent's folder was moved or removed, and the agent is ending"
    return AgentError(what, at=str(hold.state_dir), fix="run the command again")


def _done(status: EndpointStatus | RevisionStatus) -> web.Response:
    return web.json_response(status.to_json())


def _failed(status: int, error: AgentError, *, missing: bool = False) -> web.Response:
    fault = error.faults[0]
    said = {"what": fault.what, "at": fault.at, "fix": fault.fix, "missing": missing}
    return web.json_response({"error": said}, status=status)
