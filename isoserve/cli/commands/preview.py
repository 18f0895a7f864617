"""`isoserve preview`. The engine compares; this shows it."""

from __future__ import annotations

from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit


def command(
    stack: Stack = None,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Show what `up` would change; changes nothing.

    JSON: {"stack", "changes": {operation: count}, "steps": [{"op", "name",
    "type"}]}.
    """
    from isoserve.cli.ledger import Steps
    from isoserve.cli.progress import shown_progress
    from isoserve.cli.refusal import refuse_first
    from isoserve.cli.summary import print_changes
    from isoserve.engine import open_stack

    root = find_project(project)
    chosen = choose_stack(root, stack)
    refuse_first(root, chosen)
    with shown_progress(f"previewing {chosen}") as on_event:
        steps = Steps(on_event)
        result = open_stack(root, chosen, create=True, on_event=steps).preview(on_event=steps)
    if as_json:
        emit({"stack": chosen, "changes": dict(result.changes), "steps": steps.listed()})
        return
    print_changes(result.changes, duration_s=None, verb=f"{chosen} would change")
