"""Reads what must be known of a project before the engine runs: name, program, backend, a stack's target.

Tolerant on purpose: a broken spec must not stand in the way of `destroy`. Validation is isoserve.spec's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from isoserve.errors import SpecError

_SELF_CONTAINED_TARGETS = frozenset({"local"})
"""Targets that need no provider plugin but isoserve's own, and whose state belongs to this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project's Pulumi.yaml, as far as the engine session needs it."""

    root: Path
    name: str
    entry: Path
    """The program: `main:` in Pulumi.yaml, or the `__main__.py` in that folder."""
    config_dir: Path
    """Holds the stack files; `stackConfigDir:` in Pulumi.yaml."""
    backend_url: str | None
    launchers: Sequence[Path]
    """The executables of the plugins that the project brings along; `plugins:` in Pulumi.yaml."""

    def require_program(self) -> None:
        """Raise SpecError when there is no program to run."""
        if not self.entry.is_file():
            raise SpecError(
                "the program is missing", at=str(self.entry), fix=_COPY.format(name="__main__.py")
            )

    def require_plugins(self) -> None:
        """Raise SpecError when a plugin that the project names cannot be started."""
        for launcher in self.launchers:
            at = f"{self.root / 'Pulumi.yaml'} plugins"
            if not launcher.is_file():
                raise SpecError(f"the plugin {launcher} is missing", at=at, fix=_COPY.format(name="bin"))
            if not os.access(launcher, os.X_OK):
                raise SpecError(
                    f"the plugin {launcher} is not executable", at=at, fix=f"chmod +x '{launcher}'"
                )

    def stack_file(self, stack: str) -> Path:
        """Where the engine keeps this stack's configuration and encryption salt."""
        return self.config_dir / f"Pulumi.{stack.rpartition('/')[2]}.yaml"

    def self_contained(self, stack: str) -> bool:
        """Whether the stack's target needs nothing but this machine; False where that cannot be read."""
        environment = _config(_mapping(self.stack_file(stack)), f"{self.name}:environment")
        if not isinstance(environment, str):
            return False
        target = _mapping(self.config_dir / "environments" / f"{environment}.yaml").get("target")
        return target in _SELF_CONTAINED_TARGETS


def read_project(root: Path) -> Project:
    """Read `<root>/Pulumi.yaml`. Raises SpecError when there is none or it cannot be used."""
    file = root / "Pulumi.yaml"
    if not file.is_file():
        fix = "run the command in the project's folder, or start one with `isoserve init`"
        raise SpecError("this folder holds no Pulumi.yaml", at=str(root), fix=fix)
    settings = _settings(file)
    name = settings.get("name")
    if not isinstance(name, str):
        raise SpecError("Pulumi.yaml states no project name", at=f"{file} name", fix="add `name: serving`")
    backend = settings.get("backend")
    url: object = strings_of(backend).get("url")  # the key may be missing, and so may the whole mapping
    main = root / str(settings.get("main") or ".")
    return Project(
        root=root,
        name=name,
        entry=main if main.is_file() else main / "__main__.py",
        config_dir=root / str(settings.get("stackConfigDir") or "."),
        backend_url=url if isinstance(url, str) and url else None,
        launchers=_launchers(root, strings_of(settings.get("plugins")).get("providers")),
    )


_COPY = "get a sound one: `isoserve init /tmp/sound`, then copy /tmp/sound/stacks/{name} to where it belongs"


def _settings(file: Path) -> Mapping[str, object]:
    try:
        raw: object = yaml.safe_load(file.read_text())
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        what = f"Pulumi.yaml is not YAML: {error.problem}"
        raise SpecError(what, at=f"{file}{line}", fix="correct the line, or the one before") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SpecError(
            f"Pulumi.yaml cannot be read: {error}", at=str(file), fix="make it readable text"
        ) from error
    return strings_of(raw)


def _launchers(root: Path, stated: object) -> Sequence[Path]:
    """Where the engine looks for an executable; a folder with PulumiPlugin.yaml starts in another way."""
    found = list[Path]()
    for plugin in stated if isinstance(stated, list) else []:  # pyright: ignore[reportUnknownVariableType]
        name, path = (
            strings_of(plugin).get(key)  # pyright: ignore[reportUnknownArgumentType]
            for key in ("name", "path")
        )
        if (
            isinstance(name, str)
            and isinstance(path, str)
            and not (root / path / "PulumiPlugin.yaml").exists()
        ):
            place = root / path
            found.append(place if place.is_file() else place / f"pulumi-resource-{name}")
    return found


def _config(settings: Mapping[str, object], key: str) -> object:
    return strings_of(settings.get("config")).get(key)


def _mapping(file: Path) -> Mapping[str, object]:
    try:
        raw: object = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return strings_of(raw)


def strings_of(raw: object) -> Mapping[str, object]:
    """A mapping that came from JSON or YAML, its keys as text; empty for anything else."""
    if not isinstance(raw, dict):
        return {}
    return {str(key): value for key, value in raw.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
