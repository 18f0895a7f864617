"""Where the user's project is and which stacks it has, from file names alone. Parses no spec."""

from __future__ import annotations

from pathlib import Path

from isoserve.cli.failure import UsageError, did_you_mean
from isoserve.cli.terminal import notice

_STACK_FILE = "Pulumi.{}.yaml"


def find_project(stated: Path | None) -> Path:
    """Return the stated folder, or the nearest one from here upwards, that holds Pulumi.yaml.

    Raises UsageError with the way to start a project.
    """
    here = (stated or Path.cwd()).resolve()
    candidates = [here] if stated else [here, *here.parents]
    for folder in candidates:
        if (folder / "Pulumi.yaml").is_file():
            return folder
    what = f"no Pulumi.yaml in {here}" + ("" if stated else " or above it")
    raise UsageError(what, fix="go to the project's folder, name it with -C DIR, or start one: isoserve init")


def stack_names(root: Path) -> list[str]:
    """Return the stacks that have a file under stacks/, sorted; empty where there is none."""
    prefix, suffix = _STACK_FILE.split("{}")
    files = (root / "stacks").glob(_STACK_FILE.format("*"))
    return sorted(file.name.removeprefix(prefix).removesuffix(suffix) for file in files)


def choose_stack(root: Path, stated: str | None) -> str:
    """Return the stated stack if it exists, or the project's only one (and say so).

    Raises UsageError that names the existing stacks and the most similar one.
    """
    names = stack_names(root)
    if stated is None:
        return _only(root, names)
    if stated not in names:
        raise UsageError(f"no stack named {stated!r}", at=str(root / "stacks"), fix=_hint(stated, names))
    return stated


def _only(root: Path, names: list[str]) -> str:
    if len(names) == 1:
        notice(f"stack {names[0]} (the only one)")
        return names[0]
    fix = f"add -s with one of: {', '.join(names)}" if names else "write a first one: isoserve init"
    raise UsageError(
        "which stack?" if names else "the project has no stack", at=str(root / "stacks"), fix=fix
    )


def _hint(stated: str, names: list[str]) -> str:
    if not names:
        return "write a first one: isoserve init"
    return f"{did_you_mean(stated, names)}existing: {', '.join(names)}"
