"""The Automation API's workspace and stack, without the command-line calls that a session does not need.

Each call costs 0.3 s: an `up` of the stock classes makes five where one does the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pulumi.automation import LocalWorkspace, OutputMap, OutputValue, Stack, UpdateSummary

from isoserve.engine.command import EngineCommand
from isoserve.engine.stackfile import users_text_kept


class LeanWorkspace(LocalWorkspace):
    """A workspace that makes stacks without selecting them; every call names its stack."""

    def __init__(
        self,
        *,
        root: Path,
        stack_file: Path,
        command: EngineCommand,
        env: Mapping[str, str],
        program: Callable[[], None],
    ) -> None:
        super().__init__(work_dir=str(root), pulumi_command=command, env_vars=dict(env), program=program)
        self._stack_file = stack_file

    def create_stack(self, stack_name: str) -> None:
        """Make the stack. Raises pulumi.automation.StackAlreadyExistsError."""
        with users_text_kept(self._stack_file):
            self.pulumi_command.run(
                ["stack", "init", stack_name, "--no-select"], self.work_dir, self.env_vars
            )


class LeanStack(Stack):
    """A stack whose outputs and summary come from the events of the update itself."""

    def __init__(self, name: str, workspace: LeanWorkspace) -> None:
        self.name = name
        self.workspace = workspace  # the stock constructor would select the stack in the user's Pulumi home

    def outputs(self) -> OutputMap:
        """Empty: the session reads them from the event stream, or asks by `stack output`."""
        return dict[str, OutputValue]()

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: ARG002 - the stock signature
        """A summary that says nothing: the session has what it needs from the event stream."""
        return UpdateSummary(
            kind="", start_time=datetime.now(UTC), message="", environment={}, config={}, result=""
        )
