"""Every bad value is one fault with file, line, path and fix; all faults of a stack come at once."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoserve.errors import Fault, SpecError
from isoserve.runtime.artifacts import tree_sha256
from isoserve.spec import EndpointSpec, load_serving
from isoserve.spec.patterns import CHECKSUM

STACK = "config:\n  serving:environment: dev\n  serving:service: fraud\n"
AUTOSCALING = "{min_replicas: 1, max_replicas: 8}"


@pytest.mark.parametrize(
    ("lines", "path", "what", "fix"),
    [
        ("pool: gpuu", "pool", "known: gpu", "did you mean 'gpu'?"),
        ("ready_within: 5", "ready_within", "a duration needs its unit; given 5", "write 5s"),
        (
            "requests: {timeout: 99999d}",
            "requests.timeout",
            "at most 365 days; given '99999d'",
            "365d or less",
        ),
        ("ready_within: 5 minutes", "ready_within", "'5 minutes'", "5m"),
        ("ready_within: 0s", "ready_within", "above 0; given '0s'", "above 0"),
        ("replicas: 0", "replicas", "at least 1; given 0", "at least 1"),
        ("replicas: '2'", "replicas", "a whole number; given '2'", "whole number"),
        ("replicas: 1.5", "replicas", "a whole number; given 1.5", "whole number"),
        ("autoscalin: {}", "autoscalin", "allowed: accelerator, access,", "did you mean 'autoscaling'?"),
        (
            "on_no_capacity: fial",
            "on_no_capacity",
            "fail, one_at_a_time, next_alternative; given 'fial'",
            "'fail'",
        ),
        ("requests: {stream: off}", "requests.stream", "true or false; given 'off'", "true or false"),
        ("requests: {protocol: grpc}", "requests.protocol", "v2, openai, raw", "v2"),
        ("requests: {max_body: 1mb}", "requests.max_body", "'1mb'", "MiB"),
        ("requests: 5", "requests", "must be a map; given 5", "a map"),
        ("resources: {memory: 4}", "resources.memory", "at least", "at least"),
        ("accelerator: {type: l4}", "accelerator", "must be a list; given a map", "[{…}]"),
        ("accelerator: [{count: 1}]", "accelerator[0]", "needs a type or a memory", "l4"),
        ("access: {egress: everything}", "access.egress", "none, stores or a list of hosts", "[everything]"),
        ("access: {egress: [a b]}", "access.egress[0]", "a host such as", ""),
        ("access: {callers: [frau-api]}", "access.callers[0]", "known: fraud-api", "'fraud-api'"),
        ("access: {callers: [X]}", "access.callers[0]", "not a name", "'x'"),
        ("adopt: true", "name_on_target", "needs the name", "name_on_target"),
        ("capture: {sample: 10}", "capture.sample", "at most 100%; given 10", "10%"),
        ("capture: {retain: 1h}", "capture.retain", "at least 86400", ""),
        ("rollout: {steps: [50, 10]}", "rollout.steps", "must rise; 10 follows 50", "[10, 50]"),
        ("rollout: {steps: [0]}", "rollout.steps[0]", "at least 1; given 0", ""),
        ("rollout: {steps: [100]}", "rollout.steps[0]", "at most 99; given 100", ""),
        ("rollout: {strategy: canary}", "rollout.steps", "canary needs steps", "[10, 50]"),
        ("rollout: {strategy: blue_green, steps: [5]}", "rollout.steps", "has no steps", "null"),
        ("rollout: {strategy: shadow}", "rollout.mirror", "needs mirror", "mirror: 10%"),
        ("rollout: {strategy: linear, steps: [5]}", "rollout.strategy", "all_at_once, canary", ""),
        (
            "rollout: {steps: [5], abort_on: [p95_latency > 200]}",
            "rollout.abort_on[0]",
            "has no unit",
            "200ms",
        ),
        (
            "rollout: {steps: [5], abort_on: [errors > 1%]}",
            "rollout.abort_on[0]",
            "metric one of error_rate",
            "1%",
        ),
        ("rollout: {steps: [5], abort_on: [error_rate < 1%]}", "rollout.abort_on[0]", "is not a rule", "1%"),
        (
            "rollout: {steps: [5], abort_on: [error_rate > 1ms]}",
            "rollout.abort_on[0]",
            "a share is needed",
            "10%",
        ),
        ("monitors: {drift: {}}", "monitors.drift", "needs a baseline", "baseline"),
        ("monitors: {drift: {schedule: often}}", "monitors.drift.schedule", "five cron fields", "hourly"),
        ("monitors: {drift: {schedule: '61 * * * *'}}", "monitors.drift.schedule", "five cron", "hourly"),
        (
            "monitors: {fairness: {groups: [sex]}}\ncapture: null",
            "monitors.fairness",
            "capture is off",
            "null",
        ),
        (
            "monitors: {performance: {labels: l, metric: mae, alert_below: 1}}",
            "monitors.performance.alert_above",
            "mae needs alert_above",
            "alert_above",
        ),
        ("native: 5", "native", "must be a map", ""),
        ('name_on_target: "a\\nb"', "name_on_target", "control characters", ""),
    ],
)
def test_a_fault_of_an_endpoint(endpoint_fault, lines: str, path: str, what: str, fix: str) -> None:
    fault = endpoint_fault(lines)
    # what is missing is told at the line of what it is missing from
    line = 11 if path == "name_on_target" and "adopt" in lines else 15
    assert fault.at == f"stacks/services/fraud.yaml:{line} endpoints.fraud.{path}"
    assert what in fault.what
    assert fix in fault.fix
    assert fault.fix


OVERLAPPING = """{max_replicas: 8, schedule: [
      {when: 'sun 22:00-06:00', min_replicas: 1}, {when: 'mon 05:00-07:00', min_replicas: 1}]}"""


@pytest.mark.parametrize(
    ("autoscaling", "path", "what"),
    [
        ("{min_replicas: 9, max_replicas: 8}", "min_replicas", "min_replicas 9 is above max_replicas 8"),
        ("{min_replicas: 1}", "max_replicas", "max_replicas is missing"),
        ("{max_replicas: 8, scale_on: {concurrency: 8, queue: 1}}", "scale_on", "exactly one"),
        ("{max_replicas: 8, scale_on: {}}", "scale_on", "given none"),
        ("{max_replicas: 8, scale_on: {concurrency: .nan}}", "scale_on.concurrency", "finite"),
        (
            "{max_replicas: 8, schedule: [{when: noon, min_replicas: 1}]}",
            "schedule[0].when",
            "is not a window",
        ),
        (
            "{max_replicas: 8, schedule: [{when: '07:60-09:00', min_replicas: 1}]}",
            "schedule[0].when",
            "not a window",
        ),
        (
            "{max_replicas: 8, schedule: [{when: 'mo 07:00-09:00', min_replicas: 1}]}",
            "schedule[0].when",
            "no day",
        ),
        (
            "{max_replicas: 8, schedule: [{when: '07:00-09:00 Mars/X', min_replicas: 1}]}",
            "schedule[0].when",
            "not a time zone",
        ),
        (
            "{max_replicas: 8, schedule: [{when: '07:00-09:00', min_replicas: 9}]}",
            "schedule",
            "above max_replicas",
        ),
        (
            OVERLAPPING,
            "schedule",
            "overlap",
        ),
    ],
)
def test_a_fault_of_autoscaling(project, autoscaling: str, path: str, what: str) -> None:
    project.change(project.service, AUTOSCALING, autoscaling)
    fault = project.fault()
    assert fault.at == f"stacks/services/fraud.yaml:14 endpoints.fraud.autoscaling.{path}"
    assert what in fault.what
    assert fault.fix


@pytest.mark.parametrize(
    ("server", "path", "what"),
    [
        ("custom", "command", "needs its command"),
        ("{kind: mlserver, command: [a]}", "command", "has its own command"),
        ("{kind: x, ports: {http: 1, grpc: 1}}", "ports.grpc", "both port 1"),
        ("{kind: x, ports: {http: 70000}}", "ports.http", "at most 65535"),
        ("{kind: x, routes: {predict: a}}", "routes.predict", "a path such as /predict"),
        ("{kind: x, env: {A-B: c}}", "env.A-B", "a variable"),
        ("{kind: x, env: {A: true}}", "env.A", "must be text; given true"),
        ("{kind: x, env: {A: b}, secrets: {A: file:b}}", "env", "in env and in secrets"),
        ("{kind: x, image: 'a b'}", "image", "an image such as"),
        ("{kind: Server}", "kind", "not a name"),
        ("{front: none}", "kind", "kind is missing"),
    ],
)
def test_a_fault_of_a_server(project, server: str, path: str, what: str) -> None:
    project.change(project.service, "server: mlserver", f"server: {server}")
    fault = project.fault()
    assert fault.at == f"stacks/services/fraud.yaml:13 endpoints.fraud.server.{path}"
    assert what in fault.what


@pytest.mark.parametrize(
    "value", ["hunter2-topsecret", "AKIA/wJalrXUtnFEMI+K7MDENG", "[hunter2]", "'Bearer abc'"]
)
def test_a_secret_is_a_reference_and_is_never_shown(project, value: str) -> None:
    project.change(project.service, "server: mlserver", f"server: {{kind: x, secrets: {{TOKEN: {value}}}}}")
    fault = project.fault()
    assert fault.at.endswith("endpoints.fraud.server.secrets.TOKEN")
    assert value.strip("[]'") not in str(fault)


@pytest.mark.parametrize(
    "value",
    [
        "file:secrets/token",
        "env:TOKEN",
        "arn:aws:secretsmanager:eu-1:1:secret:x",
        "projects/p/secrets/s/versions/1",
        "https://team.vault.example.com/secrets/x",
        "my-secret/token",
    ],
)
def test_references_are_accepted(project, value: str) -> None:
    project.change(project.service, "server: mlserver", f"server: {{kind: x, secrets: {{TOKEN: {value}}}}}")
    assert project.load().endpoints["fraud"].server.secrets == {"TOKEN": value}


@pytest.mark.parametrize(
    ("old", "new", "path", "what", "fix"),
    [
        ('"1": {', "1: {", 'models.fraud.versions."1"', "the key 1 is not text", 'quote it: "1"'),
        ('"1": {', "1.10: {", 'models.fraud.versions."1.10"', "the key 1.10 is not text", 'quote it: "1.10"'),
        ('"1": {', '"a/b": {', 'models.fraud.versions."a/b"', "'a/b' is not a version", ""),
        (
            "../../models/fraud/1",
            "../../../etc",
            'models.fraud.versions."1".uri',
            "leaves the project",
            "into",
        ),
        (
            "../../models/fraud/1",
            "/etc/passwd",
            'models.fraud.versions."1".uri',
            "leaves the project",
            "into",
        ),
        ("../../models/fraud/1", '"a\\0b"', 'models.fraud.versions."1".uri', "cannot be followed", "correct"),
        (
            "a" * 64,
            "abc",
            'models.fraud.versions."1".sha256',
            "64 hexadecimal digits; given 'abc'",
            "xargs -0 sha256sum",
        ),
        (
            f", sha256: {'a' * 64}",
            "",
            'models.fraud.versions."1".sha256',
            "sha256 is missing",
            "sha256sum FILE",
        ),
        ("model: fraud\n", "model: frod\n", "endpoints.fraud.model", "known: fraud", "did you mean 'fraud'?"),
        ("    model: fraud\n", "", "endpoints.fraud.model", "model is missing", "model"),
        ("name: fraud", "name: fraude", "name", "differs from the name of its file", "rename"),
        ("owner: risk-ml\n", "", "owner", "owner is missing", "owner: risk-ml"),
        ("owner: risk-ml", "owner: [a]", "owner", "must be text; given a list", ""),
        ('"4711"', "yes, A B: x", 'labels."A B"', "a label", ""),
        ('"4711"', '"4711", Cost.Center: x', 'labels."Cost.Center"', "become the same name", "rename"),
        (
            "isoserve: 1",
            "isoserve: 2",
            "isoserve",
            "file format 2 is not known; this isoserve reads 1",
            "newer",
        ),
        ("isoserve: 1", "isoserve: '1'", "isoserve", "file format '1'", "isoserve: 1"),
        ("isoserve: 1", "isoserve: true", "isoserve", "file format true", "isoserve: 1"),
        ("isoserve: 1\n", "", "", "the header is missing", "isoserve: 1"),
        ("format: sklearn", "format: 3", "models.fraud.format", "must be text; given 3", 'quote it: "3"'),
        ("labels:", "lables:", "lables", "allowed: endpoints, isoserve, labels", "did you mean 'labels'?"),
    ],
)
def test_a_fault_of_a_service(project, old: str, new: str, path: str, what: str, fix: str) -> None:
    project.change(project.service, old, new)
    fault = project.fault()
    assert fault.at.startswith("stacks/services/fraud.yaml:")
    assert path in fault.at
    assert what in fault.what
    assert fix in fault.fix


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Fraud", "'fraud-2'"),
        ("Détection_2", "'detection-2'"),
        ("日本", "'name'"),
        ("x" * 60, "'" + "x" * 40 + "'"),
        ('"a\\u202eb"', "'ab'"),
        ('"../../etc"', "'etc'"),
        ("9lives", "'lives'"),
    ],
)
def test_a_bad_name_is_refused_with_another(project, name: str, suggestion: str) -> None:
    project.add(project.service, f"  {name}: {{model: fraud, server: mlserver}}\n")
    fault = project.fault()
    assert fault.at.startswith("stacks/services/fraud.yaml:15 endpoints.")
    assert "lowercase letters" in fault.what
    assert suggestion in fault.fix
    assert fault.at.isprintable()


def test_names_that_collide(project) -> None:
    project.add(project.service, "  a-b: {model: fraud, server: x}\n  a--b: {model: fraud, server: x}\n")
    fault = project.fault()
    assert "'a-b' and 'a--b' become the same name" in fault.what
    assert fault.at == "stacks/services/fraud.yaml:16 endpoints.a--b"


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        ("class: dev", "class: production", "class", "dev, staging, prod; given 'production'"),
        ("target: local\n", "", "target", "target is missing"),
        ("ready_within: 2m", "redy_within: 2m", "defaults.redy_within", "is not known here"),
        ("ready_within: 2m", "ready_within: soon", "defaults.ready_within", "a duration is needed"),
        ("auth: key", "auth: kee", "enforce.access.auth", "given 'kee'"),
        (
            "max_nodes: 4",
            "max_nodes: 4, min_nodes: 5",
            "node_pools.gpu.min_nodes",
            "min_nodes 5 is above max_nodes 4",
        ),
        ("max_nodes: 4", "min_nodes: 5", "node_pools.gpu.max_nodes", "max_nodes is missing"),
        ("max_nodes: 4", "max_nodes: 4, match: {a: b}", "node_pools.gpu.max_nodes", "does not go with match"),
        (
            "existing:\n",
            "create: [key]\nexisting:\n  key: k1\n",
            "create",
            "key is in existing and in create",
        ),
        ("existing:\n", "limits: {usd_month: 0}\nexisting:\n", "limits.usd_month", "above 0"),
        ("existing:\n", "limits: {accelerators: -1}\nexisting:\n", "limits.accelerators", "at least 0"),
    ],
)
def test_a_fault_of_an_environment(project, old: str, new: str, path: str, what: str) -> None:
    project.change(project.environment, old, new)
    fault = project.fault()
    assert fault.at.startswith("stacks/environments/dev.yaml:")
    assert fault.at.endswith(f" {path}")
    assert what in fault.what


def test_a_fault_of_the_environment_is_told_once_for_all_endpoints(project) -> None:
    for number in range(20):
        project.add(project.service, f"  e{number}: {{model: fraud, server: mlserver}}\n")
    project.change(project.environment, "ready_within: 2m", "ready_within: soon")
    assert project.fault().at == "stacks/environments/dev.yaml:7 defaults.ready_within"


def test_class_prod(project) -> None:
    project.change(project.environment, "class: dev", "class: prod")
    project.change(project.environment, "max_nodes: 4", "max_nodes: 4, spot: true")
    project.change(
        project.service,
        AUTOSCALING,
        "{min_replicas: 0, max_replicas: 8, schedule: [{when: '07:00-09:00', min_replicas: 0}]}",
    )
    spot, zero, window = project.faults()
    assert spot.at == "stacks/environments/dev.yaml:6 node_pools.gpu.spot"
    assert zero.at == "stacks/services/fraud.yaml:14 endpoints.fraud.autoscaling.min_replicas"
    assert window.at.endswith("endpoints.fraud.autoscaling.schedule[0].min_replicas")


def test_accelerators_are_limited(project) -> None:
    project.add(project.environment, "limits: {accelerators: 15}\n")
    project.add(project.service, "    accelerator: [{type: l4, count: 2}]\n")
    assert "may use 16 accelerators; limits.accelerators allows 15" in project.fault().what


@pytest.mark.parametrize(
    ("line", "path", "what", "fix"),
    [
        ('pins: {frod: "1"}', "pins.frod", "names no model", "did you mean 'fraud'?"),
        ('pins: {fraud: "2"}', "pins.fraud", "version '2', which it does not have; known: 1", '"1"'),
        ("pins: {fraud: 1.10}", "pins.fraud", "must be text; given 1.10", 'quote it: "1.10"'),
        ("pins: {fraud: 1}", "pins.fraud", "must be text; given 1", 'quote it: "1"'),
        ("pin: {}", "pin", "is not known; allowed: serving:environment", "did you mean 'serving:pins'?"),
        ("overrides: {secure: v1:x}", "overrides", "is encrypted", "references"),
        ("overrides: {model: {}}", "overrides.model", "is not known here", "did you mean 'models'?"),
        ("overrides: {name: x}", "overrides.name", "cannot change name", "remove"),
        (
            "overrides: {endpoints: {fraud: {poool: a}}}",
            "overrides.endpoints.fraud.poool",
            "not known",
            "pool",
        ),
    ],
)
def test_a_fault_of_a_stack(project, line: str, path: str, what: str, fix: str) -> None:
    project.add(project.stack, f"  serving:{line}\n")
    fault = project.fault()
    assert fault.at == f"stacks/Pulumi.fraud-dev.yaml:4 serving:{path}"
    assert what in fault.what
    assert fix in fault.fix


def test_an_override_of_no_endpoint(project) -> None:
    project.add(project.stack, "  serving:overrides: {endpoints: {frod: {replicas: 2}}}\n")
    assert any(
        "name no endpoint of the service: 'frod'" in fault.what and fault.fix == "did you mean 'fraud'?"
        for fault in project.faults()
    )


def test_two_versions_and_no_pin(project) -> None:
    project.change(project.service, "endpoints:\n", '      "2": {uri: hf://org/fraud}\nendpoints:\n')
    fault = project.fault()
    assert "2 versions and no pin" in fault.what
    assert fault.fix == 'add `serving:pins: {fraud: "2"}`'


def test_all_faults_come_at_once(project) -> None:
    project.change(project.environment, "class: dev", "class: dve")
    project.change(project.service, "owner: risk-ml", "ownr: risk-ml")
    project.change(
        project.service, "server: mlserver", "server: {kind: custom}\n    pool: none\n    ready_within: x"
    )
    project.change(project.service, "format: sklearn", "format: 7\n    extra: 1")
    project.add(project.stack, '  serving:pins: {other: "1"}\n  serving:typo: 1\n')
    paths = {fault.at.split(" ")[1] for fault in project.faults()}
    assert paths == {
        "class",
        "owner",
        "ownr",
        "models.fraud.format",
        "models.fraud.extra",
        "endpoints.fraud.server.command",
        "endpoints.fraud.ready_within",
        "endpoints.fraud.pool",
        "serving:pins.other",
        "serving:typo",
    }


SHAPES = ["", "x", "[]", "a: [", "{}", "isoserve: 1", "config: 5", "isoserve: 1\nmodels: 5\nendpoints: [1]"]


@pytest.mark.parametrize("file", ["environment", "service", "stack"])
@pytest.mark.parametrize("text", SHAPES)
def test_a_file_of_the_wrong_shape(project, file: str, text: str) -> None:
    project.write(getattr(project, file), text)
    assert all(fault.what and fault.at for fault in project.faults())


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 10**20) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
parts = st.dictionaries(st.sampled_from([*EndpointSpec.model_fields]), values, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(parts, st.sampled_from(["overrides", "defaults", "enforce"]))
def test_any_value_anywhere_is_a_spec_or_a_spec_error(project, part: dict[str, object], where: str) -> None:
    text = json.dumps(part)
    if where == "overrides":
        project.write(project.stack, f"{STACK}  serving:overrides: {{endpoints: {{fraud: {text}}}}}\n")
    else:
        project.write(project.environment, f"isoserve: 1\nclass: dev\ntarget: local\n{where}: {text}\n")
    faults: Sequence[Fault] = ()
    try:
        load_serving(project.root, "fraud-dev")
    except SpecError as error:
        faults = error.faults
    assert all(fault.what and fault.at.startswith("stacks/") and fault.at.isprintable() for fault in faults)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.sampled_from(["environment", "service", "stack"]), st.data())
def test_a_damaged_file_is_a_spec_or_a_spec_error(project, file: str, data: st.DataObject) -> None:
    path = project.root / getattr(project, file)
    good = path.read_text()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 30)))
    patch = data.draw(st.text(alphabet="ab:-[]{}&*!|>'\"#, \n\t01.~", max_size=8))
    path.write_text(good[:start] + patch + good[end:])
    faults: Sequence[Fault] = ()
    try:
        load_serving(project.root, "fraud-dev")
    except SpecError as error:
        faults = error.faults
    finally:
        path.write_text(good)
    assert all(fault.what and fault.at.startswith("stacks/") for fault in faults)


def test_a_long_text_makes_a_short_message(project) -> None:
    long = "x" * 100_000
    project.change(project.service, "owner: risk-ml", f"{long[:1000]}: 1\nowner: risk-ml")
    project.change(project.service, "    model: fraud\n", f"    model: {long}\n    pool: {long}\n")
    assert max(len(str(fault)) for fault in project.faults()) < 1000


LONG = "m" + "x" * 199


@pytest.mark.parametrize(
    "changes",
    [
        [("service", "\n  fraud:\n    format", f"\n  {LONG}:\n    format")],
        [("service", "\n  fraud:\n    model", f"\n  {LONG}:\n    pool: {LONG}\n    model")],
        [("service", "model: fraud", f"model: {LONG}")],
        [("service", "name: fraud", f"name: {LONG}")],
        [("service", '      "1": {', f'      "{LONG}": {{uri: ../../b, sha256: {"a" * 64}}}\n      "1": {{')],
        [("stack", "service: fraud", f"service: fraud\n  serving:{LONG}: a")],
        [
            (
                "stack",
                "service: fraud",
                f"service: fraud\n  serving:overrides: {{endpoints: {{{LONG}: {{}}}}}}",
            )
        ],
    ],
)
def test_no_fault_repeats_a_long_name_whole(project, changes: list[tuple[str, str, str]]) -> None:
    for kind, old, new in changes:
        project.change(getattr(project, kind), old, new)
    said = "\n".join(map(str, project.faults()))
    assert "xxxx…" in said
    assert "x" * 70 not in said


def test_the_shell_line_is_the_checksum(tmp_path) -> None:
    (tmp_path / "model" / "deep").mkdir(parents=True)
    for name in ("b", "A", "deep/c"):
        (tmp_path / "model" / name).write_text(name)
    of_file, of_folder = re.findall("`(.+?)`", CHECKSUM)
    for path, line in (("model/A", of_file), ("model", of_folder)):
        command = line.replace("FILE", path).replace("FOLDER", path)
        said = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True, text=True)
        assert said.stdout.split()[0] == tree_sha256(tmp_path / path)
