"""One request to an endpoint, and what its failure means to the caller. Finds neither URL nor key."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message

from isoserve.errors import ServingError

REVISION_HEADER = "x-isoserve-revision"
_SHOWN_BODY = 600
"""Characters of a refused request's answer that are printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint said, whatever the code."""

    status: int
    body: bytes
    revision: str
    """Which revision answered; empty where the target does not say."""
    latency_ms: float
    """From the first byte sent to the last one received, on this side."""

    def decoded(self) -> object:
        """Return the body as JSON, or as text where it is none."""
        text = self.body.decode(errors="replace")
        try:
            return json.loads(text)
        except ValueError:
            return text


def send(url: str, *, body: bytes | None, key: str, timeout_s: float) -> Answer:
    """Send one request, POST with a body and GET without; every HTTP code is an answer.

    Raises ServingError when nothing answers at all. Sends once: never retries.
    """
    headers = {"accept": "application/json"}
    if body is not None:
        headers["content-type"] = "application/json"
    if key:
        headers["authorization"] = f"Bearer {key}"
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - the stack's own URL
    # the endpoint is addressed as the stack states it: a proxy of the environment is for other hosts
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if _is_local(url) else []))
    started = time.monotonic()
    try:
        with opener.open(request, timeout=timeout_s) as response:
            return _answer(response.status, response.read(), response.headers, started)
    except urllib.error.HTTPError as exc:
        with exc:
            return _answer(exc.code, exc.read(), exc.headers, started)
    except TimeoutError as exc:
        raise _silent(url, timeout_s) from exc
    except OSError as exc:
        if isinstance(exc, urllib.error.URLError) and isinstance(exc.reason, TimeoutError):
            raise _silent(url, timeout_s) from exc
        raise _unreachable(url, exc) from exc


def refusal(answer: Answer, *, stack: str, endpoint: str, sent_bytes: int) -> ServingError:
    """Say what a code outside 2xx means and what to do about it."""
    at = f"endpoint {endpoint} of {stack}"
    what, fix = _MEANING.get(answer.status, ("", ""))
    if not what:
        what = "the model server failed" if answer.status >= 500 else "the model server refused the request"
        fix = f"isoserve logs {endpoint} -s {stack}"
    what = f"{answer.status}: {what.format(sent=sent_bytes)}"
    said = answer.body.decode(errors="replace").strip()
    if said:
        what += f"\n  answer: {said[:_SHOWN_BODY]}"
    return ServingError(what, at=at, fix=fix.format(stack=stack, endpoint=endpoint))


_MEANING: Mapping[int, tuple[str, str]] = {
    400: (
        "the model server did not understand the request",
        "compare with: isoserve invoke {endpoint} -s {stack} --example",
    ),
    401: (
        "the endpoint does not accept the key",
        "isoserve refresh -s {stack}, or isoserve up -s {stack} to issue it again",
    ),
    403: (
        "this caller may not call the endpoint",
        "add the caller to access.callers of the endpoint, then isoserve up -s {stack}",
    ),
    404: (
        "no model of that name is served there",
        "isoserve status -s {stack} shows what is live",
    ),
    413: (
        "the request is too large ({sent} bytes)",
        "send less, or raise requests.max_body of endpoint {endpoint}, then isoserve up -s {stack}",
    ),
    429: (
        "too many requests at once",
        "send fewer, or raise autoscaling.max_replicas of endpoint {endpoint}",
    ),
    503: (
        "no replica is ready",
        "isoserve status -s {stack}; isoserve logs {endpoint} -s {stack}",
    ),
    504: (
        "the model server gave no answer in time",
        "raise requests.timeout of endpoint {endpoint}, or see isoserve logs {endpoint} -s {stack}",
    ),
}


def _answer(status: int, body: bytes, headers: Message, started: float) -> Answer:
    elapsed_ms = (time.monotonic() - started) * 1000
    return Answer(
        status=status, body=body, revision=headers.get(REVISION_HEADER) or "", latency_ms=round(elapsed_ms, 2)
    )


def _is_local(url: str) -> bool:
    host = urllib.parse.urlparse(url).hostname or ""
    return host in {"localhost", "127.0.0.1", "::1"}


def _silent(url: str, timeout_s: float) -> ServingError:
    return ServingError(f"no answer within {timeout_s:g} s", at=url, fix="wait longer: --timeout SECONDS")


def _unreachable(url: str, exc: OSError) -> ServingError:
    reason: object = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    if isinstance(reason, ConnectionRefusedError):
        return ServingError("nothing listens there", at=url, fix="isoserve status; isoserve up restores it")
    if isinstance(reason, socket.gaierror):
        return ServingError(
            "the endpoint's host name is unknown here", at=url, fix="check the network and DNS"
        )
    return ServingError(f"the endpoint cannot be reached: {reason}", at=url, fix="isoserve status")
