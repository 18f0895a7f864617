"""The pack in a real update: a mandatory rule stops it before the resource is created."""

from __future__ import annotations

from pathlib import Path

import pytest

POLICY_EXIT = 7


@pytest.mark.engine
def test_an_open_endpoint_in_prod_is_never_created(echo) -> None:
    stacks: Path = echo.root / "stacks"
    (stacks / "environments" / "local.yaml").write_text("isoserve: 1\nclass: prod\ntarget: local\n")
    service = stacks / "services" / "echo.yaml"
    open_to_all = "    access: {auth: none}\n    rollout: {strategy: all_at_once}\n"
    service.write_text(
        service.read_text().replace("min_replicas: 1, max_replicas: 1", "min_replicas: 2, max_replicas: 2")
        + open_to_all
    )

    refused = echo.run("up", "-s", "dev")

    said = refused.stdout + refused.stderr
    assert refused.returncode == POLICY_EXIT, said
    assert "auth-is-on" in said
    assert "lets everybody call, in class prod" in said
    assert not (echo.root / ".isoserve" / "local" / "agent.json").exists()


@pytest.mark.engine
def test_one_replica_in_prod_is_never_started(echo) -> None:
    (echo.root / "stacks" / "environments" / "local.yaml").write_text(
        "isoserve: 1\nclass: prod\ntarget: local\n"
    )
    refused = echo.run("up", "-s", "dev")
    said = refused.stdout + refused.stderr
    assert refused.returncode == POLICY_EXIT, said
    assert "prod-has-two-replicas" in said
    assert [process for process in echo.processes() if "server.py" in " ".join(process.cmdline())] == []
