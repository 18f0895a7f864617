"""The registry: lazy, honest about what is missing, closed to replacement."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from isoserve.adapters.base import registry
from isoserve.adapters.base.registry import BUILT_IN, Target, get_adapter, get_profile, has_adapter, targets
from isoserve.adapters.local.profile import LocalProfile
from isoserve.errors import TargetError

MODULE = "isoserve_acme_for_tests"


class AcmeProfile(LocalProfile):
    target = "acme"


ACME = Target(
    name="acme", profile=f"{MODULE}:AcmeProfile", adapter=None, package="isoserve-acme", extra="sdk"
)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """A third party's distribution with the entry point `acme`."""
    module = types.ModuleType(MODULE)
    vars(module).update(AcmeProfile=AcmeProfile, TARGET=ACME, NotOne=object)
    monkeypatch.setitem(sys.modules, MODULE, module)
    points = [EntryPoint(name="acme", value=f"{MODULE}:TARGET", group=registry.GROUP)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else [])
    registry._third_parties.cache_clear()
    yield module
    registry._third_parties.cache_clear()


@pytest.mark.parametrize("target", BUILT_IN)
def test_every_profile_is_there_and_calls_itself_so(target: str) -> None:
    assert get_profile(target).target == target


def test_an_unknown_target_names_the_known_ones() -> None:
    with pytest.raises(TargetError) as caught:
        get_profile("sagemakr")
    [fault] = caught.value.faults
    assert fault.what == "no target is named 'sagemakr'"
    assert fault.at == "target in the file under stacks/environments"
    assert all(name in fault.fix for name in BUILT_IN)


@pytest.mark.parametrize("target", [name for name in BUILT_IN if not has_adapter(name)])
def test_a_target_without_adapter_says_so(target: str) -> None:
    with pytest.raises(TargetError, match=f"target '{target}' has no adapter yet"):
        get_adapter(target)


@pytest.mark.parametrize(
    ("target", "missing", "command"),
    [
        ("sagemaker", "pulumi_aws", "pip install 'isoserve[aws]'"),
        ("vertex", "google", "pip install 'isoserve[gcp]'"),
        ("azureml", "azure.ai.ml", "pip install 'isoserve[azure]'"),
        ("kubernetes", "pulumi_kubernetes.core", "pip install 'isoserve[kubernetes]'"),
        ("local", "psutil", "pip install 'isoserve[local]'"),
    ],
)
def test_a_missing_extra_comes_with_its_command(
    monkeypatch: pytest.MonkeyPatch, target: str, missing: str, command: str
) -> None:
    monkeypatch.setitem(BUILT_IN, target, replace(BUILT_IN[target], adapter="somewhere:Adapter"))
    monkeypatch.setattr(registry, "import_module", _fails(ModuleNotFoundError(name=missing)))
    with pytest.raises(TargetError) as caught:
        get_adapter(target)
    assert caught.value.faults[0].fix == command
    assert missing in caught.value.faults[0].what


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError(name="isoserve.adapters.sagemaker.adapter"),
        ModuleNotFoundError(name="pulumi_aws_native"),
        ModuleNotFoundError(),
        ImportError("cannot import name"),
    ],
)
def test_a_bug_inside_an_adapter_propagates(monkeypatch: pytest.MonkeyPatch, error: ImportError) -> None:
    monkeypatch.setitem(BUILT_IN, "sagemaker", replace(BUILT_IN["sagemaker"], adapter="somewhere:Adapter"))
    monkeypatch.setattr(registry, "import_module", _fails(error))
    with pytest.raises(ImportError) as caught:
        get_adapter("sagemaker")
    assert caught.value is error


def test_a_third_party_adds_a_target(installed: types.ModuleType) -> None:
    assert "acme" in targets()
    assert get_profile("acme").target == "acme"


def test_a_third_party_must_describe_its_own_name(installed: types.ModuleType) -> None:
    vars(installed)["TARGET"] = replace(ACME, name="other")
    with pytest.raises(TargetError, match="does not describe the target 'acme'"):
        get_profile("acme")


def test_a_profile_must_call_itself_by_its_registered_name(installed: types.ModuleType) -> None:
    vars(installed)["AcmeProfile"] = LocalProfile
    with pytest.raises(TargetError, match="registered as 'acme' and calls itself 'local'"):
        get_profile("acme")


def test_what_is_no_profile_is_refused(installed: types.ModuleType) -> None:
    vars(installed)["TARGET"] = replace(ACME, profile=f"{MODULE}:NotOne")
    with pytest.raises(TargetError, match="is not a profile"):
        get_profile("acme")


def test_a_built_in_name_cannot_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint(name="local", value=f"{MODULE}:TARGET", group=registry.GROUP)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    registry._third_parties.cache_clear()
    with pytest.warns(UserWarning, match="cannot replace the built-in target 'local'"):
        assert "local" in targets()
    assert type(get_profile("local")) is LocalProfile
    registry._third_parties.cache_clear()


def _fails(error: Exception):
    def load(name: str) -> None:
        raise error

    return load
