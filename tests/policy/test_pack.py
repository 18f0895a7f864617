"""The pack as the engine meets it: the real analyzer process, asked over a real socket."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, UNKNOWN_OBJECT_VALUE

import isoserve.policies

PACK = Path(isoserve.policies.__file__).parent
PROD = {"isoserve-class": "prod", "isoserve-owner": "risk-ml", "isoserve-service": "fraud"}
MANDATORY, ADVISORY = analyzer_pb2.MANDATORY, analyzer_pb2.ADVISORY


def started(*, preview: bool) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "PULUMI_PROJECT": "serving",
        "PULUMI_STACK": "fraud-prod",
        "PULUMI_DRY_RUN": "true" if preview else "false",
    }
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


@pytest.fixture(scope="module")
def in_preview() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    yield from started(preview=True)


@pytest.fixture(scope="module")
def in_update() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    yield from started(preview=False)


def analyze(
    pack: analyzer_pb2_grpc.AnalyzerStub, token: str, properties: Mapping[str, object]
) -> Sequence[tuple[int, str]]:
    request = analyzer_pb2.AnalyzeRequest(
        type=token,
        urn=f"urn:pulumi:fraud-prod::serving::{token}::fraud",
        name="fraud",
        properties=json_format.ParseDict(dict(properties), struct_pb2.Struct()),
    )
    response = pack.Analyze(request, timeout=20)
    return [(found.enforcementLevel, found.message) for found in response.diagnostics]


def endpoint(**changes: object) -> Mapping[str, object]:
    return {"name": "fraud-1a2b3c4d", "endpoint": "fraud", "auth": "key", "labels": PROD, **changes}


def test_one_policy_for_each_strictness(in_update: analyzer_pb2_grpc.AnalyzerStub) -> None:
    info = in_update.GetAnalyzerInfo(struct_pb2.Struct(), timeout=20)
    assert {policy.name: policy.enforcementLevel for policy in info.policies} == {
        "isoserve-mandatory": MANDATORY,
        "isoserve-advisory": ADVISORY,
    }


def test_a_sound_endpoint_passes(in_update: analyzer_pb2_grpc.AnalyzerStub) -> None:
    assert analyze(in_update, "isoserve:local:Endpoint", endpoint()) == []


def test_an_open_endpoint_in_prod_stops_the_update(in_update: analyzer_pb2_grpc.AnalyzerStub) -> None:
    [(level, message)] = analyze(in_update, "isoserve:local:Endpoint", endpoint(auth="none"))
    assert level == MANDATORY
    assert "auth-is-on: endpoint 'fraud' lets everybody call" in message
    assert "fix: set access.auth" in message


def test_a_missing_owner_is_reported(in_update: analyzer_pb2_grpc.AnalyzerStub) -> None:
    labels = {"isoserve-class": "dev"}
    [(level, message)] = analyze(in_update, "isoserve:local:Endpoint", endpoint(labels=labels))
    assert level == ADVISORY
    assert "has-owner" in message


def test_one_replica_in_prod_stops_the_update(in_update: analyzer_pb2_grpc.AnalyzerStub) -> None:
    properties = {"name": "fraud-1", "endpoint": "fraud", "replicas": 1, "labels": PROD}
    [(level, message)] = analyze(in_update, "isoserve:local:Revision", properties)
    assert level == MANDATORY
    assert "prod-has-two-replicas" in message


def test_an_unknown_is_deferred_in_a_preview(in_preview: analyzer_pb2_grpc.AnalyzerStub) -> None:
    properties = {"name": "f", "endpoint": "fraud", "replicas": UNKNOWN_NUMBER_VALUE, "labels": PROD}
    found = analyze(in_preview, "isoserve:local:Revision", properties)
    assert {level for level, _ in found} == {ADVISORY}
    assert sorted(
        message.partition(" deferred to the update: replicas")[0].rpartition("\n")[2] for _, message in found
    ) == [
        "prod-has-two-replicas",
        "replicas-are-bounded",
    ]


def test_an_unknown_in_an_update_is_no_pass(in_update: analyzer_pb2_grpc.AnalyzerStub) -> None:
    found = analyze(in_update, "isoserve:local:Endpoint", endpoint(labels=UNKNOWN_OBJECT_VALUE))
    assert [level for level, message in found if "auth-is-on cannot be judged" in message] == [MANDATORY]


def test_a_foreign_resource_is_none_of_its_business(in_update: analyzer_pb2_grpc.AnalyzerStub) -> None:
    assert analyze(in_update, "random:index/randomPet:RandomPet", {"auth": "none"}) == []
