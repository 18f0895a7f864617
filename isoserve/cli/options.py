"""The options that every command shares, and the completion of their values. Runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isoserve.cli import project


def complete_stack(incomplete: str) -> list[str]:
    """Complete the name of a stack from the project around the current folder."""
    for folder in [Path.cwd(), *Path.cwd().parents]:
        if (folder / "Pulumi.yaml").is_file():
            return [name for name in project.stack_names(folder) if name.startswith(incomplete)]
    return []


Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        "-s",
        metavar="STACK",
        envvar="ISOSERVE_STACK",
        help="The stack; may be left out where the project has one only.",
        autocompletion=complete_stack,
    ),
]
ProjectDir = Annotated[
    Path | None,
    typer.Option(
        "--project", "-C", metavar="DIR", help="The project's folder; default: the nearest with Pulumi.yaml."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
