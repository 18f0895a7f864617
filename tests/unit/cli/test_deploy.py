from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from isoserve.engine.events import Message, Notice, State, Step, Violation
from isoserve.errors import DeploymentError, StackLockedError, UnsupportedError

URN = "urn:pulumi:hello-dev::serving::isoserve:local:Endpoint::hello-endpoint"
KEY = "the-endpoint-key-0123456789"


def step(state: State, *, op: str = "create", name: str = "hello-endpoint", planned: bool = False) -> Step:
    token = "isoserve:local:Endpoint"
    return Step(name=name, type=token, op=op, state=state, urn=URN + name, planned=planned)


@pytest.mark.usefixtures("agent")
class TestUp:
    def test_shows_endpoints_replicas_and_what_comes_next(self, cli, session) -> None:
        done = cli("up", "-s", "hello-dev")
        assert done.code == 0
        assert session.asked == ["open hello-dev create=True", "up"]
        for word in (
            "in 1.2s: +7 create",
            "http://127.0.0.1:18100",
            "2/2",
            "curl -H",
            "isoserve invoke hello",
        ):
            assert word in done.out
        assert KEY not in done.out + done.err

    def test_json_alone_is_on_stdout(self, cli, session) -> None:
        session.events = [step(State.STARTED), step(State.DONE)]
        done = cli("up", "--json")
        shown = done.json
        assert set(shown) == {"stack", "changes", "duration_s", "endpoints"}
        assert shown["changes"] == {"create": 7}
        one = shown["endpoints"][0]
        assert set(one) == {"name", "url", "protocol", "auth", "model", "revision", "replicas", "curl"}
        assert one["replicas"] == "2/2"
        assert "hello-endpoint" in done.err

    def test_plain_progress_says_each_step_once(self, cli, session) -> None:
        session.events = [
            step(State.STARTED),
            step(State.STARTED),
            step(State.DONE),
            step(State.DONE),
            step(State.DONE, op="same", name="quiet"),
        ]
        err = cli("up").err
        assert err.count("+ create hello-endpoint (isoserve:local:Endpoint): started") == 1
        assert err.count("hello-endpoint (isoserve:local:Endpoint): done in") == 1
        assert "quiet" not in err

    def test_warnings_advice_and_notices_are_said(self, cli, session) -> None:
        session.events = [
            Message(text="look out", severity="warning", name="hello"),
            Message(text="chatter", severity="info"),
            Violation(policy="no-latest", pack="isoserve", mandatory=False, text="pin it", name="hello"),
            Message(text="the final error says it", severity="error"),
            Violation(policy="p", pack="isoserve", mandatory=True, text="the final error says it"),
            Notice(text="building the engine"),
        ]
        err = cli("up").err
        assert "warning: hello: look out" in err
        assert "policy: hello: no-latest: pin it" in err
        assert "building the engine" in err
        assert "chatter" not in err
        assert "the final error" not in err

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (DeploymentError("replica crashed", fix="isoserve logs"), 5),
            (StackLockedError("pid 7 holds it"), 6),
            (UnsupportedError("cannot stream"), 3),
        ],
    )
    def test_failure_ends_with_its_code(self, cli, session, error, code: int) -> None:
        session.fails = error
        done = cli("up")
        assert done.code == code
        assert f"error: {error.faults[0].what}" in done.err
        assert done.out == ""

    def test_preview_lists_the_steps(self, cli, session) -> None:
        session.events = [step(State.STARTED, planned=True), step(State.DONE, planned=True)]
        done = cli("preview", "--json")
        assert done.json == {
            "stack": "hello-dev",
            "changes": {"create": 7},
            "steps": [{"op": "create", "name": "hello-endpoint", "type": "isoserve:local:Endpoint"}],
        }
        assert cli("preview").err.count(": planned") == 1
        assert "hello-dev would change: +7 create" in cli("preview").out

    def test_refresh(self, cli, session) -> None:
        session.changes = {"same": 3}
        assert "hello-dev refreshed in 1.2s: =3 same" in cli("refresh").out
        assert set(cli("refresh", "--json").json) == {"stack", "changes", "duration_s"}


@pytest.mark.usefixtures("agent")
class TestDestroy:
    def answer(self, monkeypatch, text: str) -> None:
        monkeypatch.setattr("isoserve.cli.question.interactive", lambda: True)
        monkeypatch.setattr("isoserve.cli.question.ask", lambda question: text)

    def test_unattended_needs_yes(self, cli, session) -> None:
        done = cli("destroy")
        assert done.code == 2
        assert "isoserve destroy -s hello-dev --yes" in done.err
        assert "destroy" not in session.asked

    def test_yes_asks_nothing(self, cli, session) -> None:
        session.changes = {"delete": 7}
        done = cli("destroy", "--yes", "--json")
        assert done.json["changes"] == {"delete": 7}
        assert session.asked == ["open hello-dev create=False", "destroy"]

    def test_what_the_state_did_not_know_of_is_told(self, cli, session, agent) -> None:
        session.changes = {}
        mine = agent.endpoints["hello-0badcafe"]
        labels = {**mine.request.labels, "isoserve-stack": "hello-dev"}
        agent.endpoints["hello-0badcafe"] = replace(mine, request=replace(mine.request, labels=labels))
        done = cli("destroy", "--yes")
        assert done.code == 8
        assert "hello of hello-dev still runs" in done.err
        assert "isoserve up -s hello-dev && isoserve destroy -s hello-dev --yes" in done.err
        assert done.out == ""
        assert set(agent.connected) == {False}

    def test_another_stacks_endpoints_are_no_concern(self, cli, session, agent) -> None:
        mine = agent.endpoints["hello-0badcafe"]
        labels = {"isoserve-stack": "other"}
        agent.endpoints["hello-0badcafe"] = replace(mine, request=replace(mine.request, labels=labels))
        assert cli("destroy", "--yes").code == 0

    @pytest.mark.parametrize(("typed", "code"), [("y", 0), ("yes", 0), ("n", 1), ("", 1)])
    def test_question(self, cli, session, monkeypatch, typed: str, code: int) -> None:
        self.answer(monkeypatch, typed)
        done = cli("destroy")
        assert done.code == code
        assert ("destroy" in session.asked) is (code == 0)
        assert "http://127.0.0.1:18100" in done.err

    @pytest.mark.parametrize(("typed", "code"), [("hello-dev", 0), ("y", 1), ("hello", 1)])
    def test_prod_wants_the_name(self, cli, session, project, monkeypatch, typed: str, code: int) -> None:
        environment = project / "stacks/environments/dev.yaml"
        environment.write_text(environment.read_text().replace("class: dev", "class: prod"))
        self.answer(monkeypatch, typed)
        assert cli("destroy").code == code
        assert ("destroy" in session.asked) is (code == 0)

    def test_a_stack_without_state_can_be_destroyed(self, cli, session, monkeypatch) -> None:
        def none(**_: object) -> None:
            raise DeploymentError("no such stack")

        ended = SimpleNamespace(changes={}, duration_s=0.0)
        session.outputs = none
        self.answer(monkeypatch, "y")
        monkeypatch.setattr(session, "_run", lambda verb, on_event: ended)
        assert cli("destroy").code == 0
