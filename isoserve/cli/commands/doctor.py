"""`isoserve doctor`. The checks are in isoserve/cli/checks.py; this chooses and shows them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer

from isoserve.cli import checks
from isoserve.cli.checks import Finding, Level
from isoserve.cli.failure import UsageError
from isoserve.cli.live import AGENT_TARGETS, read_names
from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project, stack_names
from isoserve.cli.terminal import emit, notice, paint, say
from isoserve.errors import SpecError, TargetError

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


def command(
    stack: Stack = None,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Check this machine and say how to mend what is wrong.

    Looks at Python, the Pulumi engine, the project's spec files and their
    targets, the programs, folders, ports and disk they need, and the agent.
    Without a project only the machine is checked. Exit 4 if anything fails;
    a warning does not.

    JSON: {"ok", "checks": [{"name", "level": "ok"|"warn"|"fail", "detail",
    "fix"}]}.
    """
    found = examine(_project(project), stack)
    failed = [one for one in found if one.level is Level.FAIL]
    if as_json:
        emit({"ok": not failed, "checks": [one.to_json() for one in found]})
    else:
        for one in found:
            _show(one)
    if failed:
        notice(f"{len(failed)} of {len(found)} checks failed")
        raise typer.Exit(TargetError.exit_code)


def examine(root: Path | None, stack: str | None) -> Sequence[Finding]:
    """Return every finding; without a project those about the machine alone."""
    found = [checks.check_python(), checks.check_engine()]
    if root is None:
        fix = "isoserve init, or -C DIR"
        no_project = Finding(name="project", level=Level.WARN, detail="none here", fix=fix)
        return [*found, no_project, *checks.check_programs(), checks.check_ports(), checks.check_disk(Path())]
    stacks = [choose_stack(root, stack)] if stack else stack_names(root)
    found.append(Finding(name="project", level=Level.OK, detail=f"{root}, {len(stacks)} stack(s)"))
    for name in stacks:
        found.extend(checks.check_spec(root, name))
    targets = _targets(root, stacks)
    found.extend(checks.check_target(target) for target in targets)
    if AGENT_TARGETS.intersection(targets):
        found.extend(checks.check_programs())
        found.extend([checks.check_ports(), checks.check_agent(root)])
    return [*found, checks.check_state_dir(root), checks.check_disk(root)]


def _targets(root: Path, stacks: Sequence[str]) -> Sequence[str]:
    found: set[str] = set()
    for name in stacks:
        with suppress(SpecError):  # the finding about the stack's files says it
            found.add(read_names(root, name).target)
    return sorted(found - {""})


def _project(stated: Path | None) -> Path | None:
    if stated is not None:
        return find_project(stated)
    try:
        return find_project(None)
    except UsageError:
        return None


def _show(finding: Finding) -> None:
    level = paint(f"{finding.level.value:<4}", _COLOURS[finding.level])
    say(f"{level}  {finding.name}: {finding.detail}")
    if finding.fix and finding.level is not Level.OK:
        say(f"      fix: {finding.fix}")
