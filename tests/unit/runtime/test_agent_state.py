"""State, messages and their checks, without any process."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from isoserve.errors import AgentError
from isoserve.runtime import state as state_module
from isoserve.runtime.backoff import Backoff
from isoserve.runtime.messages import (
    EndpointRequest,
    EndpointStatus,
    Released,
    ReplicaStatus,
    RevisionRequest,
    RevisionStatus,
    ServerRequest,
    check_name,
)
from isoserve.runtime.processes import ProcessId, identify, runs
from isoserve.runtime.refusals import refuse_difference
from isoserve.runtime.server_kinds import check, kind_of, read_secrets
from isoserve.runtime.state import EndpointRecord, ReplicaRecord, RevisionRecord, State, Store

REVISION = RevisionRequest(
    server=ServerRequest(
        kind="custom",
        command=("serve", "{port}", "{artifact}"),
        args={"workers": 2, "fast": True, "slow": False},
        env={"A": "1"},
        secrets={"T": "file:/x"},
        ready_path="/r",
    ),
    artifact="/models/1",
    model_name="fraud",
    model_version="1",
    model_format="sklearn",
    replicas=2,
)
RECORD = RevisionRecord(
    request=REVISION,
    replicas={0: ReplicaRecord(ports={"http": 20001}, process=ProcessId(pid=7, created=1.5), restarts=3)},
    proven=True,
)
ENDPOINT = EndpointRecord(
    request=EndpointRequest(model_name="fraud", labels={"a": "b"}),
    port=18100,
    key="k",
    upload_s=60.0,
    live="one",
    history=(Released(revision="one", at=2.0),),
    revisions={"one": RECORD},
)


def test_the_state_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = State(endpoints={"e": ENDPOINT}, gateway=ProcessId(pid=9, created=3.0), gateway_restarts=1)
    Store(tmp_path).save(saved)
    assert Store(tmp_path).state == saved
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_keeps_the_state_before(tmp_path: Path, monkeypatch, step: str) -> None:
    store = Store(tmp_path)
    store.save(State(endpoints={"e": ENDPOINT}))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", full) if step == "fsync" else (Path, "replace", full)))
    with pytest.raises(AgentError, match="No space left on device"):
        store.save(State())
    monkeypatch.undo()
    assert store.state.endpoints == {"e": ENDPOINT}
    assert Store(tmp_path).state.endpoints == {"e": ENDPOINT}
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("cut", [1, 10, 100, 400])
def test_a_cut_state_is_refused_and_kept(tmp_path: Path, cut: int) -> None:
    Store(tmp_path).save(State(endpoints={"e": ENDPOINT}))
    file = tmp_path / state_module.FILE
    text = file.read_text()[:cut]
    file.write_text(text)
    with pytest.raises(AgentError, match="the agent's state is damaged") as caught:
        Store(tmp_path)
    assert f"mv {file} {file}.broken" in str(caught.value)
    assert file.read_text() == text


def test_messages_come_back_as_they_were() -> None:
    replica = ReplicaStatus(index=0, state="ready", port=20001, pid=7, restarts=3)
    revision = RevisionStatus(
        name="one",
        state="degraded",
        model_version="1",
        replicas_wanted=2,
        replicas=(replica,),
        request=REVISION,
    )
    endpoint = EndpointStatus(
        name="e",
        url="http://127.0.0.1:1",
        port=1,
        auth="key",
        protocol="v2",
        model_name="fraud",
        key="k",
        live="one",
        history=ENDPOINT.history,
        revisions={"one": revision},
        request=ENDPOINT.request,
    )
    again = EndpointStatus.from_json(json.loads(json.dumps(endpoint.to_json())))
    assert again == endpoint
    assert (revision.replicas_ready, revision.restarts, list(revision.pids)) == (1, 3, [7])
    assert "'k'" not in repr(endpoint)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "must be an object, not list"),
        ({}, "endpoint.model_name must be a string, not absent"),
        ({"model_name": "m", "port": 0}, "endpoint.port is 0"),
        ({"model_name": "m", "port": True}, "must be a whole number, not bool"),
        ({"model_name": "m", "auth": "iam"}, "endpoint.auth is 'iam'"),
        ({"model_name": "m", "timeout_s": -1}, "endpoint.timeout_s is -1"),
        ({"model_name": "m", "stream": "no"}, "must be true or false, not str"),
        ({"model_name": "m", "labels": {"a": 1}}, "labels.a must be a string"),
        ({"model_name": "m", "more": 1}, "has no field 'more'"),
        ({"model_name": "../m"}, "no name for a model"),
    ],
)
def test_a_wrong_request_names_its_field(body: object, said: str) -> None:
    with pytest.raises(AgentError) as caught:
        EndpointRequest.from_json(body)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "a b", "a" * 128, "é", "a\n"])
def test_names_are_safe(name: str) -> None:
    with pytest.raises(AgentError, match="is no name for"):
        check_name(name, "an endpoint")


def test_revisions_differ_in_replicas_only() -> None:
    refuse_difference("one", REVISION, replace(REVISION, replicas=5, ready_within_s=1.0))
    with pytest.raises(AgentError, match="exists with another artifact, model_version"):
        refuse_difference("one", REVISION, replace(REVISION, artifact="/models/2", model_version="2"))


def test_a_custom_command_is_filled_in() -> None:
    plan = kind_of(REVISION).plan(REVISION, {"http": 20001})
    assert plan.command == ["serve", "20001", "/models/1", "--workers", "2", "--fast"]
    assert (plan.ready_path, plan.live_path, plan.env) == ("/r", "/r", {"PORT": "20001"})


def test_mlserver_gets_its_settings() -> None:
    server = ServerRequest(kind="mlserver", args={"max_batch_size": 8, "cache_enabled": True, "debug": False})
    request = replace(REVISION, server=server)
    plan = kind_of(request).plan(request, {"http": 1, "grpc": 2, "metrics": 3})
    assert plan.command[-2:] == ["start", "."]
    assert plan.ready_path == "/v2/models/fraud/ready"
    assert plan.env["MLSERVER_HOST"] == "127.0.0.1"
    assert plan.env["MLSERVER_PARALLEL_WORKERS"] == "0"
    assert [plan.env[f"MLSERVER_{name}_PORT"] for name in ("HTTP", "GRPC", "METRICS")] == ["1", "2", "3"]
    settings = json.loads(plan.files["fraud/model-settings.json"])
    assert settings["implementation"] == "mlserver_sklearn.SKLearnModel"
    assert settings["parameters"] == {"uri": "/models/1", "version": "1"}
    assert settings["max_batch_size"] == 8


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"server": ServerRequest(kind="triton")}, "no server kind named 'triton'"),
        ({"server": ServerRequest(kind="custom")}, "needs its command"),
        ({"server": ServerRequest(kind="mlserver"), "model_format": "onnx"}, "no runtime for format 'onnx'"),
        ({"server": ServerRequest(kind="mlserver", args={"host": "0.0.0.0"})}, "host is set by the agent"),
        (
            {"server": ServerRequest(kind="custom", command=("x",)), "artifact": "/no/such"},
            "no such artifact",
        ),
    ],
)
def test_what_could_never_start_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(AgentError, match=said):
        check(replace(REVISION, **changes))  # pyright: ignore[reportArgumentType]


def test_secrets_are_read_from_files_only(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("value\n")
    server = replace(REVISION.server, secrets={"T": f"file:{file}"})
    assert read_secrets(replace(REVISION, server=server)) == {"T": "value"}
    server = replace(REVISION.server, secrets={"T": "env:HOME"})
    with pytest.raises(AgentError, match="use file:PATH"):
        read_secrets(replace(REVISION, server=server))


def test_restarts_back_off_and_forgive() -> None:
    backoff = Backoff()
    delays = [backoff.after_crash(ran_s=1) for _ in range(10)]
    assert delays[:5] == [0.0, 0.5, 1.0, 2.0, 4.0]
    assert delays[-1] == 30.0
    assert backoff.after_crash(ran_s=61) == 0.0


def test_a_process_is_more_than_its_pid() -> None:
    me = identify(os.getpid())
    assert me is not None
    assert runs(me)
    assert not runs(ProcessId(pid=me.pid, created=me.created - 1.0))
    assert not runs(ProcessId(pid=2**22 + 1, created=me.created))
