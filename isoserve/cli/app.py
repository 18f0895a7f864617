"""The table of commands and the group that loads each one when it is called. Does no work itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Protocol, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from isoserve.cli.failure import UsageError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One command, as the overview shows it without importing it."""

    section: str
    help: str


COMMANDS: Mapping[str, Entry] = {
    "init": Entry(section="Start", help="Write a new project that runs at once."),
    "schema": Entry(section="Start", help="Print or write the JSON Schemas of the spec files."),
    "doctor": Entry(section="Start", help="Check this machine and say how to mend what is wrong."),
    "explain": Entry(section="Deploy", help="Show every value, its origin and how the target does it."),
    "preview": Entry(section="Deploy", help="Show what `up` would change; changes nothing."),
    "up": Entry(section="Deploy", help="Create or update a stack."),
    "refresh": Entry(section="Deploy", help="Read the real resources back into the stack's state."),
    "destroy": Entry(section="Deploy", help="Delete everything a stack created."),
    "env": Entry(section="Deploy", help="Print the shell exports that plain `pulumi` needs."),
    "outputs": Entry(section="Use", help="Print a stack's endpoints: URL, protocol, auth and a curl line."),
    "invoke": Entry(section="Use", help="Send one request to an endpoint."),
    "status": Entry(section="Look", help="Show what runs now; exit 8 if an endpoint is not healthy."),
    "logs": Entry(section="Look", help="Print the replicas' logs."),
    "diagnose": Entry(section="Look", help="Pack a redacted report for a bug or a colleague."),
    "version": Entry(section="Look", help="Print the versions of isoserve and what it uses."),
}

EXIT_CODES = """\b
Exit codes:
  0  done
  1  something that was asked for did not work
  2  the command line is wrong
  3  the files under stacks/ hold faults, or the target cannot do what they ask
  4  a package, program, agent or the Pulumi engine is missing
  5  the deployment failed
  6  another update of the same stack is running
  7  a mandatory policy was violated
  8  the local agent refused, or an endpoint is not healthy
  130  interrupted"""


_REFUSAL = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])
"""The parser's base of all its refusals, click's ClickException, of which typer may bring its own copy."""


class _Formatter(Protocol):
    def section(self, name: str) -> AbstractContextManager[None]: ...
    def write_dl(self, rows: list[tuple[str, str]]) -> None: ...


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the overview."""
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        """Import one command's module and build it; None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"isoserve.cli.commands.{cmd_name}")
        single = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        single.command(cmd_name)(module.command)
        built = get_command(single)
        return built if isinstance(built, TyperCommand) else None

    def format_commands(self, ctx: object, formatter: _Formatter) -> None:  # noqa: ARG002
        """Write the overview by section, from the table alone."""
        for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
            with formatter.section(section):
                formatter.write_dl([(n, e.help) for n, e in COMMANDS.items() if e.section == section])


def _print_version(wanted: bool) -> None:
    if wanted:
        from isoserve.cli.versions import isoserve_version

        typer.echo(f"isoserve {isoserve_version()}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", "-V", is_eager=True, callback=_print_version, help="Print the version.")
]


def _root(version: Version = False) -> None:
    """Serve models the same way on SageMaker, Vertex AI, Azure ML, Kubernetes and one machine."""


def build() -> typer.Typer:
    """Return the application; the commands' modules are not imported yet."""
    app = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        epilog=EXIT_CODES,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    app.callback()(_root)
    return app


def run(arguments: Sequence[str]) -> None:
    """Parse and run one command line. Raises SystemExit with its code, or what the command raises."""
    _require_known(arguments)
    try:
        code: object = get_command(build()).main(
            args=list(arguments), prog_name="isoserve", standalone_mode=False
        )
    except _REFUSAL as exc:
        raise _usage_error(exc, arguments) from exc
    if isinstance(code, int) and code:  # a command's typer.Exit
        raise SystemExit(code)


def _usage_error(exc: typer.BadParameter, arguments: Sequence[str]) -> BaseException:
    """Return the parser's refusal in the form that every failure has, so that --json knows it too."""
    if not arguments:
        exc.show()  # the overview, for want of a command
        return SystemExit(exc.exit_code)
    name = next((argument for argument in arguments if argument in COMMANDS), "")
    words = " ".join(word for word in ("isoserve", name, "--help") if word)
    return UsageError(exc.format_message(), fix=f"{words} shows what can be said")


def _require_known(arguments: Sequence[str]) -> None:
    """Raise UsageError with the most similar command for a name that is none.

    typer suggests from the commands it holds, which here are loaded too late for that.
    """
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    if name is None or name in COMMANDS or arguments[0].startswith("-"):
        return
    fix = did_you_mean(name, COMMANDS).rstrip() or "isoserve --help lists the commands"
    raise UsageError(f"no command named {name!r}", fix=fix)
