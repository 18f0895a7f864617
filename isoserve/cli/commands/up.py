"""`isoserve up`. The engine does the work; this shows it."""

from __future__ import annotations

from isoserve.cli.endpoints import endpoints_of, shown
from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, say


def command(
    stack: Stack = None,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Create or update a stack.

    Asks nothing, here as in CI: `isoserve preview` is the dry run. Returns when
    every endpoint serves its new revision; on failure the old one goes on.
    Doing it again changes nothing.

    JSON: {"stack", "changes": {operation: count}, "duration_s", "endpoints":
    [{"name", "url", "protocol", "auth", "model", "revision", "replicas",
    "curl"}]}.
    """
    from isoserve.cli.progress import shown_progress
    from isoserve.cli.refusal import refuse_first
    from isoserve.cli.summary import changes_json, print_changes, print_endpoints, print_next, replicas_of
    from isoserve.engine import open_stack

    root = find_project(project)
    chosen = choose_stack(root, stack)
    refuse_first(root, chosen)
    with shown_progress(f"updating {chosen}") as on_event:
        result = open_stack(root, chosen, create=True, on_event=on_event).up(on_event=on_event)
    endpoints = endpoints_of(result.outputs)
    replicas = replicas_of(root, chosen)
    if as_json:
        listed = [{**shown(endpoint), "replicas": replicas.get(endpoint.name)} for endpoint in endpoints]
        emit({**changes_json(chosen, result), "endpoints": listed})
        return
    print_changes(result.changes, duration_s=result.duration_s, verb=f"{chosen} is up")
    say()
    print_endpoints(endpoints, replicas)
    print_next(chosen, endpoints)
