"""What callers read where the gateway itself answers: one JSON body a cause. Says nothing of a model."""

from __future__ import annotations

from collections.abc import Mapping

Json = Mapping[str, object]

_KEYS = "send the endpoint's key as `authorization: Bearer <key>` or as `x-api-key: <key>`"
_OWN_TEXT = "%LOCAL_REPLY_BODY%"
_UNREACHED = ("UH", "UF", "UC", "UO", "UR", "URX", "LR", "NC")
"""Envoy's flags for a request that met no replica: none healthy, no connection, lost, too many, given up."""
_TOLD: Mapping[int, tuple[str, str]] = {
    400: ("not a well-formed request", "send HTTP/1.1 with a plain path, and a body as long as its length"),
    401: ("wrong or missing API key", _KEYS),
    404: ("not a path of this model's v2 protocol", "`requests.protocol: raw` passes every path on"),
    408: ("the request did not arrive in time", "send it at once, or raise `requests.timeout`"),
    413: ("the body is too large", "send less, or raise `requests.max_body`"),
    431: ("the headers are too large", "send less than 60 KiB of headers"),
    503: (_OWN_TEXT, "run `isoserve up`, then send it again"),
    504: ("no answer within the time-out", "ask for less at once, or raise `requests.timeout`"),
}
_NO_REPLICA = ("no replica answers", "send it again; `isoserve status` and `isoserve logs` tell more")
_ELSE = ("the gateway cannot answer", "send it again; `isoserve status` tells more")


def local_replies() -> Json:
    """Envoy's `local_reply_config`."""
    unreached = {"response_flag_filter": {"flags": list(_UNREACHED)}}
    told = [_mapper(_status("EQ", code), *words) for code, words in _TOLD.items()]
    return {"mappers": [_mapper(unreached, *_NO_REPLICA), *told, _mapper(_status("GE", 400), *_ELSE)]}


def _mapper(which: Json, error: str, fix: str) -> Json:
    body = {"error": error, "code": "%RESPONSE_CODE%", "fix": fix}
    return {"filter": which, "body_format_override": {"json_format": body}}


def _status(comparison: str, code: int) -> Json:
    value = {"default_value": code, "runtime_key": f"isoserve.{comparison}.{code}"}
    return {"status_code_filter": {"comparison": {"op": comparison, "value": value}}}
