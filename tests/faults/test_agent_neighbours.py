"""Agents of several projects on one machine: each endpoint gets its own port, also at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isoserve.runtime.client import AgentClient, EndpointRequest

PROJECTS = 4


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[list[AgentClient]]:
    started = [AgentClient.connect(tmp_path / str(number) / "local") for number in range(PROJECTS)]
    yield started
    for agent in started:
        agent.delete_endpoint("e")


def test_nobody_gets_a_neighbours_port(agents: list[AgentClient]) -> None:
    request = EndpointRequest(model_name="m", protocol="raw")
    with ThreadPoolExecutor(PROJECTS) as pool:
        for _ in range(3):
            made = list(pool.map(lambda agent: agent.put_endpoint("e", request), agents))
            assert len({endpoint.port for endpoint in made}) == PROJECTS
            list(pool.map(lambda agent: agent.put_endpoint("f", request), agents))
            list(pool.map(lambda agent: agent.delete_endpoint("f"), agents))
