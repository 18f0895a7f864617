"""The files of a new project, from the package's templates. Decides nothing about a user's spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from isoserve.cli.failure import UsageError
from isoserve.cli.schemas import KINDS, make_folder, schema_text
from isoserve.engine.files import write_atomically
from isoserve.runtime.artifacts import tree_sha256

_EXECUTABLE = frozenset({"stacks/bin/pulumi-resource-isoserve"})
_SUFFIX = ".tmpl"  # so that no linter, type checker or wheel builder takes a template for our own code
_APPENDED = frozenset({"gitignore.tmpl"})
_CHECKSUM = "SHA256_OF_HELLO_1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What `init` wrote, project-relative, and which .gitignore lines it added."""

    files: list[str]
    ignored: list[str]


def template(path: str) -> str:
    """Return the text of one template by its project-relative path."""
    return _templates().joinpath(path + _SUFFIX).read_text(encoding="utf-8")


def write_project(root: Path) -> Written:
    """Write a project into the folder, which may exist and hold other files.

    Raises UsageError that lists every file that is there already; then nothing
    was written. An existing .gitignore gets the missing lines appended.
    """
    contents = _contents()
    _refuse_existing(root, contents)
    make_folder(root)
    for path, text in contents.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, text, mode=0o755 if path in _EXECUTABLE else 0o644)
    service = root / "stacks/services/hello.yaml"
    checksum = tree_sha256(root / "models/hello/1")
    service.write_text(service.read_text(encoding="utf-8").replace(_CHECKSUM, checksum), encoding="utf-8")
    return Written(files=sorted(contents), ignored=_ignore(root))


def _contents() -> Mapping[str, str]:
    texts = dict(_walk(_templates(), ""))
    texts.update({f"stacks/schemas/{kind}.json": schema_text(kind) for kind in KINDS})
    return texts


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found.extend(_walk(entry, f"{prefix}{entry.name}/"))
        elif entry.name not in _APPENDED:
            path = f"{prefix}{entry.name}".removesuffix(_SUFFIX)
            found.append((path, entry.read_text(encoding="utf-8")))
    return found


def _refuse_existing(root: Path, contents: Mapping[str, str]) -> None:
    present = [path for path in sorted(contents) if (root / path).exists()]
    if present:
        raise UsageError(
            f"these files are there already: {', '.join(present)}",
            at=str(root),
            fix="init never overwrites: choose another folder, or remove them yourself",
        )


def _ignore(root: Path) -> list[str]:
    file = root / ".gitignore"
    present = file.read_text(encoding="utf-8") if file.exists() else ""
    missing = [line for line in template("gitignore").splitlines() if line not in present.splitlines()]
    if missing:
        gap = "" if not present or present.endswith("\n") else "\n"
        file.write_text(f"{present}{gap}" + "\n".join(missing) + "\n", encoding="utf-8")
    return missing


def _templates() -> Traversable:
    return files("isoserve.cli").joinpath("templates")
