"""What the target `local` says about artifacts, and the command it prints for callers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from isoserve.adapters.base.refusal import refuse_unsupported
from isoserve.adapters.base.registry import get_adapter, get_profile
from isoserve.adapters.testing.declare import declare_stack
from isoserve.adapters.testing.specs import serving_spec
from isoserve.errors import Fault, UnsupportedError
from isoserve.runtime.artifacts import tree_sha256
from isoserve.spec import load_serving

SERVICE = """\
isoserve: 1
name: fraud
owner: risk-ml
models:
  fraud:
    format: custom
    versions:
      "1": {{uri: ../../models/1, sha256: {one}}}
      {second}:
        uri: ../../models/2
        sha256: {two}
endpoints:
  fraud:
    model: fraud
    server: {{kind: custom, command: [serve, "{{port}}"]}}
"""


def faults(root: Path, *, second: str, spoil: str) -> list[Fault]:
    """Refuse a project whose second version, the pinned one, lost or changed its artifact."""
    for number in ("1", "2"):
        (root / "models" / number).mkdir(parents=True)
        (root / "models" / number / "weights").write_text(number)
    for folder in ("environments", "services"):
        (root / "stacks" / folder).mkdir(parents=True)
    one, two = (tree_sha256(root / "models" / number) for number in ("1", "2"))
    text = SERVICE.format(one=one, two=two, second=second)
    if spoil == "change":
        (root / "models/2/weights").write_text("other")
    elif spoil == "link":
        (root / "models/2/more").symlink_to("weights")
    elif spoil == "store":
        text = text.replace("uri: ../../models/2", "uri: s3://bucket/fraud/2")
    else:
        (root / "models/2").rename(root / "models/gone")
    (root / "stacks/services/fraud.yaml").write_text(text)
    (root / "stacks/environments/here.yaml").write_text("isoserve: 1\nclass: dev\ntarget: local\n")
    stack = "config:\n  serving:environment: here\n  serving:service: fraud\n  serving:pins: {fraud: %s}\n"
    (root / "stacks/Pulumi.fraud-here.yaml").write_text(stack % second)
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported(load_serving(root, "fraud-here"), get_profile("local"))
    return list(caught.value.faults)


@pytest.mark.parametrize("second", ['"2"', "v2", '"2.10"'])
@pytest.mark.parametrize(
    ("spoil", "line", "key", "said"),
    [
        ("change", 11, "sha256", "the artifact's checksum is"),
        ("remove", 10, "uri", "the artifact models/2 is missing"),
        ("link", 10, "uri", "holds a link or a special file: more"),
    ],
)
def test_a_bad_artifact_is_found_at_its_own_line(
    tmp_path: Path, second: str, spoil: str, line: int, key: str, said: str
) -> None:
    [fault] = faults(tmp_path, second=second, spoil=spoil)
    assert fault.at == f"stacks/services/fraud.yaml:{line} models.fraud.versions.{second}.{key}"
    assert said in fault.what


def test_what_to_do_about_a_missing_artifact(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, second="v2", spoil="remove")
    assert fault.fix == "train or restore it, then run the command again"


def test_an_address_can_be_exchanged_for_a_path(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, second="v2", spoil="store")
    assert fault.at.startswith("stacks/services/fraud.yaml:10 ")
    assert fault.fix == "put the files into the project and write their path"


def test_an_unknown_server_can_be_started_by_its_command() -> None:
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported(serving_spec("local", endpoint={"server": "triton"}), get_profile("local"))
    [fault] = caught.value.faults
    assert fault.fix == "start it by its own command: `kind: custom`"


@pytest.mark.parametrize(
    ("requests", "routes", "said"),
    [
        ({"protocol": "raw"}, {}, "-X POST -H 'content-type: application/json' -d '{}' {url}/"),
        ({"protocol": "raw"}, {"predict": "/p/{x}"}, "-X POST … -d '{}' {url}/p/{x}"),
        ({"protocol": "openai"}, {}, "{url}/v1/models"),
        ({"protocol": "v2"}, {}, "{url}/v2/models/fraud"),
    ],
)
def test_the_printed_command_speaks_the_protocol(
    requests: Mapping[str, object], routes: Mapping[str, object], said: str
) -> None:
    server = {"kind": "custom", "command": ["serve", "{port}"], "routes": routes}
    asked = {"server": server, "requests": requests, "access": {"auth": "none"}}
    declared = declare_stack(get_adapter("local"), serving_spec("local", endpoint=asked))
    command = str(declared.value("fraud.curl"))
    url = str(declared.value("fraud.url"))
    said = said.replace("…", "-H 'content-type: application/json'").replace("{url}", url)
    assert command == f"curl {said}"
