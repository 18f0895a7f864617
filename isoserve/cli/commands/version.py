"""`isoserve version`. Looks at package metadata and asks an engine that is there; gets none."""

from __future__ import annotations

from isoserve.cli.engine_lookup import look_up_engine
from isoserve.cli.options import Debug, Json
from isoserve.cli.terminal import emit, print_table
from isoserve.cli.versions import package_versions, platform_facts


def command(as_json: Json = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Print the versions of isoserve and what it uses.

    JSON: {"packages": {name: version|null}, "engine": {"version", "path"}|null,
    "platform": {name: text}}.
    """
    facts, packages, engine = platform_facts(), package_versions(), look_up_engine()
    if as_json:
        found = {"version": engine.version, "path": engine.path} if engine.path else None
        emit({"packages": packages, "engine": found, "platform": facts})
        return
    rows = [(name, version or "not installed") for name, version in packages.items()]
    where = f"{engine.version} ({engine.path})" if engine.path else "none yet"
    rows.append(("engine", where))
    rows.append(("python", f"{facts['python']} ({facts['system']} {facts['machine']})"))
    print_table(("package", "version"), rows)
