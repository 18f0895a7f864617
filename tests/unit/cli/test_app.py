from __future__ import annotations

import os
import resource
import subprocess
import sys
from importlib import import_module

import pytest

from isoserve.cli import app
from isoserve.errors import AgentError, Fault, SpecError

SLOWEST_HELP_CPU_S = 0.3


def process(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "isoserve.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **env},
    )


def in_process(code: str) -> str:
    """Run code in a fresh interpreter; return its stderr."""
    words = [sys.executable, "-c", code]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stderr


def test_help_lists_every_command_and_every_exit_code(cli) -> None:
    done = cli("--help")
    assert done.code == 0
    for name, entry in app.COMMANDS.items():
        assert f"{name} " in done.out
        assert entry.help in done.out
    for code in (0, 1, 2, 3, 4, 5, 6, 7, 8, 130):
        assert f"\n    {code}  " in done.out


@pytest.mark.parametrize("name", app.COMMANDS)
def test_overview_says_what_the_command_says_of_itself(name: str, cli) -> None:
    module = import_module(f"isoserve.cli.commands.{name}")
    assert module.command.__doc__.splitlines()[0] == app.COMMANDS[name].help
    done = cli(name, "--help")
    assert done.code == 0
    assert "--json" in done.out
    assert "--debug" in done.out


def test_commands_documents_their_json_shape() -> None:
    for name in app.COMMANDS:
        assert "JSON" in import_module(f"isoserve.cli.commands.{name}").command.__doc__, name


def test_no_command_shows_help(cli) -> None:
    done = cli()
    assert done.code == 2
    assert "Usage: isoserve" in done.out + done.err


def test_unknown_command_names_the_nearest(cli) -> None:
    done = cli("destory")
    assert done.code == 2
    assert "did you mean destroy?" in done.err
    assert cli("xyzzy").err.count("--help") == 1


def test_unknown_option_is_a_usage_error(cli) -> None:
    done = cli("version", "--bogus")
    assert done.code == 2
    assert "--bogus" in done.err


@pytest.mark.parametrize("words", [("version", "--bogus"), ("up", "-s"), ("up", "extra"), ("destory",)])
def test_a_usage_error_has_a_json_form(words: tuple[str, ...], cli) -> None:
    done = cli(*words, "--json")
    assert done.code == 2
    assert done.json["error"]["exit_code"] == 2
    (fault,) = done.json["error"]["faults"]
    assert fault["what"] in done.err
    assert fault["fix"]


def test_version_names_the_packages(cli) -> None:
    assert "isoserve" in cli("version").out
    shown = cli("version", "--json").json
    assert set(shown) == {"packages", "engine", "platform"}
    assert shown["packages"]["isoserve"]
    assert cli("--version").out.startswith("isoserve ")


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(arguments: object) -> None:
        raise error

    monkeypatch.setattr(app, "run", run)


def test_every_fault_is_printed_with_place_and_fix(cli, monkeypatch) -> None:
    faults = [Fault(what="one", at="a.yaml:1 x", fix="mend it"), Fault(what="two")]
    failing(monkeypatch, SpecError.of(faults))
    done = cli("up")
    assert done.code == 3
    assert done.err == "error: one\n  at:  a.yaml:1 x\n  fix: mend it\nerror: two\n"
    assert done.out == ""


def test_a_failure_has_a_json_form(cli, monkeypatch) -> None:
    failing(monkeypatch, AgentError("refused", at="agent", fix="ask again"))
    done = cli("status", "--json")
    assert done.code == 8
    assert done.json == {
        "error": {"exit_code": 8, "faults": [{"what": "refused", "at": "agent", "fix": "ask again"}]}
    }
    assert "error: refused" in done.err


def test_a_bug_shows_no_traceback_unless_asked(cli, monkeypatch) -> None:
    failing(monkeypatch, RuntimeError("surprise"))
    done = cli("up")
    assert done.code == 1
    assert "surprise" in done.err
    assert "--debug" in done.err
    assert "Traceback" not in done.err
    with pytest.raises(RuntimeError, match="surprise"):
        cli("up", "--debug")


def test_interruption_is_130_and_quiet(cli, monkeypatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    done = cli("logs", "-f")
    assert (done.code, done.out, done.err) == (130, "", "")


def test_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "isoserve.cli", "schema", "service"],
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)
    assert done.stderr == b""


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    ours = ("isoserve.spec", "isoserve.engine", "isoserve.cli.commands")
    heavy = ("pulumi", "rich", "pydantic", "yaml", *ours)
    code = (
        "import sys; from isoserve.cli import main; main(['--help']);"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    assert in_process(code).strip() == "[]"

    def cpu_s() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu_s() for _ in range(3)) <= SLOWEST_HELP_CPU_S


@pytest.mark.parametrize("words", [("version",), ("schema", "stack")])
def test_light_commands_import_no_engine(words: tuple[str, ...]) -> None:
    code = (
        f"import sys; from isoserve.cli import main; main({list(words)!r});"
        "print([n for n in ('pulumi', 'rich') if n in sys.modules], file=sys.stderr)"
    )
    assert in_process(code).strip() == "[]"


def test_completion_offers_commands_and_stacks(project) -> None:
    shell = {"_ISOSERVE_COMPLETE": "complete_bash", "COMP_CWORD": "1"}
    commands = process(**shell, COMP_WORDS="isoserve de").stdout.split()
    assert commands == ["destroy"]
    shell["COMP_CWORD"] = "3"
    stacks = process(**shell, COMP_WORDS="isoserve up -s h").stdout.split()
    assert stacks == ["hello-dev"]
