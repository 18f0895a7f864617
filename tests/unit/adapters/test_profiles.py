"""What a profile's own check finds, and what it lets pass."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from isoserve.adapters.base.registry import get_profile
from isoserve.adapters.local.profile import LocalProfile
from isoserve.adapters.testing.specs import REGIONS, serving_spec

GIB = 2**30


def found(target: str, **changes: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(fault.at, fault.what) for fault in get_profile(target).check(serving_spec(target, **changes))]


@pytest.mark.parametrize("target", REGIONS)
def test_a_cloud_needs_its_region(target: str) -> None:
    assert found(target, environment={"region": None}) == [
        ("environment.region", f"target {target!r} needs a region")
    ]


@pytest.mark.parametrize("target", ["local", "kubernetes"])
def test_a_region_that_means_nothing_is_a_fault(target: str) -> None:
    [(at, what)] = found(target, environment={"region": "eu-central-1"})
    assert at == "environment.region"
    assert "has no regions" in what


@pytest.mark.parametrize(
    ("target", "longest", "too_long"),
    [("sagemaker", "60s", "61s"), ("azureml", "180s", "181s"), ("vertex", "3600s", "3601s")],
)
def test_a_request_may_take_as_long_as_the_platform_lets_it(target: str, longest: str, too_long: str) -> None:
    assert found(target, endpoint={"requests": {"timeout": longest}}) == []
    [(at, what)] = found(target, endpoint={"requests": {"timeout": too_long}})
    assert at == "endpoints.fraud.requests.timeout"
    assert "read 2026-11" in what


def test_a_streamed_answer_may_take_longer_on_sagemaker() -> None:
    assert found("sagemaker", endpoint={"requests": {"timeout": "480s", "stream": True}}) == []
    assert len(found("sagemaker", endpoint={"requests": {"timeout": "481s", "stream": True}})) == 1


@pytest.mark.parametrize(("target", "most"), [("sagemaker", 25 * 2**20), ("vertex", 10_000_000)])
def test_a_body_may_be_as_large_as_the_platform_accepts(target: str, most: int) -> None:
    assert found(target, endpoint={"requests": {"max_body": most}}) == []
    [(at, _)] = found(target, endpoint={"requests": {"max_body": most + 1}})
    assert at == "endpoints.fraud.requests.max_body"


def test_a_canary_needs_two_instances_on_sagemaker() -> None:
    walk = {"strategy": "canary", "steps": [10]}
    assert found("sagemaker", endpoint={"rollout": walk, "replicas": 2}) == []
    [(at, _)] = found("sagemaker", endpoint={"rollout": walk})
    assert at == "endpoints.fraud.rollout"


def test_a_mirror_takes_at_most_half_on_azure() -> None:
    assert found("azureml", endpoint={"rollout": {"strategy": "shadow", "mirror": "50%"}}) == []
    [(at, _)] = found("azureml", endpoint={"rollout": {"strategy": "shadow", "mirror": "51%"}})
    assert at == "endpoints.fraud.rollout.mirror"


def test_a_replica_must_fit_the_machine() -> None:
    profile = LocalProfile(cores=2, memory_bytes=4 * GIB)
    fits = serving_spec("local", endpoint={"resources": {"cpu": 2, "memory": "4GiB"}, "replicas": 8})
    assert list(profile.check(fits)) == []
    large = serving_spec("local", endpoint={"resources": {"cpu": 3, "memory": "5GiB"}})
    assert [fault.at for fault in profile.check(large)] == [
        "endpoints.fraud.resources.cpu",
        "endpoints.fraud.resources.memory",
    ]


@pytest.mark.parametrize(
    "reference", ["env:TOKEN", "arn:aws:secretsmanager:eu-central-1:1:secret:x", "name/key"]
)
def test_local_reads_secrets_from_files_only(reference: str) -> None:
    server = {"kind": "custom", "command": ["serve"], "secrets": {"TOKEN": reference, "OTHER": "file:x"}}
    [(at, what)] = found("local", endpoint={"server": server})
    assert at == "endpoints.fraud.server.secrets.TOKEN"
    assert reference in what


@pytest.mark.parametrize("group", ["account", "cluster", "issuer"])
def test_local_has_nothing_around_it(group: str) -> None:
    [(at, _)] = found("local", environment={"existing": {group: {"name": "x"}}})
    assert at == f"environment.existing.{group}"


@pytest.mark.parametrize("port", [0, 80, 70000, True, "8080"])
def test_a_fixed_port_must_be_one(port: object) -> None:
    [(at, _)] = found("local", endpoint={"native": {"local": {"port": port}}})
    assert at == "endpoints.fraud.native.local.port"


def test_native_settings_of_local_are_its_port_alone() -> None:
    native = {"local": {"port": 8443, "threads": 2}, "sagemaker": {"anything": 1}}
    assert [at for at, _ in found("local", endpoint={"native": native})] == [
        "endpoints.fraud.native.local.threads"
    ]


def test_mlserver_reads_what_is_installed() -> None:
    ground = {"endpoint": {"server": "mlserver"}}
    assert found("local", model={"format": "sklearn"}, **ground) == []
    [(at, what)] = found("local", model={"format": "onnx"}, **ground)
    assert at == "models.fraud.format"
    assert "reads no 'onnx' model" in what
    [(_, what)] = found("local", model={"format": "catboost"}, **ground)
    assert "needs mlserver_catboost" in what
