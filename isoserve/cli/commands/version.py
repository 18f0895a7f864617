"""`isoserve version`. Looks at package metadata and asks an engine that is there; gets none."""

from __future__ import annotations

from isoserve.cli.options import Debug, Json
from isoserve.cli.terminal import emit, print_table
from isoserve.cli.versions import package_versions, platform_facts
from isoserve.engine import EngineInstall, present_engine
from isoserve.errors import EngineError


def command(as_json: Json = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Print the versions of isoserve and what it uses.

    JSON: {"packages": {name: version|null}, "engine": {"version", "path"}|null,
    "platform": {name: text}}.
    """
    facts, packages, engine = platform_facts(), package_versions(), _engine()
    if as_json:
        found = {"version": engine.version, "path": engine.path} if engine else None
        emit({"packages": packages, "engine": found, "platform": facts})
        return
    rows = [(name, version or "not installed") for name, version in packages.items()]
    where = f"{engine.version} ({engine.path})" if engine else "none yet"
    rows.append(("engine", where))
    rows.append(("python", f"{facts['python']} ({facts['system']} {facts['machine']})"))
    print_table(("package", "version"), rows)


def _engine() -> EngineInstall | None:
    try:
        return present_engine()[0]
    except EngineError:  # a stated one that cannot be used: `doctor` says why
        return None
