from __future__ import annotations

import pytest

from isoserve.cli.endpoints import choose, endpoints_of
from isoserve.cli.failure import UsageError

KEY = "the-endpoint-key-0123456789"


@pytest.mark.usefixtures("project", "session")
class TestOutputs:
    def test_table_shows_what_a_caller_needs_and_no_key(self, cli) -> None:
        done = cli("outputs")
        assert done.code == 0
        for word in ("http://127.0.0.1:18100", "v2", "an API key", "curl -H", "note: kept"):
            assert word in done.out
        assert KEY not in done.out + done.err

    def test_json_masks_keys_unless_asked(self, cli) -> None:
        assert cli("outputs", "--json").json["endpoints"]["hello"]["key"] == "[secret]"
        shown = cli("outputs", "--json", "--show-secrets").json
        assert shown["endpoints"]["hello"]["key"] == KEY

    @pytest.mark.parametrize("name", ["hello.key", "endpoints.hello.key"])
    def test_one_value_is_printed_alone(self, cli, name: str) -> None:
        assert cli("outputs", name, "--show-secrets").out == f"{KEY}\n"
        assert cli("outputs", name).out == "[secret]\n"
        assert cli("outputs", name, "--json").json == "[secret]"

    def test_one_endpoint_is_printed_by_line(self, cli) -> None:
        lines = cli("outputs", "hello").out.splitlines()
        assert "url: http://127.0.0.1:18100" in lines
        assert "key: [secret]" in lines

    def test_unknown_name_names_the_nearest(self, cli) -> None:
        done = cli("outputs", "hello.urll")
        assert done.code == 2
        assert "did you mean url?" in done.err

    def test_before_the_first_up(self, cli, session) -> None:
        session.stack_outputs = {}
        done = cli("outputs")
        assert (done.code, done.out) == (0, "")
        assert "isoserve up -s hello-dev" in done.err
        assert cli("outputs", "hello").code == 2

    def test_env_prints_quoted_exports(self, cli) -> None:
        done = cli("env", "-s", "hello-dev")
        assert "export PULUMI_BACKEND_URL='file:///a b'\n" in done.out
        assert cli("env", "--json").json["env"]["PULUMI_CONFIG_PASSPHRASE_FILE"] == "/p"


def test_choose() -> None:
    assert choose(["a"], None) == "a"
    assert choose(["a", "b"], "b") == "b"
    with pytest.raises(UsageError, match="isoserve up"):
        choose([], None)
    with pytest.raises(UsageError, match="name one of: a, b"):
        choose(["a", "b"], None)
    with pytest.raises(UsageError, match="did you mean fraud"):
        choose(["fraud", "b"], "frud")


def test_outputs_of_another_shape_are_no_endpoints() -> None:
    assert endpoints_of({}) == []
    assert endpoints_of({"endpoints": "odd"}) == []
    assert endpoints_of({"endpoints": {"a": {"url": None}}})[0].url == ""
