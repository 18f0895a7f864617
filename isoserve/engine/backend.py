"""Where a stack's state and passphrase are: the user's own choice, or files under the project's `.isoserve/`.

The engine reads and writes the state; this module only says where, and tidies up what isoserve made itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from isoserve.engine.files import create_once, write_atomically
from isoserve.engine.project import Project, strings_of
from isoserve.engine.stackfile import drop_salt

_PASSPHRASE_BYTES = 32
_NO_METADATA = "?metadata=skip"
"""The engine writes a file's attributes in place: killed there, it cannot read its own state any more."""
_USERS_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Where the engine keeps state, and what it must be told to find it."""

    own: bool
    """True for the file backend under `.isoserve/` that isoserve makes when the user chose none."""
    home: Path
    """The project's `.isoserve` folder."""
    url: str | None
    """The URL as far as known without asking the engine; None: whatever the engine's own rules say."""

    @property
    def state_dir(self) -> Path:
        """The folder of our own file backend."""
        return self.home / "state"

    @property
    def passphrase_file(self) -> Path:
        """The passphrase that isoserve generated, readable by this user only."""
        return self.home / "passphrase"

    def environment(self) -> Mapping[str, str]:
        """What the engine must find in its environment; nothing for a backend of the user's."""
        if not self.own:
            return {}
        told = {"PULUMI_BACKEND_URL": f"file://{self.state_dir}{_NO_METADATA}"}
        if not any(name in os.environ for name in _USERS_PASSPHRASE):
            told["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(self.passphrase_file)
        return told

    def prepare(self) -> None:
        """Make the folder, and the passphrase unless the user brings one. Doing it again changes nothing."""
        if not self.own:
            return
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.state_dir.mkdir(mode=0o700, exist_ok=True)
        if "PULUMI_CONFIG_PASSPHRASE_FILE" in self.environment():
            create_once(self.passphrase_file, secrets.token_urlsafe(_PASSPHRASE_BYTES) + "\n", mode=0o600)

    def stack_record(self, project: Project, stack: str) -> Path | None:
        """The engine's file with this stack's state; None where the state is not in files of this machine."""
        folder = self._folder()
        return folder and folder / ".pulumi" / "stacks" / project.name / f"{stack.rpartition('/')[2]}.json"

    def lock_dir(self, project: Project, stack: str) -> Path | None:
        """Where the engine puts this stack's lock files; None where they are not files of this machine."""
        folder = self._folder()
        name = stack.rpartition("/")[2]
        return folder and folder / ".pulumi" / "locks" / "organization" / project.name / name

    def _folder(self) -> Path | None:
        if self.url is None or not self.url.startswith("file://"):
            return None
        return Path(self.url.removeprefix("file://").partition("?")[0]).expanduser()

    def forget(self, project: Project, stack: str) -> None:
        """After the stack was removed: take away what only it needed.

        Removes the encryption salt that the engine wrote into the stack file unless a secret depends on it,
        so that the next start, with a new passphrase, finds the file as the first one did.
        """
        if self.own:
            secrets_left = not drop_salt(project.stack_file(stack))
            self.tidy(keep_passphrase=secrets_left)

    def tidy(self, *, keep_passphrase: bool = False) -> None:
        """Once no stack is left in our own backend, take the backend away."""
        if not self.own or any((self.state_dir / ".pulumi" / "stacks").rglob("*.json")):
            return
        shutil.rmtree(self.state_dir, ignore_errors=True)
        if not keep_passphrase:
            self.passphrase_file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # an agent's folder is in it, or a disk is mounted there
            self.home.rmdir()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What was there before a stack was made, for one that is to leave no trace."""

    backend: Backend
    stack_file: Path
    text: str | None
    """The stack file's; None where there was none."""
    had_passphrase: bool

    @classmethod
    def of(cls, backend: Backend, stack_file: Path) -> Trace:
        """Remember how things are."""
        text = stack_file.read_text() if stack_file.is_file() else None
        had_passphrase = backend.passphrase_file.exists()
        return cls(backend=backend, stack_file=stack_file, text=text, had_passphrase=had_passphrase)

    def restore(self) -> None:
        """Bring back the stack file's text, and take away a backend that no stack is left in."""
        if self.text is not None and self.stack_file.read_text() != self.text:
            write_atomically(self.stack_file, self.text, mode=self.stack_file.stat().st_mode & 0o777)
        self.backend.tidy(keep_passphrase=self.had_passphrase)


def choose_backend(project: Project, *, self_contained: bool) -> Backend:
    """Respect what the user set; make our own only for a stack that needs nothing but this machine."""
    home = project.root / ".isoserve"
    url = os.environ.get("PULUMI_BACKEND_URL") or project.backend_url or _logged_in_to()
    if url is None and self_contained and "PULUMI_ACCESS_TOKEN" not in os.environ:
        return Backend(own=True, home=home, url=f"file://{home / 'state'}{_NO_METADATA}")
    return Backend(own=False, home=home, url=url)


def _logged_in_to() -> str | None:
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        raw: object = json.loads((home / "credentials.json").read_text())
    except (OSError, ValueError):
        return None
    current = strings_of(raw).get("current")
    return current if isinstance(current, str) and current else None
