from __future__ import annotations

import json
import stat
import tarfile
from pathlib import Path

import pytest

from isoserve.cli import checks
from isoserve.cli.checks import Level
from isoserve.cli.redact import REDACTED, Redactor, secret_values
from isoserve.errors import EngineError

KEY = "the-endpoint-key-0123456789"
PLANTED = "hunter2-planted"


@pytest.fixture(autouse=True)
def engine(monkeypatch) -> None:
    found = checks.Finding(name="engine", level=Level.OK, detail="pulumi 3.246.0")
    monkeypatch.setattr(checks, "check_engine", lambda: found)


def contents(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        return {
            name.partition("/")[2]: archive.extractfile(name).read().decode() for name in archive.getnames()
        }


def test_packs_everything_and_no_secret(cli, agent, session, project, monkeypatch) -> None:
    home = project / ".isoserve"
    (home / "passphrase").write_text("the-passphrase-abc\n")
    (home / "local/agent.json").write_text(json.dumps({"pid": 1, "port": 2, "token": "agent-token-xyz"}))
    (home / "local/agent.log").write_text(f'{{"event": "started", "with": "agent-token-xyz {KEY}"}}\n')
    service = project / "stacks/services/hello.yaml"
    service.write_text(service.read_text() + f"#   env: {{DB_PASSWORD: {PLANTED}}}\n")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-the-environment")
    agent.log = [[f"0| authorization: Bearer {KEY}", "0| from-the-environment the-passphrase-abc"]]

    done = cli("diagnose", "-o", "out.tar.gz")
    assert done.code == 0
    assert done.out == "out.tar.gz\n"
    packed = contents(project / "out.tar.gz")
    log = "logs/hello/hello-0badcafe-11111111.log"
    assert set(packed) == {
        "about.json",
        "versions.json",
        "doctor.json",
        "spec/Pulumi.yaml",
        "spec/Pulumi.hello-dev.yaml",
        "spec/dev.yaml",
        "spec/hello.yaml",
        "agent.log",
        "status.json",
        "events.json",
        log,
        "resources.json",
    }
    everything = "\n".join(packed.values())
    planted = (KEY, PLANTED, "the-passphrase-abc", "agent-token-xyz", "from-the-environment")
    for secret in planted:
        assert secret not in everything, secret
    assert REDACTED in packed[log]
    assert json.loads(packed["resources.json"]) == [{"urn": "urn:a", "type": "t"}]
    assert stat.S_IMODE((project / "out.tar.gz").stat().st_mode) == 0o600


def test_goes_on_without_what_cannot_be_had(cli, project, session, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise EngineError("no engine", fix="get one")

    monkeypatch.setattr("isoserve.engine.open_stack", broken, raising=False)
    done = cli("diagnose", "--json")
    assert done.code == 0
    shown = done.json
    assert set(shown) == {"file", "contents", "missing"}
    assert {"agent.log", "status.json", "resources.json"} <= set(shown["missing"])
    packed = contents(project / shown["file"])
    assert json.loads(packed["about.json"])["missing"]["resources.json"].startswith("no engine")


def test_a_broken_stack_file_is_packed_too(cli, agent, session, project) -> None:
    (project / "stacks/Pulumi.hello-dev.yaml").write_text("config: [")
    (project / ".isoserve/local/agent.json").write_text('{"pid"')
    shown = cli("diagnose", "--json").json
    assert "spec/Pulumi.hello-dev.yaml" in shown["contents"]
    assert "spec" in shown["missing"]


def test_starts_no_agent(cli, agent, session) -> None:
    cli("diagnose")
    assert True not in agent.connected


def test_never_overwrites(cli, agent, session, project) -> None:
    (project / "out.tar.gz").write_text("mine")
    assert cli("diagnose", "-o", "out.tar.gz").code == 2
    assert (project / "out.tar.gz").read_text() == "mine"
    assert cli("diagnose", "-o", "no/such/folder/x.tar.gz").code == 2


@pytest.mark.parametrize(
    "text",
    [
        "password: SECRET",
        "DB_PASSWORD=SECRET",
        '"api_key": "SECRET"',
        "client-secret: 'SECRET'",
        "Authorization: Bearer SECRET",
        "x-api-key: SECRET",
        "https://me:SECRET@host/path",
        "-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----",
        "encryptionsalt: v1:SECRET",
        "known SECRET-KNOWN",
    ],
)
def test_redaction(text: str) -> None:
    redacted = Redactor(["SECRET-KNOWN"]).text(text)
    assert "SECRET" not in redacted
    assert REDACTED in redacted


@pytest.mark.parametrize(
    "text", ["replicas: 2", "the tokenizer is loaded", "sha256: 0123abcd", "uri: s3://bucket/key", "a: b"]
)
def test_redaction_leaves_the_rest(text: str) -> None:
    assert Redactor(["abc"]).text(text) == text


def test_the_home_folder_is_not_named() -> None:
    assert Redactor([]).text(f"at {Path.home()}/models") == "at ~/models"


def test_values_of_telling_variables() -> None:
    assert secret_values({"GITHUB_TOKEN": "a", "PATH": "b", "PULUMI_CONFIG_PASSPHRASE": "c"}) == ["a", "c"]
