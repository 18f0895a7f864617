"""What goes into a diagnose archive, part by part; a part that fails says why. Redacts nothing itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from isoserve.cli import live
from isoserve.cli.commands.doctor import examine
from isoserve.cli.commands.status import snapshot
from isoserve.cli.endpoints import as_mapping, as_sequence
from isoserve.cli.redact import secret_values
from isoserve.cli.versions import package_versions, platform_facts
from isoserve.errors import ServingError
from isoserve.runtime.client import AgentClient

_LOG_LINES = 500
_AGENT_LOG_BYTES = 512 * 1024
_RESOURCE_FIELDS = ("urn", "type", "id", "created", "modified", "parent", "dependencies")


@dataclass(slots=True, kw_only=True)
class Evidence:
    """File name in the archive → text, the values that must not appear there, and what could not be had."""

    files: dict[str, str] = field(default_factory=dict[str, str])
    secrets: list[str] = field(default_factory=list[str], repr=False)
    missing: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, name: str, make: Callable[[], str]) -> None:
        """Add one file, or note why there is none."""
        try:
            self.files[name] = make()
        except (ServingError, OSError, ValueError) as exc:
            self.missing[name] = str(exc)


def gather(root: Path, stack: str) -> Evidence:
    """Collect everything about one stack. Reads only; starts no agent and no engine update."""
    found = Evidence(secrets=secret_values(os.environ))
    found.add("versions.json", lambda: _json({"packages": package_versions(), "platform": platform_facts()}))
    found.add("doctor.json", lambda: _json([one.to_json() for one in examine(root, stack)]))
    names = _names(found, root, stack)
    for path in _spec_files(names):
        found.add(f"spec/{Path(path).name}", (root / path).read_text)
    _add_agent(found, root, names)
    found.add("resources.json", lambda: _json(_resources(root, stack)))
    return found


def _names(found: Evidence, root: Path, stack: str) -> live.StackNames:
    """What the stack file says; of one that cannot be read only the stack's name is known."""
    try:
        return live.read_names(root, stack)
    except ServingError as exc:
        found.missing["spec"] = str(exc)
        return live.StackNames(stack=stack, service="", environment="", class_="", target="")


def _spec_files(names: live.StackNames) -> Sequence[str]:
    files = ["Pulumi.yaml", f"stacks/Pulumi.{names.stack}.yaml"]
    if names.environment:
        files.append(f"stacks/environments/{names.environment}.yaml")
    if names.service:
        files.append(f"stacks/services/{names.service}.yaml")
    return files


def _add_agent(found: Evidence, root: Path, names: live.StackNames) -> None:
    folder = live.state_dir(root)
    found.secrets.extend(_file_secrets(root))
    found.add("agent.log", lambda: _tail(folder / "agent.log"))
    try:
        client = AgentClient.connect(folder, start=False)
        status = client.status()
    except ServingError as exc:
        found.missing["status.json"] = str(exc)
        return
    endpoints = live.endpoints_of(status, names)
    found.secrets.extend(_keys(client, list(status.endpoints)))
    found.add("status.json", lambda: _json(snapshot(status, endpoints)))
    history = {one.name: [[entry.revision, entry.at] for entry in one.status.history] for one in endpoints}
    found.add("events.json", lambda: _json({"releases": history}))
    for one in endpoints:
        for revision in one.status.revisions:
            found.add(f"logs/{one.name}/{revision}.log", lambda one=one, r=revision: _logs(client, one, r))


def _logs(client: AgentClient, endpoint: live.LiveEndpoint, revision: str) -> str:
    return "\n".join(client.logs(endpoint.status.name, revision, lines=_LOG_LINES)) + "\n"


def _keys(client: AgentClient, endpoints: Sequence[str]) -> list[str]:
    """The callers' keys of every endpoint, this stack's or not: none may appear."""
    found = (client.get_endpoint(name) for name in endpoints)
    return [status.key for status in found if status is not None and status.key]


def _file_secrets(root: Path) -> list[str]:
    found: list[str] = []
    with suppress(OSError):
        found.append((root / ".isoserve" / "passphrase").read_text(encoding="utf-8").strip())
    with suppress(OSError, ValueError):
        stated: object = json.loads((live.state_dir(root) / "agent.json").read_text(encoding="utf-8"))
        found.append(str(as_mapping(stated).get("token", "")))
    return found


def _resources(root: Path, stack: str) -> Sequence[Mapping[str, object]]:
    """What the state holds, without inputs and outputs: they may carry anything."""
    from isoserve.engine import open_stack

    resources = as_sequence(open_stack(root, stack, create=False).state().get("resources"))
    kept = [as_mapping(resource) for resource in resources]
    return [{key: one[key] for key in _RESOURCE_FIELDS if key in one} for one in kept]


def _tail(file: Path) -> str:
    with file.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _AGENT_LOG_BYTES))
        return stream.read().decode(errors="replace")


def _json(value: object) -> str:
    return json.dumps(value, indent=2, default=str) + "\n"
