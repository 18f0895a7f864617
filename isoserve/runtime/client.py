"""The agent's client: typed calls, nothing beyond the standard library. Supervises nothing itself."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from isoserve.errors import AgentError
from isoserve.runtime.fields import Fields, as_list
from isoserve.runtime.messages import (
    AgentStatus,
    EndpointRequest,
    EndpointStatus,
    Released,
    ReplicaStatus,
    RevisionRequest,
    RevisionStatus,
    ServerRequest,
)

__all__ = [
    "AgentClient",
    "AgentStatus",
    "EndpointRequest",
    "EndpointStatus",
    "Released",
    "ReplicaStatus",
    "RevisionRequest",
    "RevisionStatus",
    "ServerRequest",
]

_ANSWER_WITHIN_S = 60.0
"""Longest wait for a call that starts or drains nothing."""
_GONE_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAddress:
    """Where a running agent answers, as it wrote it into `agent.json`."""

    pid: int
    port: int
    token: str = field(repr=False)

    @classmethod
    def read(cls, state_dir: Path) -> AgentAddress | None:
        """Read `agent.json`; None where there is none, or where it is only half written."""
        try:
            of = Fields(json.loads((state_dir / "agent.json").read_text("utf-8")), "agent.json")
            port = of.integer("port", least=1, most=65535)
            return cls(pid=of.integer("pid", least=1, most=2**31), port=port, token=of.text("token"))
        except (OSError, ValueError, AgentError):
            return None

    def answers(self, *, within_s: float = 5.0) -> bool:
        """Whether this very agent answers (another program on the port does not know the token)."""
        try:
            return _call(self, "GET", "/v1/ping", None, within_s=within_s) == {"pid": self.pid}
        except AgentError:
            return False


class AgentClient:
    """Talks to the one agent of a state folder. Safe to use from several threads."""

    def __init__(self, state_dir: Path, *, start: bool, python: str) -> None:
        self.state_dir = Path(os.path.abspath(state_dir))  # noqa: PTH100 - a link stays what it is
        self._start = start
        self._python = python
        self._address = self._find(self.state_dir, start=start, python=python)

    @classmethod
    def connect(cls, state_dir: Path, *, start: bool = True, python: str = sys.executable) -> AgentClient:
        """Find the agent of `state_dir`, and start it where there is none.

        Raises AgentError: none runs and `start` is False, or it could not be started (with its reason).
        """
        return cls(state_dir, start=start, python=python)

    @property
    def metrics_url(self) -> str:
        """Prometheus text; no token needed."""
        return f"http://127.0.0.1:{self._address.port}/metrics"

    @property
    def pid(self) -> int:
        """Process of the agent."""
        return self._address.pid

    def put_endpoint(self, name: str, request: EndpointRequest) -> EndpointStatus:
        """Make the endpoint, or change it in place; a repeat keeps its key and its port.

        Raises AgentError: the port is taken (names its holder), or another port is asked for than it has.
        """
        return EndpointStatus.from_json(self._send("PUT", _endpoint(name), request.to_json()))

    def get_endpoint(self, name: str) -> EndpointStatus | None:
        """The endpoint with its key, or None."""
        answer = self._send("GET", _endpoint(name))
        return None if answer is None else EndpointStatus.from_json(answer)

    def delete_endpoint(self, name: str) -> None:
        """End the endpoint with all its revisions; nothing happens where there is none.

        With the last endpoint the agent ends too, and the state folder is gone when this returns.
        """
        answer = self._send("DELETE", _endpoint(name), within_s=_ANSWER_WITHIN_S * 2)
        if answer is not None and Fields(answer, "answer").flag("last"):
            self._wait_until_gone()

    def put_revision(self, endpoint: str, name: str, request: RevisionRequest) -> RevisionStatus:
        """Start a revision, without traffic; returns when every replica is ready.

        Repeat: the same body waits until every replica is ready; `replicas` may differ and is changed in
        place. Where a revision that was ready before does not get ready, it goes on being tried.
        Raises AgentError: anything else differs; or not ready within `ready_within_s`, or it crashed:
        then the revision is stopped and forgotten, and the text holds the cause and its last log lines.
        """
        within_s = request.ready_within_s + _ANSWER_WITHIN_S * 2
        answer = self._send("PUT", _revision(endpoint, name), request.to_json(), within_s=within_s)
        return RevisionStatus.from_json(answer)

    def get_revision(self, endpoint: str, name: str) -> RevisionStatus | None:
        """The revision, or None."""
        answer = self._send("GET", _revision(endpoint, name))
        return None if answer is None else RevisionStatus.from_json(answer)

    def delete_revision(self, endpoint: str, name: str) -> None:
        """Drain and end a revision; nothing happens where there is none.

        Raises AgentError while it is the live one.
        """
        self._send("DELETE", _revision(endpoint, name), within_s=None)

    def release(self, endpoint: str, revision: str, *, drain_s: float = 0.0) -> EndpointStatus:
        """Give all traffic to `revision`; from the return on no answer comes from another one.

        Waits for what is in flight on the previous one, bounded by the endpoint's time-out; `drain_s` is
        the bound for an endpoint that streams. Repeat: nothing changes.
        """
        body = {"revision": revision, "drain_s": drain_s}
        return EndpointStatus.from_json(self._send("PUT", f"{_endpoint(endpoint)}/live", body, within_s=None))

    def unrelease(self, endpoint: str) -> EndpointStatus | None:
        """Take the endpoint's traffic away (503 from then on); None where there is no such endpoint."""
        answer = self._send("DELETE", f"{_endpoint(endpoint)}/live", within_s=None)
        return None if answer is None else EndpointStatus.from_json(answer)

    def status(self) -> AgentStatus:
        """The agent and all endpoints, without their keys."""
        return AgentStatus.from_json(self._send("GET", "/v1/status"))

    def logs(self, endpoint: str, revision: str | None = None, *, lines: int = 100) -> Sequence[str]:
        """The last log lines of each replica of one revision, labelled `<n>| `.

        None: the live one, or the only one. Raises AgentError, which names them, where neither tells.
        """
        query: dict[str, str] = {"lines": str(lines)}
        if revision is not None:
            query["revision"] = revision
        answer = self._send("GET", f"{_endpoint(endpoint)}/logs?{urlencode(query)}")
        if answer is None:
            raise AgentError(f"no endpoint named {endpoint}", at=endpoint, fix="run `isoserve up`")
        of = Fields(answer, "logs")
        return [str(line) for line in as_list(of.raw("lines"), "lines")]

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        within_s: float | None = _ANSWER_WITHIN_S,
    ) -> object:
        try:
            return _call(self._address, method, path, body, within_s=within_s)
        except _RefusedError:  # it has ended since: nothing was sent, so asking its successor is safe
            self._address = self._find(self.state_dir, start=self._start, python=self._python)
            return _call(self._address, method, path, body, within_s=within_s)

    @staticmethod
    def _find(state_dir: Path, *, start: bool, python: str) -> AgentAddress:
        address = AgentAddress.read(state_dir)
        if address is not None and address.answers():
            return address
        if not start:
            fix = "run `isoserve up` for a stack on target local"
            raise AgentError("no local agent is running", at=str(state_dir), fix=fix)
        from isoserve.runtime.launch import start_agent

        return start_agent(state_dir, python=python)

    def _wait_until_gone(self) -> None:
        until = time.monotonic() + _GONE_WITHIN_S
        while _runs(self._address.pid) and time.monotonic() < until:
            time.sleep(0.01)


class _RefusedError(AgentError):
    """Nothing listens where the agent was."""


def _endpoint(name: str) -> str:
    return f"/v1/endpoints/{quote(name, safe='')}"


def _revision(endpoint: str, name: str) -> str:
    return f"{_endpoint(endpoint)}/revisions/{quote(name, safe='')}"


def _call(
    address: AgentAddress,
    method: str,
    path: str,
    body: Mapping[str, object] | None,
    *,
    within_s: float | None,
) -> object:
    """Send one request; None for a thing that is not there (404 with `missing`). Raises AgentError."""
    headers = {"authorization": f"Bearer {address.token}", "content-type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=within_s)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        if response.status == http.client.INTERNAL_SERVER_ERROR:
            raise AgentError("the local agent failed", at="agent.log in its folder", fix="read it, report it")
        answer: object = json.loads(text)
    except TimeoutError as exc:
        what = f"the local agent (pid {address.pid}) did not answer within {within_s:g} s"
        raise AgentError(what, at=f"127.0.0.1:{address.port}", fix="read agent.log in its folder") from exc
    except (OSError, http.client.HTTPException, ValueError) as exc:
        what = f"the local agent (pid {address.pid}) cannot be reached: {exc}"
        kind = _RefusedError if isinstance(exc, ConnectionRefusedError) else AgentError
        raise kind(what, at=f"127.0.0.1:{address.port}", fix="run the command again") from exc
    finally:
        connection.close()
    if response.status == http.client.OK:
        return answer
    fault = Fields(Fields(answer, "answer").raw("error"), "error")
    if fault.flag("missing") and method != "PUT":
        return None
    raise AgentError(fault.text("what"), at=fault.text("at", ""), fix=fault.text("fix", ""))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a zombie has ended; whoever is pid 1 may take its time
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):  # no Linux
        return True
