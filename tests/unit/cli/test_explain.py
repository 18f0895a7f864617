from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.usefixtures("project")
class TestExplain:
    def test_shows_values_levels_and_sources(self, cli) -> None:
        done = cli("explain")
        assert done.code == 0
        for word in (
            "target local, class dev",
            "endpoints.hello",
            "server.kind",
            "native",
            "what a caller sees",
        ):
            assert word in done.out
        assert "stacks/services/hello.yaml:" not in done.out
        assert "on_no_capacity" not in done.out

    def test_origin_names_file_and_line(self, cli, project) -> None:
        lines = (project / "stacks/services/hello.yaml").read_text().splitlines()
        number = next(n for n, line in enumerate(lines, 1) if "timeout: 5s" in line)
        assert f"stacks/services/hello.yaml:{number} (service)" in cli("explain", "--origin").out

    def test_all_shows_defaults(self, cli) -> None:
        out = cli("explain", "--all", "--origin").out
        assert "on_no_capacity" in out
        assert "default" in out

    def test_json_shape(self, cli) -> None:
        shown = cli("explain", "--json").json
        assert set(shown) == {
            "stack",
            "target",
            "class",
            "fields",
            "capabilities",
            "callers",
            "elsewhere",
            "refused",
        }
        fields = {one["path"]: one for one in shown["fields"]}
        timeout = fields["endpoints.hello.requests.timeout"]
        assert timeout["value"] == 5
        assert timeout["origin"]["file"] == "stacks/services/hello.yaml"
        assert timeout["capabilities"] == ["request_timeout"]
        assert fields["models.hello.versions.1.uri"]["origin"]["line"] > 1
        asked = {one["name"]: one for one in shown["capabilities"]}
        assert asked["custom_server"]["level"] == "native"
        assert set(asked["custom_server"]) == {
            "name",
            "what",
            "asked_at",
            "level",
            "note",
            "source",
            "proof",
        }
        assert shown["refused"] == []
        assert {one["target"] for one in shown["elsewhere"]} >= {"local", "sagemaker", "vertex"}

    def test_refusals_are_shown_and_are_no_error(self, cli, project) -> None:
        environment = project / "stacks/environments/dev.yaml"
        environment.write_text(environment.read_text().replace("local", "vertex"))
        done = cli("explain")
        assert done.code == 0
        assert "refused" in done.out
        assert "`up` would stop here" in done.err
        refused = cli("explain", "--json").json["refused"]
        assert all(set(one) == {"what", "at", "fix"} for one in refused)

    def test_every_fault_of_the_files_is_named(self, cli, project) -> None:
        service = project / "stacks/services/hello.yaml"
        service.write_text(service.read_text().replace("timeout: 5s", "timeout: soon, max_body: much"))
        done = cli("explain")
        assert done.code == 3
        assert done.err.count("error: ") == 2
        assert "stacks/services/hello.yaml" in done.err

    def test_needs_no_cloud_package(self, project) -> None:
        code = (
            "import sys; from isoserve.cli import main; main(['explain']);"
            "print([n for n in ('pulumi', 'boto3', 'rich') if n in sys.modules], file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stderr.splitlines()[-1] == "[]"


class TestSchema:
    @pytest.mark.parametrize("kind", ["environment", "service", "stack"])
    def test_prints_one(self, cli, kind: str) -> None:
        assert cli("schema", kind).json["type"] == "object"

    def test_writes_all_or_one(self, cli, tmp_path) -> None:
        folder = tmp_path / "deep" / "schemas"
        written = cli("schema", "--write", folder, "--json").json["written"]
        assert [path.rpartition("/")[2] for path in written] == [
            "environment.json",
            "service.json",
            "stack.json",
        ]
        only = cli("schema", "stack", "--write", tmp_path)
        assert only.out == f"{tmp_path}/stack.json\n"

    def test_usage(self, cli) -> None:
        assert cli("schema").code == 2
        assert cli("schema", "pod").code == 2
