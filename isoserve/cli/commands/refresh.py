"""`isoserve refresh`. The engine reads; this shows it."""

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
    """Read the real resources back into the stack's state.

    Changes the state only; the next `up` mends what differs. JSON: {"stack",
    "changes": {operation: count}, "duration_s"}.
    """
    from isoserve.cli.progress import shown_progress
    from isoserve.cli.summary import changes_json, print_changes
    from isoserve.engine import open_stack

    root = find_project(project)
    chosen = choose_stack(root, stack)
    with shown_progress(f"refreshing {chosen}") as on_event:
        result = open_stack(root, chosen, create=False, on_event=on_event).refresh(on_event=on_event)
    if as_json:
        emit(changes_json(chosen, result))
        return
    print_changes(result.changes, duration_s=result.duration_s, verb=f"{chosen} refreshed")
