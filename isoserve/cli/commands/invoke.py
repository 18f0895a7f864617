"""`isoserve invoke`. Whom it calls is callee.py's, how request.py's."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from isoserve.cli.callee import Callee, find_callee
from isoserve.cli.failure import UsageError
from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.request import Answer, refusal, send
from isoserve.cli.terminal import emit, notice, say

_OK = range(200, 300)
_SHOWN = 160
"""Characters of an example that are printed."""

EndpointName = Annotated[
    str | None, typer.Argument(metavar="[ENDPOINT]", help="May be left out where there is one only.")
]
Data = Annotated[
    str | None,
    typer.Option("--data", "-d", metavar="JSON|@FILE|-", help="The request body; - reads stdin."),
]
Example = Annotated[
    bool,
    typer.Option("--example", help="Send the example beside the model, or zeros; done without --data."),
]
Route = Annotated[
    str | None, typer.Option("--path", metavar="PATH", help="Another path than the protocol's own.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.001, metavar="SECONDS", help="How long to wait for the answer.")
]


def command(
    endpoint: EndpointName = None,
    stack: Stack = None,
    data: Data = None,
    example: Example = False,
    path: Route = None,
    timeout_s: Timeout = 60.0,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Send one request to an endpoint.

    The answer goes to stdout; code, latency and the answering revision to
    stderr. The endpoint's key is found by itself and never printed. JSON:
    {"endpoint", "url", "status", "latency_ms", "revision", "answer"}.
    """
    if example and data is not None:
        raise UsageError("--data and --example exclude each other", fix="leave one out")
    body = None if data is None else _body(data)
    root = find_project(project)
    chosen = choose_stack(root, stack)
    callee = find_callee(root, chosen, endpoint)
    if body is None:
        body = _example(callee, root, chosen, timeout_s)
    url = callee.url.rstrip("/") + (path or callee.route())
    answer = send(url, body=body, key=callee.key, timeout_s=timeout_s)
    if answer.status not in _OK:
        raise refusal(answer, stack=chosen, endpoint=callee.name, sent_bytes=len(body))
    _show(callee, url, answer, as_json=as_json)


def _show(callee: Callee, url: str, answer: Answer, *, as_json: bool) -> None:
    decoded = answer.decoded()
    if as_json:
        shown = {
            "endpoint": callee.name,
            "url": url,
            "status": answer.status,
            "latency_ms": answer.latency_ms,
        }
        emit({**shown, "revision": answer.revision or None, "answer": decoded})
        return
    say(decoded if isinstance(decoded, str) else json.dumps(decoded, indent=2))
    sys.stdout.flush()
    by = f", revision {answer.revision}" if answer.revision else ""
    notice(f"{answer.status} in {answer.latency_ms:.1f} ms{by}")


def _example(callee: Callee, root: Path, stack: str, timeout_s: float) -> bytes:
    from isoserve.cli.example import beside_model, example_request

    request = beside_model(root, stack, callee)
    if request is None and callee.protocol != "v2":
        raise UsageError(
            f"protocol {callee.protocol} has no example request", fix="add --data JSON, @FILE or -"
        )
    if request is None:
        request = json.dumps(example_request(callee, timeout_s=timeout_s)).encode()
    text = request.decode(errors="replace").strip()
    notice(f"sending an example: {text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}")
    return request


def _body(data: str) -> bytes:
    """Read the body and make sure that it is JSON. Raises UsageError."""
    if data == "-":
        body, at = sys.stdin.buffer.read(), "stdin"
    elif data.startswith("@"):
        body, at = _file(Path(data[1:])), data[1:]
    else:
        body, at = data.encode(), "--data"
    try:
        json.loads(body)
    except ValueError as exc:
        raise UsageError(f"the request is not JSON: {exc}", at=at, fix="quote it as one word: '{…}'") from exc
    return body


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise UsageError(f"the file cannot be read: {exc.strerror}", at=str(path)) from exc
