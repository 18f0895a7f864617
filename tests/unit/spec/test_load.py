"""A good stack loads: merged in the order of the layers, typed, with the origin of every value."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoserve.errors import SpecError
from isoserve.spec import load_origins, load_serving, read_environment, stack_names
from isoserve.spec.merge import merged, without_null


def test_a_stack_loads(project) -> None:
    spec = project.load()
    endpoint = spec.endpoints["fraud"]
    assert (spec.service.name, spec.service.owner, spec.stack) == ("fraud", "risk-ml", "fraud-dev")
    assert spec.service.labels == {"cost-center": "4711"}
    assert (spec.environment.name, spec.environment.target) == ("dev", "local")
    assert endpoint.server.kind == "mlserver"
    assert (endpoint.min_replicas, endpoint.max_replicas) == (1, 8)
    assert endpoint.ready_within == 120  # environment.defaults
    assert endpoint.access.auth == "key"  # environment.enforce
    assert spec.pins == {"fraud": "1"}  # one version needs no pin
    assert spec.artifact_path("fraud", "1") == project.root / "models/fraud/1"


def test_a_relative_root_gives_the_same(project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root.parent)
    root = Path(project.root.name)
    spec = load_serving(root, "fraud-dev")
    assert spec.models == project.load().models
    assert spec.artifact_path("fraud", "1") == root / "models/fraud/1"


def test_order_of_the_layers(project) -> None:
    project.change(project.service, "server: mlserver", "server: mlserver\n    ready_within: 3m")
    assert project.load().endpoints["fraud"].ready_within == 180
    project.add(project.stack, "  serving:overrides: {endpoints: {fraud: {ready_within: 4m}}}\n")
    assert project.load().endpoints["fraud"].ready_within == 240
    project.change(project.environment, "enforce: {", "enforce: {ready_within: 5m, ")
    assert project.load().endpoints["fraud"].ready_within == 300


def test_null_removes_and_lists_replace(project) -> None:
    project.change(
        project.environment, "defaults: {", "defaults: {accelerator: [{type: l4}, {type: t4}], pool: gpu, "
    )
    project.change(project.service, "server: mlserver", "server: mlserver\n    accelerator: [{type: h100}]")
    project.add(project.stack, "  serving:overrides: {endpoints: {fraud: {autoscaling: null, pool: null}}}\n")
    endpoint = project.load().endpoints["fraud"]
    assert [one.type for one in endpoint.accelerator] == ["h100"]
    assert endpoint.autoscaling is None
    assert endpoint.pool is None


def test_a_bare_server_name_merges_with_settings(project) -> None:
    project.add(project.stack, "  serving:overrides: {endpoints: {fraud: {server: {env: {LEVEL: 1.10}}}}}\n")
    server = project.load().endpoints["fraud"].server
    assert (server.kind, server.env) == ("mlserver", {"LEVEL": "1.10"})


def test_settings_of_a_server_stay_as_written(project) -> None:
    args = "{cache: off, tag: 1.10, release: 2026-11-24, on: true, size: 8, share: 0.5, code: 0815}"
    project.change(project.service, "server: mlserver", f"server: {{kind: vllm, args: {args}}}")
    assert project.load().endpoints["fraud"].server.args == {
        "cache": "off",
        "tag": "1.10",
        "release": "2026-11-24",
        "on": True,
        "size": 8,
        "share": 0.5,
        "code": "0815",
    }


def test_an_endpoint_is_removed_in_one_stack(project) -> None:
    project.add(project.service, "  second: {model: fraud, server: mlserver}\n")
    project.add(project.stack, "  serving:overrides: {endpoints: {second: null}}\n")
    assert [*project.load().endpoints] == ["fraud"]


def test_class_prod_is_careful_unless_told_otherwise(project) -> None:
    project.change(project.environment, "class: dev", "class: prod")
    project.change(project.service, "{min_replicas: 1, max_replicas: 8}", "{max_replicas: 8}")
    project.add(
        project.service, "  fixed: {model: fraud, server: mlserver, rollout: {strategy: all_at_once}}\n"
    )
    spec = project.load()
    walked, fixed = spec.endpoints["fraud"], spec.endpoints["fixed"]
    assert spec.environment.protect
    assert (walked.min_replicas, walked.max_replicas) == (2, 8)
    assert walked.rollout is not None
    assert (walked.rollout.strategy, walked.rollout.steps) == ("canary", (10, 50))
    assert [str(rule) for rule in walked.rollout.abort_on] == ["error_rate > 1%"]
    assert (fixed.min_replicas, fixed.max_replicas) == (2, 2)
    assert fixed.rollout is not None
    assert fixed.rollout.steps == ()


def test_capture_is_on_only_where_a_monitor_reads_it(project) -> None:
    assert project.load().endpoints["fraud"].capture is None
    project.change(project.service, "sha256:", "baseline: b.csv, sha256:")
    project.add(project.service, "    monitors: {drift: {}}\n")
    capture = project.load().endpoints["fraud"].capture
    assert capture is not None
    assert capture.sample == pytest.approx(0.1)


def test_pins_choose_among_versions(project) -> None:
    project.change(project.service, "endpoints:\n", '      "1.10": {uri: hf://org/fraud}\nendpoints:\n')
    project.add(project.stack, '  serving:pins: {fraud: "1.10"}\n')
    spec = project.load()
    assert spec.pins == {"fraud": "1.10"}
    assert spec.artifact_path("fraud", "1.10") is None


def test_paths_resolve_against_the_file_that_states_them(project) -> None:
    project.add(
        project.stack,
        '  serving:overrides: {models: {fraud: {versions: {"1": {uri: ../models/other}}}}}\n',
    )
    assert project.load().artifact_path("fraud", "1") == project.root / "models/other"


def test_unquoted_digits_of_a_checksum_are_kept(project) -> None:
    for digits in ("0" * 63 + "7", "1" * 64, "1e" + "3" * 62):
        project.change(project.service, f"sha256: {'a' * 64}", f"sha256: {digits}")
        assert project.load().models["fraud"].versions["1"].sha256 == digits
        project.change(project.service, digits, "a" * 64)


def test_what_the_engine_writes_is_left_alone(project) -> None:
    text = (project.root / project.stack).read_text()
    project.write(
        project.stack,
        "encryptionsalt: v1:abc=\nsecretsprovider: passphrase\n"
        + text
        + "  aws:region: eu-1\n  1: 2\n  other:key: {secure: v1:xyz}\n  other:key: !tag twice\n",
    )
    assert project.load().service.name == "fraud"


def test_the_engine_and_the_file_agree(project) -> None:
    project.add(project.stack, "  serving:overrides: {endpoints: {fraud: {replicas: 2}}}\n")
    said = {
        "environment": "dev",
        "service": "fraud",
        "overrides": '{"endpoints": {"fraud": {"replicas": 2}}}',
    }
    assert load_serving(project.root, "fraud-dev", config=said) == project.load()


def test_the_engine_reads_something_else(project) -> None:
    project.add(project.stack, "  serving:overrides: {endpoints: {fraud: {server: {args: {cache: off}}}}}\n")
    overrides = {"endpoints": {"fraud": {"server": {"args": {"cache": False}}}}}
    (fault,) = project.faults(environment="dev", service="fraud", overrides=overrides)
    assert (
        'engine reads serving:overrides.endpoints.fraud.server.args.cache as false, the file says "off"'
        in fault.what
    )
    assert fault.at.startswith("stacks/Pulumi.fraud-dev.yaml:4 ")
    assert fault.fix == 'quote it: "off"'
    faults = project.faults(environment="prod", service="fraud")
    assert [fault.what.split(" as ")[0] for fault in faults] == [
        "the engine reads serving:environment",
        "the engine reads serving:overrides",
    ]


def test_origins(project) -> None:
    project.change(project.environment, "class: dev", "class: prod")
    project.add(
        project.stack, "  serving:overrides: {endpoints: {fraud: {autoscaling: {max_replicas: 12}}}}\n"
    )
    origins = load_origins(project.root, "fraud-dev")
    seen = {key: (origin.file.split("/")[-1], origin.line, origin.layer) for key, origin in origins.items()}
    assert seen["service.owner"] == ("fraud.yaml", 3, "service")
    assert seen["environment.name"] == ("dev.yaml", 1, "environment")
    assert seen["environment.target"] == ("dev.yaml", 3, "environment")
    assert seen["endpoints.fraud.model"] == ("fraud.yaml", 12, "service")
    assert seen["endpoints.fraud.server.kind"] == ("fraud.yaml", 13, "service")
    assert seen["endpoints.fraud.autoscaling.min_replicas"] == ("fraud.yaml", 14, "service")
    assert seen["endpoints.fraud.autoscaling.max_replicas"] == ("Pulumi.fraud-dev.yaml", 4, "overrides")
    assert seen["endpoints.fraud.ready_within"] == ("dev.yaml", 7, "defaults")
    assert seen["endpoints.fraud.access.auth"] == ("dev.yaml", 8, "enforce")
    assert seen["endpoints.fraud.rollout.steps"] == ("dev.yaml", 2, "class")
    assert seen['models.fraud.versions."1".uri'] == ("fraud.yaml", 9, "service")


def test_an_environment_alone(project) -> None:
    assert read_environment(project.root, "dev").node_pools["gpu"].max_nodes == 4
    with pytest.raises(SpecError, match="did you mean 'dev'"):
        read_environment(project.root, "deb")
    with pytest.raises(SpecError, match="not a name"):
        read_environment(project.root, "../dev")


def test_an_empty_key_is_no_key(project) -> None:
    before = project.load()
    project.add(project.stack, "  serving:pins:\n  serving:overrides:\n")
    project.add(project.environment, "create:\nlimits:\nregion: null\n")
    assert project.load() == before


def test_stack_names(project) -> None:
    project.write(Path("stacks/Pulumi.a-prod.yaml"), "")
    assert stack_names(project.root) == ["a-prod", "fraud-dev"]
    assert stack_names(project.root / "nowhere") == []


def test_the_collector_is_left_as_it_was(project) -> None:
    assert gc.isenabled()
    project.load()
    assert gc.isenabled()
    gc.disable()
    try:
        project.load()
        assert not gc.isenabled()
    finally:
        gc.enable()


keys = st.sampled_from(["a", "b", "c"])
leaves = st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2)


def maps(leaf: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    trees = st.recursive(leaf, lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=8)
    return st.dictionaries(keys, trees, max_size=3)


def paths(value: object, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*way, key))
    else:
        yield way, value


@given(st.lists(maps(leaves | st.none()), max_size=5))
def test_a_merged_value_is_that_of_the_topmost_layer_that_has_it(layers: list[dict[str, object]]) -> None:
    whole = without_null(reduce(merged, layers, {}))
    written = [dict(paths(layer)) for layer in layers]
    for way, value in paths(whole):
        assert value == next(layer[way] for layer in reversed(written) if way in layer)


@given(maps(leaves | st.none()), maps(leaves | st.none()))
def test_the_upper_layer_wins_and_null_removes(lower: dict[str, object], upper: dict[str, object]) -> None:
    both = without_null(merged(lower, upper))
    for key, value in upper.items():
        if value is None:
            assert key not in both
        elif not isinstance(value, dict):
            assert both[key] == value
    assert without_null(both) == both
    assert merged(lower, {}) == lower


def test_null_removes_what_is_below_it_and_nothing_above(project) -> None:
    project.change(project.environment, "defaults: {", "defaults: {rollout: {steps: [5], wait: 1h}, ")
    project.add(project.service, "    rollout: null\n")
    assert project.load().endpoints["fraud"].rollout is None
    project.add(project.stack, "  serving:overrides: {endpoints: {fraud: {rollout: {steps: [7]}}}}\n")
    rollout = project.load().endpoints["fraud"].rollout
    assert rollout is not None
    assert (rollout.steps, rollout.wait) == ((7,), 1800)
