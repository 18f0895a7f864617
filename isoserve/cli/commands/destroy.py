"""`isoserve destroy`. The engine deletes; this asks first and shows it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from isoserve.cli.endpoints import endpoints_of
from isoserve.cli.options import Debug, Json, ProjectDir, Stack, Yes
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, notice
from isoserve.errors import DeploymentError

if TYPE_CHECKING:
    from isoserve.engine import StackSession


def command(
    stack: Stack = None,
    yes: Yes = False,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Delete everything a stack created.

    Asks first; in class prod the stack's name has to be typed. Where nobody
    can be asked --yes is needed. What the environment lists as `existing` is
    never deleted. JSON: {"stack", "changes": {operation: count},
    "duration_s"}.
    """
    from isoserve.cli.live import read_names, refuse_left_behind
    from isoserve.cli.progress import shown_progress
    from isoserve.cli.question import confirm_destroy
    from isoserve.cli.summary import changes_json, print_changes
    from isoserve.engine import open_stack

    root = find_project(project)
    chosen = choose_stack(root, stack)
    names = read_names(root, chosen)
    if not yes:
        _announce(open_stack(root, chosen, create=False))
        confirm_destroy(names)
    with shown_progress(f"destroying {chosen}") as on_event:
        result = open_stack(root, chosen, create=False, on_event=on_event).destroy(on_event=on_event)
    refuse_left_behind(root, chosen)
    if as_json:
        emit(changes_json(chosen, result))
        return
    print_changes(result.changes, duration_s=result.duration_s, verb=f"{chosen} is gone")


def _announce(session: StackSession) -> None:
    with suppress(DeploymentError):  # a stack without state has nothing to announce
        for endpoint in endpoints_of(session.outputs()):
            notice(f"  {endpoint.name}  {endpoint.url}")
