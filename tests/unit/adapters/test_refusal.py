"""Refusing: all faults together, at the place that asks; never for what nobody wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from isoserve.adapters.base.capabilities import demands, profile_of, refuse_unsupported, required
from isoserve.adapters.base.registry import get_profile
from isoserve.adapters.base.support import Capability
from isoserve.adapters.testing.specs import serving_spec
from isoserve.errors import SpecError, UnsupportedError
from isoserve.runtime.artifacts import tree_sha256
from isoserve.spec import load_serving

GROUND = {
    Capability.ENDPOINT,
    Capability.RELEASE,
    Capability.CUSTOM_SERVER,
    Capability.PROTOCOL_V2,
    Capability.AUTH_PLATFORM,
    Capability.ARTIFACT_PATH,
}

SERVICE = """\
isoserve: 1
name: fraud
owner: risk-ml
models:
  fraud:
    format: custom
    versions:
      "1": {{uri: ../../model, sha256: {sha256}}}
endpoints:
  fraud:
    model: fraud
    server: {{kind: custom, command: [serve, "{{port}}"]}}
{more}
"""


def project(root: Path, *, environment: str = "class: dev", more: str = "") -> Path:
    (root / "model").write_text("weights")
    for folder in ("environments", "services"):
        (root / "stacks" / folder).mkdir(parents=True)
    sha256 = tree_sha256(root / "model")
    (root / "stacks/services/fraud.yaml").write_text(SERVICE.format(sha256=sha256, more=more))
    (root / "stacks/environments/here.yaml").write_text(f"isoserve: 1\ntarget: local\n{environment}\n")
    (root / "stacks/Pulumi.fraud-here.yaml").write_text(
        "config:\n  serving:environment: here\n  serving:service: fraud\n"
    )
    return root


def refused(root: Path) -> list[tuple[str, str]]:
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported(load_serving(root, "fraud-here"), get_profile("local"))
    return [(fault.at, fault.what) for fault in caught.value.faults]


def test_the_ground_spec_asks_the_ground() -> None:
    assert set(required(serving_spec("local"))) == GROUND


def test_each_capability_names_the_first_path_that_asks_it() -> None:
    spec = serving_spec("local", endpoints=("fraud", "fraud-eu"), endpoint={"capture": {"sample": "10%"}})
    assert required(spec)[Capability.CAPTURE] == "endpoints.fraud.capture"
    asked = [demand.at for demand in demands(spec) if demand.capability is Capability.CAPTURE]
    assert asked == ["endpoints.fraud.capture", "endpoints.fraud-eu.capture"]


def test_what_a_class_sets_by_default_is_not_asked(tmp_path: Path) -> None:
    root = project(tmp_path, environment="class: prod")
    spec = load_serving(root, "fraud-here")
    assert spec.endpoints["fraud"].rollout is not None
    refuse_unsupported(spec, get_profile("local"))


def test_what_is_written_is_asked_with_its_file_and_line(tmp_path: Path) -> None:
    more = "    rollout: {strategy: canary, steps: [10]}\n    accelerator: [{type: l4}]"
    found = refused(project(tmp_path, more=more))
    assert [at for at, _ in found] == [
        "stacks/services/fraud.yaml:14 endpoints.fraud.accelerator",
        "stacks/services/fraud.yaml:13 endpoints.fraud.rollout",
    ]


def test_a_part_of_a_default_walk_is_written_too(tmp_path: Path) -> None:
    root = project(tmp_path, environment="class: prod", more="    rollout: {bake: 10m}")
    assert [at for at, _ in refused(root)] == ["stacks/services/fraud.yaml:13 endpoints.fraud.rollout"]


def test_all_at_once_is_fine(tmp_path: Path) -> None:
    root = project(tmp_path, more="    rollout: {strategy: all_at_once}")
    refuse_unsupported(load_serving(root, "fraud-here"), get_profile("local"))


def test_an_environment_is_blamed_for_what_it_says(tmp_path: Path) -> None:
    environment = "class: dev\nregion: eu-central-1\nenforce: {access: {egress: none}}"
    found = refused(project(tmp_path, environment=environment))
    assert [at for at, _ in found] == [
        "stacks/environments/here.yaml:5 endpoints.fraud.access.egress",
        "stacks/environments/here.yaml:4 environment.region",
    ]


def test_table_limits_and_names_are_one_list() -> None:
    spec = serving_spec(
        "azureml", endpoint={"requests": {"timeout": "200s"}, "adopt": True, "name_on_target": "x"}
    )
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported(spec, get_profile("azureml"))
    text = str(caught.value)
    assert "does not yet serve one model version" in text
    assert "may run 200 s, the target allows 180" in text
    assert "'x' is no name of an endpoint on 'azureml'" in text
    assert caught.value.exit_code == 3


def test_the_fix_names_a_target_that_can() -> None:
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported(serving_spec("vertex"), get_profile("vertex"))
    assert caught.value.faults[0].fix == "use a target that does: local"


@pytest.mark.parametrize("bounds", [(1, 1), (3, 3)])
def test_equal_bounds_ask_for_no_scaling(bounds: tuple[int, int]) -> None:
    scaling = {"min_replicas": bounds[0], "max_replicas": bounds[1], "scale_on": {"concurrency": 8}}
    asked = required(serving_spec("local", endpoint={"autoscaling": scaling}))
    assert Capability.AUTOSCALING not in asked
    assert Capability.SCALE_ON_CONCURRENCY not in asked
    assert (Capability.REPLICAS in asked) == (bounds[1] > 1)


@pytest.mark.parametrize(
    ("target", "fix"), [("kubernets", "did you mean 'kubernetes'?"), ("moon", "use one of azureml, ")]
)
def test_an_unknown_target_is_a_fault_of_the_environment(tmp_path: Path, target: str, fix: str) -> None:
    root = project(tmp_path)
    file = root / "stacks/environments/here.yaml"
    file.write_text(file.read_text().replace("target: local", f"target: {target}"))
    with pytest.raises(SpecError) as caught:
        profile_of(load_serving(root, "fraud-here"))
    [fault] = caught.value.faults
    assert fault.at == "stacks/environments/here.yaml:2 environment.target"
    assert fault.what.startswith(f"no target is named '{target}'; known: azureml, ")
    assert fault.fix.startswith(fix)
    assert caught.value.exit_code == 3
