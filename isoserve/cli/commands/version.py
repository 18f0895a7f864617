"""`isoserve version`. Looks at package metadata and at the engine's cached file only."""

from __future__ import annotations

from isoserve.cli.options import Debug, Json
from isoserve.cli.terminal import emit, print_table
from isoserve.cli.versions import package_versions, platform_facts


def command(as_json: Json = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Print the versions of isoserve and what it uses.

    JSON: {"packages": {name: version|null}, "platform": {name: text}}.
    """
    facts, packages = platform_facts(), package_versions()
    if as_json:
        emit({"packages": packages, "platform": facts})
        return
    rows = [(name, version or "not installed") for name, version in packages.items()]
    rows.append(("python", f"{facts['python']} ({facts['system']} {facts['machine']})"))
    print_table(("package", "version"), rows)
