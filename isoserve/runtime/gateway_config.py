"""Envoy's configuration as plain data: listeners, routes, clusters, hosts. Writes and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isoserve.runtime.gateway_replies import local_replies

Json = Mapping[str, object]

_API = "type.googleapis.com/envoy"
_HTTP = f"{_API}.extensions.filters.http"
_HTTP1 = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
PROBE_PATH = "/.isoserve/routes"
"""The gateway answers with the version of the routes it uses."""
MAX_RETRIES = 65_536
_MAX_IN_FLIGHT = 8_192
_MAX_BODY = 1024**3
_TOO_LARGE = "9223372036854775807"
ADMIN_SOCKET = "admin.sock"
"""Relative to the gateway's working directory: a socket's path may have 107 bytes only."""
FOLDER = "gateway"
ACCESS_LOG = "access.log"
"""Both relative to the state folder, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One replica as the gateway sees it."""

    port: int
    draining: bool = False
    """True: gets no new request, finishes what it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One revision as the gateway sees it."""

    hosts: Sequence[Host]
    ready_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One endpoint as the gateway sees it."""

    port: int
    key: str = field(repr=False)
    open: bool
    """True: no key is asked for."""
    model_name: str
    protocol: str
    timeout_s: float
    upload_s: float
    max_body_bytes: int
    stream: bool
    live: str | None
    backends: Mapping[str, Backend]


def cluster_name(endpoint: str, revision: str) -> str:
    """Name of a revision's cluster; a dot would end the name where Envoy cuts its statistics."""
    return f"{plain(endpoint)}/{plain(revision)}"


def plain(name: str) -> str:
    """A name without dots; `~` occurs in no name, so this can be undone."""
    return name.replace(".", "~")


def bootstrap() -> Json:
    """What Envoy starts with; all else comes from files that it watches."""
    return {
        "node": {"id": "isoserve", "cluster": "isoserve"},
        "admin": {"address": {"pipe": {"path": ADMIN_SOCKET, "mode": 0o600}}},
        "dynamic_resources": {"lds_config": _file("listeners"), "cds_config": _file("clusters")},
        "stats_flush_on_admin": True,
        "stats_config": {
            "histogram_bucket_settings": [
                {
                    "match": {"suffix": "rq_time"},
                    "buckets": [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000],
                }
            ]
        },
    }


def discovery(kind: str, resources: Sequence[Json], version: str) -> Json:
    """The content of one watched file."""
    url = f"{_API}.config.{kind}"
    return {"version_info": version, "resources": [{"@type": url, **one} for one in resources]}


def listener(endpoint: str, front: Front) -> Json:
    """The endpoint's port. Constant as long as the endpoint is there: a change would cut connections."""
    manager = {
        "@type": f"{_API}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": plain(endpoint),
        "rds": {"config_source": _file(f"routes@{endpoint}"), "route_config_name": plain(endpoint)},
        "request_timeout": _seconds(front.upload_s),
        "normalize_path": True,
        "merge_slashes": True,
        "server_header_transformation": "PASS_THROUGH",
        "always_set_request_id_in_response": True,
        "preserve_external_request_id": True,
        "access_log": [_access_log(endpoint)],
        "local_reply_config": local_replies(),
        "early_header_mutation_extensions": [_strip()],
        "http_filters": _filters(front),
    }
    filters = [{"name": "http", "typed_config": manager}]
    return {
        "name": plain(endpoint),
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": front.port}},
        "enable_reuse_port": False,  # with it, a second gateway could share the port unnoticed
        "filter_chains": [{"filters": filters}],
    }


def routes(endpoint: str, front: Front, *, version: str) -> Json:
    """Where the endpoint's requests go. The one thing a release changes."""
    found: list[Json] = [
        _fixed({"path": PROBE_PATH}, 200, version, open_=True),
        _fixed({"path": "/v2/health/live"}, 200, '{"live": true}', open_=True),
    ]
    if front.live is None:
        found.append(_fixed({"path": "/v2/health/ready"}, 503, "no revision is live", open_=True))
        found.append(_fixed({"prefix": "/"}, 503, "no revision is live"))
    else:
        found += _live_routes(endpoint, front, front.live)
    hosts = [{"name": "all", "domains": ["*"], "routes": found}]
    return {"name": plain(endpoint), "virtual_hosts": hosts}


def cluster(endpoint: str, revision: str, backend: Backend, *, stream: bool) -> Json:
    """One revision; its hosts come from a file of their own, so that a restart leaves the rest alone."""
    limits = {
        "max_connections": 1024,
        "max_pending_requests": _MAX_IN_FLIGHT,
        "max_requests": _MAX_IN_FLIGHT,
        "max_retries": MAX_RETRIES,
        "track_remaining": True,  # the only gauge that shows requests waiting between two tries
    }
    http: dict[str, object] = {
        "@type": f"type.googleapis.com/{_HTTP1}",
        "explicit_http_config": {"http_protocol_options": {}},
        # shorter than the 5 s after which uvicorn and Node close an idle connection
        "common_http_protocol_options": {"idle_timeout": "4s"},
    }
    if not stream:
        http["http_filters"] = _WHOLE_ANSWERS
    return {
        "name": cluster_name(endpoint, revision),
        "type": "EDS",
        "eds_cluster_config": {"eds_config": _file(hosts_file(endpoint, revision))},
        "connect_timeout": "2s",
        "lb_policy": "LEAST_REQUEST",
        # only when no replica is healthy are all tried: with one replica that is its restart
        "common_lb_config": {"healthy_panic_threshold": {"value": 1}},
        "circuit_breakers": {"thresholds": [limits]},
        "typed_extension_protocol_options": {_HTTP1: http},
        "health_checks": [
            {
                "timeout": "2s",
                "interval": "1s",
                "no_traffic_interval": "5s",
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
                "http_health_check": {"path": backend.ready_path},
            }
        ],
    }


_BUFFER = 1024**2
"""What Envoy holds of one request, or of one answer, unless a route says more; bytes."""
_WHOLE_ANSWER = """\
function envoy_on_response(answer)
  local length = answer:headers():get("content-length")
  if length and #length < 7 then answer:body() end
end
"""
"""Holds the head back until the body (of a stated length below 1 MB) is there. Most servers send them one
after the other; a replica that dies in between is then as if it had not answered, and is tried again."""
_WHOLE_ANSWERS: Sequence[Json] = [
    {
        "name": "envoy.filters.http.lua",
        "typed_config": {
            "@type": f"{_HTTP}.lua.v3.Lua",
            "default_source_code": {"inline_string": _WHOLE_ANSWER},
        },
    },
    {
        "name": "envoy.filters.http.upstream_codec",
        "typed_config": {"@type": f"{_HTTP}.upstream_codec.v3.UpstreamCodec"},
    },
]


def hosts(endpoint: str, revision: str, backend: Backend) -> Json:
    """The replicas of one revision."""
    found = [
        {
            "endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": host.port}}},
            "health_status": "DRAINING" if host.draining else "UNKNOWN",
        }
        for host in backend.hosts
    ]
    return {"cluster_name": cluster_name(endpoint, revision), "endpoints": [{"lb_endpoints": found}]}


def hosts_file(endpoint: str, revision: str) -> str:
    """Stem of the file with a revision's hosts."""
    return f"hosts@{endpoint}@{revision}"


def _live_routes(endpoint: str, front: Front, live: str) -> list[Json]:
    target = cluster_name(endpoint, live)
    ready: Json = {
        "match": {"path": "/v2/health/ready"},
        "route": {"cluster": target, "timeout": "5s", "prefix_rewrite": front.backends[live].ready_path},
        "typed_per_filter_config": _NO_KEY,
    }
    # v2: what serves the model, and not what would unload it (/v2/repository)
    match: Json = {"prefix": "/"}
    if front.protocol == "v2":
        match = {"safe_regex": {"regex": r"/v2(/|/models/" + re.escape(front.model_name) + r"(/.*)?)?"}}
    length = {"name": "content-length"}
    larger = {**length, "range_match": {"start": front.max_body_bytes + 1, "end": _TOO_LARGE}}
    common: Json = {
        "name": live,
        "route": _action(target, front, len(front.backends[live].hosts)),
        "request_body_buffer_limit": max(front.max_body_bytes, _BUFFER),
        "response_headers_to_add": [
            {
                "header": {"key": "x-isoserve-revision", "value": live},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        ],
    }
    limit = {"buffer": {"max_request_bytes": front.max_body_bytes}}
    counted: Json = {
        "envoy.filters.http.buffer": {
            "@type": f"{_API}.config.route.v3.FilterConfig",
            "config": {"@type": f"{_HTTP}.buffer.v3.BufferPerRoute", **limit},
        }
    }
    known = {**match, "headers": [{**length, "present_match": True}]}
    return [
        ready,
        _fixed({"prefix": "/", "headers": [larger]}, 413, "the body is too large"),
        # a stated length needs no buffer: the body streams through
        {"match": known, **common, "typed_per_filter_config": _key(front)},
        {"match": match, **common, "typed_per_filter_config": {**_key(front), **counted}},
        *([_fixed({"prefix": "/"}, 404, _NOT_V2)] if front.protocol == "v2" else []),
    ]


_NOT_V2 = "not a path of this model's v2 protocol"


def _action(target: str, front: Front, replicas: int) -> Json:
    """Send to the revision; a dead replica costs a retry elsewhere, or a wait until it is back."""
    retry: dict[str, object] = {
        "retry_on": "connect-failure,refused-stream,reset",
        "num_retries": 1000,  # the time-out is the bound
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.5s"},
    }
    if replicas > 1:
        kind = f"{_API}.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
        elsewhere = {"name": "envoy.retry_host_predicates.previous_hosts", "typed_config": {"@type": kind}}
        retry |= {"retry_host_predicate": [elsewhere], "host_selection_retry_max_attempts": 3}
    return {
        "cluster": target,
        "timeout": "0s" if front.stream else _seconds(front.timeout_s),
        "idle_timeout": _seconds(front.timeout_s if front.stream else front.timeout_s + 5),
        "retry_policy": retry,
    }


def _fixed(match: Json, status: int, text: str, *, open_: bool = False) -> Json:
    reply = {"status": status, "body": {"inline_string": text}}
    off: Json = _NO_KEY if open_ else {}
    return {"match": match, "direct_response": reply, "typed_per_filter_config": off}


def _key(front: Front) -> Json:
    return _NO_KEY if front.open else {}


_OFF: Json = {"@type": f"{_API}.config.route.v3.FilterConfig", "disabled": True}
_NO_KEY: Json = {"envoy.filters.http.api_key_auth": _OFF}


def _strip() -> Json:
    """Nobody but the gateway says x-isoserve-*; earlier than, and cheaper than, a filter."""
    kind = f"{_API}.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    strip = [{"remove_on_match": {"key_matcher": {"prefix": "x-isoserve-"}}}]
    return {"name": "strip", "typed_config": {"@type": kind, "mutations": strip}}


def _filters(front: Front) -> list[Json]:
    auth = {
        "@type": f"{_HTTP}.api_key_auth.v3.ApiKeyAuth",
        # Envoy knows and cuts off `Bearer `; a scheme in other letters stays part of what it looks up
        "credentials": [
            {"key": f"{scheme}{front.key}", "client": "key"} for scheme in ("", "bearer ", "BEARER ")
        ],
        "key_sources": [{"header": "authorization"}, {"header": "x-api-key"}],
        "forwarding": {"hide_credentials": True},
    }
    body = {"@type": f"{_HTTP}.buffer.v3.Buffer", "max_request_bytes": _MAX_BODY}  # each route says less
    router = {"@type": f"{_HTTP}.router.v3.Router", "suppress_envoy_headers": True}
    return [
        {"name": "envoy.filters.http.api_key_auth", "typed_config": auth},
        {"name": "envoy.filters.http.buffer", "typed_config": body, "disabled": True},
        {"name": "envoy.filters.http.router", "typed_config": router},
    ]


def _access_log(endpoint: str) -> Json:
    """One JSON line a request; no query, no header that could carry a secret."""
    line = {
        "time": "%START_TIME%",  # its default, to the millisecond, is cached
        "endpoint": endpoint,
        "revision": "%ROUTE_NAME%",
        "path": "%PATH(NQ)%",
        "code": "%RESPONSE_CODE%",
        "duration_ms": "%DURATION%",
        "bytes": "%BYTES_SENT%",
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{_API}.extensions.access_loggers.file.v3.FileAccessLog",
            "path": ACCESS_LOG,
            "log_format": {"json_format": line},
        },
    }


def _file(stem: str) -> Json:
    return {"path_config_source": {"path": f"{FOLDER}/{stem}.json"}, "resource_api_version": "V3"}


def _seconds(value: float) -> str:
    return f"{value:.3f}s"
