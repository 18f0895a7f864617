"""The same promises with a real MLServer behind the gateway."""

from __future__ import annotations

import http.client
import json
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from isoserve.errors import AgentError
from isoserve.runtime.client import EndpointRequest, RevisionRequest, ServerRequest

BODY = json.dumps({"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP64", "data": [1.0]}]})


@pytest.fixture
def models(tmp_path):
    """Two models; each answers its own number."""
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        model = DummyClassifier(strategy="constant", constant=number).fit(np.array([[0.0], [1.0]]), [1, 2])
        joblib.dump(model, tmp_path / str(number) / "model.joblib")
    return tmp_path


def _ask(port: int, key: str) -> tuple[int, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    connection.request("POST", "/v2/models/m/infer", BODY, headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body)["outputs"][0]["data"][0] if answer.status == 200 else body


def test_a_killed_only_replica_and_a_release_lose_nothing(local, models, sigkill, eventually) -> None:
    client = local.connect()
    endpoint = client.put_endpoint("e", EndpointRequest(model_name="m", timeout_s=60.0))
    for number in (1, 2):
        request = RevisionRequest(
            server=ServerRequest(kind="mlserver"),
            artifact=str(models / str(number)),
            model_name="m",
            model_version=str(number),
            model_format="sklearn",
        )
        client.put_revision("e", f"r{number}", request)
    client.release("e", "r1")
    over, answers = threading.Event(), []

    def press() -> None:
        while not over.is_set():
            began = time.monotonic()
            answers.append((began, *_ask(endpoint.port, endpoint.key)))

    clients = [threading.Thread(target=press) for _ in range(4)]
    for one in clients:
        one.start()
    try:
        eventually(lambda: len(answers) > 100)
        sigkill(client.get_revision("e", "r1").pids[0])
        eventually(lambda: client.get_revision("e", "r1").restarts == 1)
        eventually(lambda: client.get_revision("e", "r1").state == "ready", 60)
        seen = len(answers)
        eventually(lambda: len(answers) > seen + 100)
        client.release("e", "r2")
        released = time.monotonic()
        seen = len(answers)
        eventually(lambda: len(answers) > seen + 100)
    finally:
        over.set()
        for one in clients:
            one.join(60)
    assert {status for _, status, _ in answers} == {200}
    assert {said for began, _, said in answers if began >= released} == {2}
    assert {said for _, _, said in answers} == {1, 2}


def test_a_corrupt_model_is_told_and_not_the_shutdown_after_it(local, tmp_path) -> None:
    (tmp_path / "model.joblib").write_text("garbage")
    client = local.connect()
    client.put_endpoint("e", EndpointRequest(model_name="m"))
    request = RevisionRequest(
        server=ServerRequest(kind="mlserver"),
        artifact=str(tmp_path / "model.joblib"),
        model_name="m",
        model_version="1",
        model_format="sklearn",
    )
    with pytest.raises(AgentError) as caught:
        client.put_revision("e", "one", request)
    lines = str(caught.value).splitlines()
    assert sum(line.startswith("  Traceback") for line in lines) == 1
    assert [line for line in lines if "Error:" in line]
    assert not [line for line in lines if "shutdown" in line.lower() or "Shutting" in line]
