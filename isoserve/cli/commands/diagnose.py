"""`isoserve diagnose`. What is gathered is evidence.py's, what is taken out redact.py's."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from isoserve.cli.failure import UsageError
from isoserve.cli.options import Debug, Json, ProjectDir, Stack
from isoserve.cli.project import choose_stack, find_project
from isoserve.cli.terminal import emit, notice, say

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Default: isoserve-STACK-TIME.tar.gz, here."),
]


def command(
    stack: Stack = None,
    output: Output = None,
    project: ProjectDir = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Pack a redacted report for a bug or a colleague.

    Holds the stack's spec files, versions, doctor's findings, what runs,
    releases, the last log lines, and the names of resources. Keys, tokens,
    passphrases and what looks like one are taken out; look into it all the
    same before it leaves the house. An existing FILE is never overwritten.

    JSON: {"file", "contents": [name], "missing": {name: reason}}.
    """
    from isoserve.cli.evidence import gather
    from isoserve.cli.redact import Redactor

    root = find_project(project)
    chosen = choose_stack(root, stack)
    now = datetime.now(UTC)
    target = output or Path(f"isoserve-{chosen}-{now:%Y%m%dT%H%M%SZ}.tar.gz")
    if target.exists():
        raise UsageError(f"{target} is there already", fix="choose another --output")
    notice(f"gathering what is known of {chosen}")
    found = gather(root, chosen)
    redactor = Redactor(found.secrets)
    about = {"stack": chosen, "made": now.isoformat(timespec="seconds"), "missing": found.missing}
    texts = {**found.files, "about.json": json.dumps(about, indent=2) + "\n"}
    redacted = {name: redactor.text(text) for name, text in sorted(texts.items())}
    _pack(target, redacted, made=now)
    missing = {name: redactor.text(reason) for name, reason in found.missing.items()}
    if as_json:
        emit({"file": target, "contents": list(redacted), "missing": missing})
        return
    for name in missing:
        notice(f"without {name}: {missing[name].splitlines()[0]}")
    say(str(target))


def _pack(target: Path, texts: Mapping[str, str], *, made: datetime) -> None:
    try:
        with target.open("xb") as stream, tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for name, text in texts.items():
                data = text.encode()
                entry = tarfile.TarInfo(f"{target.name.removesuffix('.tar.gz')}/{name}")
                entry.size, entry.mtime, entry.mode = len(data), int(made.timestamp()), 0o600
                archive.addfile(entry, io.BytesIO(data))
        target.chmod(0o600)
    except OSError as exc:
        raise UsageError(
            f"{target} cannot be written: {exc.strerror}", fix="choose another --output"
        ) from exc
