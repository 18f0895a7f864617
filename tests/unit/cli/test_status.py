from __future__ import annotations

import pytest

from isoserve.cli.commands.logs import by_replica, new_lines

KEY = "the-endpoint-key-0123456789"


class TestStatus:
    def test_healthy(self, cli, agent) -> None:
        done = cli("status")
        assert done.code == 0
        row = done.out.splitlines()[1].split()
        assert row[:6] == ["hello", "hello-0badcafe-11111111", "*", "hello", "1", "ready"]
        assert row[6:] == ["2/2", "1", "100", "101", "18100", "2023-11-14T22:13:20+00:00"]

    def test_json_shape(self, cli, agent) -> None:
        shown = cli("status", "--json").json
        assert set(shown) == {"stack", "healthy", "agent", "endpoints"}
        assert set(shown["agent"]) == {
            "pid",
            "started",
            "version",
            "gateway_pid",
            "gateway_restarts",
            "metrics_url",
        }
        one = shown["endpoints"][0]
        assert set(one) == {"name", "name_on_target", "url", "healthy", "live", "since", "revisions"}
        revision = one["revisions"][0]
        assert (revision["ready"], revision["wanted"], revision["restarts"]) == (2, 2, 1)
        assert set(revision["replicas"][0]) == {"index", "state", "port", "pid", "restarts"}

    def test_key_is_never_shown(self, cli, agent) -> None:
        assert KEY not in cli("status", "--json").out + cli("status").out

    @pytest.mark.parametrize("changes", [{"state": "degraded", "ready": 1}, {"live": None}])
    def test_unhealthy_is_8(self, cli, agent, changes) -> None:
        agent.endpoints = {"e": agent.make(**changes)}
        done = cli("status", "--json")
        assert done.code == 8
        assert done.json["healthy"] is False
        assert "isoserve logs hello -s hello-dev" in done.err

    def test_a_dead_gateway_is_8(self, cli, agent) -> None:
        agent.gateway_pid = None
        assert cli("status").code == 8

    def test_other_services_are_not_shown(self, cli, agent) -> None:
        agent.endpoints["other-1"] = agent.make(name="other-1", service="other")
        assert [one["name"] for one in cli("status", "--json").json["endpoints"]] == ["hello"]

    def test_nothing_runs(self, cli, project) -> None:
        done = cli("status")
        assert done.code == 8
        assert "isoserve up -s hello-dev" in done.err

    def test_no_endpoint_of_this_stack(self, cli, agent) -> None:
        agent.endpoints = {}
        assert cli("status").code == 8
        assert cli("status", "--json").json["endpoints"] == []

    def test_an_ended_agent_is_restored_where_it_has_work(self, cli, agent, project) -> None:
        agent.running = False
        assert cli("status").code == 8
        assert agent.connected == [False]
        (project / ".isoserve/local/state.json").write_text("{}")
        done = cli("status")
        assert done.code == 0
        assert agent.connected == [False, False, True]
        assert "restoring" in done.err

    def test_a_broken_spec_hides_nothing_that_runs(self, cli, agent, project) -> None:
        (project / "stacks/services/hello.yaml").write_text("models: 7\n")
        assert cli("status").code == 0

    def test_another_target_has_no_agent(self, cli, agent, project) -> None:
        environment = project / "stacks/environments/dev.yaml"
        environment.write_text(environment.read_text().replace("local", "vertex"))
        done = cli("status")
        assert done.code == 4
        assert "vertex" in done.err

    def test_a_stack_file_that_is_no_yaml(self, cli, agent, project) -> None:
        (project / "stacks/Pulumi.hello-dev.yaml").write_text("a: [")
        assert cli("status").code == 3


class TestLogs:
    def test_lines_of_the_only_endpoint(self, cli, agent) -> None:
        assert cli("logs").out == "0| loaded\n1| loaded\n"
        assert cli("logs", "hello", "-n", "1").out == "1| loaded\n"

    def test_json_shape(self, cli, agent) -> None:
        assert cli("logs", "--json").json == {
            "logs": [
                {
                    "endpoint": "hello",
                    "revision": "hello-0badcafe-11111111",
                    "lines": ["0| loaded", "1| loaded"],
                }
            ]
        }

    def test_several_endpoints_are_told_apart(self, cli, agent) -> None:
        agent.endpoints["extra-1"] = agent.make(name="extra-1")
        assert cli("logs").out.splitlines()[0] == "extra/0| loaded"
        assert cli("logs", "--revision", "r").code == 2

    def test_unknown_endpoint(self, cli, agent) -> None:
        done = cli("logs", "helo")
        assert done.code == 2
        assert "did you mean hello?" in done.err

    def test_follow_prints_new_lines_until_interrupted(self, cli, agent, monkeypatch) -> None:
        agent.log = [["0| a"], ["0| a"], ["0| a", "0| b"], ["0| b", "0| c", "1| x"]]
        polls = iter([None, None])

        def sleep(seconds: float) -> None:
            if next(polls, "end") == "end":
                raise KeyboardInterrupt

        monkeypatch.setattr("isoserve.cli.commands.logs.time.sleep", sleep)
        done = cli("logs", "-f")
        assert done.code == 130
        assert done.out == "0| a\n0| b\n0| c\n1| x\n"

    def test_follow_has_no_json(self, cli, agent) -> None:
        assert cli("logs", "-f", "--json").code == 2

    @pytest.mark.parametrize(
        ("before", "now", "fresh"),
        [
            ([], ["a"], ["a"]),
            (["a", "b"], ["a", "b"], []),
            (["a", "b"], ["a", "b", "c"], ["c"]),
            (["a", "b", "c"], ["b", "c", "d"], ["d"]),
            (["a", "b"], ["x", "y"], ["x", "y"]),
            (["a", "a"], ["a", "a", "a"], ["a"]),
        ],
    )
    def test_new_lines(self, before, now, fresh) -> None:
        assert list(new_lines(before, now)) == fresh

    def test_by_replica(self) -> None:
        assert by_replica(["0| a", "1| b", "0| c"]) == {"0": ["0| a", "0| c"], "1": ["1| b"]}
