"""Drives one stack of one project by the Automation API: up, preview, refresh, destroy, outputs, state.

Where the engine comes from is install.py's business; what went wrong, failures.py's and locks.py's.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from pulumi.automation import CommandError, Deployment, StackNotFoundError
from pulumi.automation.events import EngineEvent

from isoserve.engine import packs
from isoserve.engine.automation import LeanStack, LeanWorkspace
from isoserve.engine.backend import Trace, choose_backend
from isoserve.engine.command import EngineCommand
from isoserve.engine.events import Notice, OnEvent
from isoserve.engine.failures import explain, refused
from isoserve.engine.install import EngineInstall, locate_engine
from isoserve.engine.pending import Settlement, pending_creates, settle
from isoserve.engine.program import InlineProgram
from isoserve.engine.project import Project, read_project, strings_of
from isoserve.engine.stackfile import has_salt, users_text_kept
from isoserve.engine.stacklock import StackLock
from isoserve.engine.update import Update, UpSummary
from isoserve.errors import DeploymentError, ServingError


def open_stack(
    root: Path,
    stack: str,
    *,
    create: bool,
    on_event: OnEvent | None = None,
    engine: EngineInstall | None = None,
) -> StackSession:
    """Get ready to drive one stack; the engine is located, nothing else happens yet.

    `create`: the first command makes the stack if it is not there. `on_event` hears how an engine is got.
    Raises SpecError (no project in `root`) and EngineError.
    """
    project = read_project(root.resolve())
    tell = on_event or _tell_nobody
    install = engine or locate_engine(report=lambda line: tell(Notice(text=line)))
    return StackSession(project=project, stack=stack, install=install, create=create)


class StackSession:
    """One stack. Every method may be called again; nothing is held between two calls."""

    def __init__(self, *, project: Project, stack: str, install: EngineInstall, create: bool) -> None:
        self.project = project
        self.stack = stack
        self.install = install
        self.backend = choose_backend(project, self_contained=project.self_contained(stack))
        self._create = create
        self._made = False
        """Whether the latest command made the stack."""
        self._record = self.backend.stack_record(project, stack)
        self._program = InlineProgram(project.entry)
        self._command = EngineCommand(install)
        self._lock = StackLock(stack=stack, folder=self.backend.lock_dir(project, stack), cancel=self._cancel)
        self._pulumi = LeanStack(
            stack,
            LeanWorkspace(
                root=project.root,
                stack_file=project.stack_file(stack),
                command=self._command,
                env=self._environment(),
                program=self._program,
            ),
        )

    def up(self, *, on_event: OnEvent | None = None, policy_packs: bool = True) -> UpSummary:
        """Bring the stack to what the program says. Again without a change: everything is `same`.

        Raises the program's own ServingError, StackLockedError (before any resource is touched), PolicyError,
        DeploymentError. A run that was killed is taken up where it stopped.
        """
        chosen = packs.policy_packs(self.project.root) if policy_packs else []

        def run() -> Update:
            return self._drive(
                "up",
                on_event,
                lambda hear: self._pulumi.up(on_event=hear, policy_packs=chosen, color="never"),
            )

        update = run()
        if update.pending and self._settle_creates(update.tell).adopted:
            return update.summary().then(run().summary())
        return update.summary()

    def preview(self, *, on_event: OnEvent | None = None, policy_packs: bool = True) -> UpSummary:
        """What `up` would do; nothing is left of it. Raises what `up` raises.

        The engine previews only a stack that it knows: one made for the preview goes with it.
        """
        chosen = packs.policy_packs(self.project.root) if policy_packs else []
        self._made = False
        trace = Trace.of(self.backend, self.project.stack_file(self.stack))
        try:
            return self._drive(
                "preview",
                on_event,
                lambda hear: self._pulumi.preview(on_event=hear, policy_packs=chosen, color="never"),
            ).summary()
        finally:
            self._unmake(trace)

    def refresh(self, *, on_event: OnEvent | None = None) -> UpSummary:
        """Bring the state to what the providers say is there; the program is not run."""
        return self._drive(
            "refresh",
            on_event,
            lambda hear: self._pulumi.refresh(on_event=hear, color="never", run_program=False),
        ).summary()

    def destroy(self, *, on_event: OnEvent | None = None) -> UpSummary:
        """Delete every resource of the stack; the program is not run.

        In our own backend the stack's record and history go too, and with the last stack all of the state. A
        stack that does not exist is destroyed already. Creates that a killed run left open are finished
        first, so that the engine knows of what it must delete.
        """
        tell = on_event or _tell_nobody
        if self._missing():
            # where only the state was lost, the next `up` needs the passphrase to take over what runs
            self.backend.tidy(keep_passphrase=has_salt(self.project.stack_file(self.stack)))
            return UpSummary(changes={}, outputs={}, duration_s=0.0)
        self._lock.check(tell)  # a running update's creates are open too
        self._finish_open_creates(tell)
        update = self._drive(
            "destroy",
            on_event,
            lambda hear: self._pulumi.destroy(on_event=hear, color="never", run_program=False),
        )
        if self.backend.own:
            self._ask("stack", "rm", "--yes", "--preserve-config")
            self.backend.forget(self.project, self.stack)
        return UpSummary(changes=update.changes, outputs={}, duration_s=update.summary().duration_s)

    def outputs(self, *, show_secrets: bool = False) -> Mapping[str, object]:
        """The stack's outputs as last recorded; a secret is `[secret]` unless asked for."""
        said = self._ask("stack", "output", "--json", *(["--show-secrets"] if show_secrets else []))
        return strings_of(json.loads(said))

    def state(self) -> Mapping[str, object]:
        """The deployment as the engine keeps it: `resources`, `pending_operations` …; secrets encrypted."""
        return strings_of(strings_of(json.loads(self._ask("stack", "export"))).get("deployment"))

    def env(self) -> Mapping[str, str]:
        """What plain `pulumi` needs in its environment to work on the same state; paths, never a secret."""
        self.backend.prepare()
        return self._environment()

    def _environment(self) -> dict[str, str]:
        folders = [self.install.path.parent, Path(sys.executable).parent, packs.launcher_dir()]
        told = {
            **self.backend.environment(),
            "ISOSERVE_PYTHON": sys.executable,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PATH": os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)]),
        }
        if self.project.self_contained(self.stack):
            # no official plugin is needed, and looking for one costs 2 s offline
            told["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
        return told

    def _drive(
        self, verb: str, on_event: OnEvent | None, command: Callable[[Callable[[EngineEvent], None]], object]
    ) -> Update:
        update = Update(tell=on_event or _tell_nobody)
        warnings.filterwarnings("ignore", message="Error in event stream")  # how the SDK words a dead engine
        self._command.on_interrupt = lambda times: update.tell(Notice(text=_INTERRUPTED[min(times, 3)]))
        self._program.forget()
        self.project.require_plugins()
        if verb in _WITH_PROGRAM:
            self.project.require_program()
        self.backend.prepare()
        self._lock.check(update.tell)
        try:
            if self._missing():
                self._make_stack()
            with self._program.in_place(), users_text_kept(self.project.stack_file(self.stack)):
                self._run_once_or_twice(lambda: command(update.hear), update.tell)
        except CommandError:
            error = explain(
                update.findings,
                self._command.last,
                raised=self._program.raised,
                project=self.project,
                stack=self.stack,
                verb=verb,
                interrupted=self._command.interrupted,
            )
            raised = self._program.raised
            raise error from (None if error is raised else raised)
        return update

    def _run_once_or_twice(self, command: Callable[[], object], tell: OnEvent) -> None:
        try:
            command()
        except StackNotFoundError:  # not a file backend: only the engine knows
            self._make_stack()
            command()
        except CommandError:
            if not self._lock.cleared(self._command.last.stderr, tell):
                raise
            command()

    def _make_stack(self) -> None:
        if not self._create:
            raise self._no_such_stack()
        self._pulumi.workspace.create_stack(self.stack)
        self._made = True

    def _unmake(self, trace: Trace) -> None:
        """Take back the stack that was made for a preview, unless another run has begun to use it."""
        if self._made:
            try:
                self._ask("stack", "rm", "--yes", "--preserve-config")
            except DeploymentError:
                return
        if self._made or self._missing():
            trace.restore()

    def _missing(self) -> bool:
        """True when it is certain, without the engine, that there is no such stack."""
        return self._record is not None and not self._record.exists()

    def _no_such_stack(self) -> DeploymentError:
        fix = f"make it with `isoserve up -s {self.stack}`, or name another"
        where = "" if self.backend.own or not self.backend.url else f" in {self.backend.url}"
        at = str(self.project.stack_file(self.stack))
        return DeploymentError(
            f"there is no stack {self.stack}{where}: it was never brought up", at=at, fix=fix
        )

    def _ask(self, *arguments: str) -> str:
        if self._missing():
            raise self._no_such_stack()
        self._program.forget()
        try:
            workspace = self._pulumi.workspace
            asked = [*arguments, "--stack", self.stack]
            return self._command.run(asked, workspace.work_dir, workspace.env_vars).stdout
        except StackNotFoundError:
            raise self._no_such_stack() from None
        except CommandError:
            raise refused(self._command.last, project=self.project, stack=self.stack) from None

    def _cancel(self) -> None:
        self._ask("cancel", "--yes")

    def _settle_creates(self, tell: OnEvent) -> Settlement:
        """Put right what a killed run left open, as far as that can be known; say what was found."""
        exported = self._pulumi.export_stack()
        found = settle(strings_of(exported.deployment))
        if found.deployment is not None:
            self._pulumi.import_stack(Deployment(version=exported.version, deployment=dict(found.deployment)))
            tell(Notice(text="an earlier run had been killed; what it left open is settled"))
        if found.adopted:
            names = ", ".join(found.adopted)
            tell(
                Notice(text=f"it had begun to create {names}, which the program no longer has: deleting that")
            )
        if found.unknown:
            tell(Notice(text=_UNKNOWN.format(names=", ".join(found.unknown), stack=self.stack)))
        return found

    def _finish_open_creates(self, tell: OnEvent) -> None:
        names = ", ".join(pending_creates(self.state()))
        if not names:
            return
        tell(Notice(text=f"an earlier run was killed while it created {names}; finishing that first"))
        if not self._settle_creates(_tell_nobody).unknown:
            return
        try:
            self.up(on_event=tell, policy_packs=False)
        except ServingError as error:
            tell(Notice(text=f"that failed, so {names} may be left behind: {error}"))


_WITH_PROGRAM = frozenset({"up", "preview"})
_UNKNOWN = (
    "an earlier run was killed while it created {names}; only the provider knows whether that exists."
    ' To look, and to answer for each: eval "$(isoserve env -s {stack})" && pulumi refresh --stack {stack}'
)
_INTERRUPTED = {
    1: "interrupted: the running steps are being finished; interrupt again to cancel them",
    2: "interrupted again: the running steps are being cancelled",
    3: "interrupted a third time: the engine was killed; the next command puts its state right",
}


def _tell_nobody(_event: object) -> None:
    return
