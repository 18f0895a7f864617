"""Turns what the engine said of a failed command into errors a user can act on.

Collects while the events come; the words of providers and policies are passed on as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from traceback import extract_tb

from pulumi.automation import CommandResult

from isoserve.engine.events import STACK_TYPE, Event, Message, State, Step, Violation
from isoserve.engine.project import Project
from isoserve.engine.wording import faults_in, readable
from isoserve.errors import DeploymentError, Fault, PolicyError, ServingError


class InterruptedUpdateError(DeploymentError):
    """The user ended an update; the exit code is what shells report for a program ended by Ctrl-C."""

    exit_code = 130


@dataclass(slots=True)
class Findings:
    """What went wrong in one command, in the order it was told."""

    errors: list[Message] = field(default_factory=list[Message])
    failed: list[Step] = field(default_factory=list[Step])
    violations: list[Violation] = field(default_factory=list[Violation])

    def hear(self, event: Event) -> None:
        """Keep the event if it tells of a fault."""
        if isinstance(event, Message) and event.severity == "error":
            self.errors.append(event)
        elif isinstance(event, Step) and event.state is State.FAILED:
            self.failed.append(event)
        elif isinstance(event, Violation) and event.mandatory:
            self.violations.append(event)


def explain(
    findings: Findings,
    answer: CommandResult,
    *,
    raised: BaseException | None,
    project: Project,
    stack: str,
    verb: str,
    interrupted: int,
) -> ServingError:
    """The error that tells best why the engine's command failed."""
    if interrupted:
        fix = f"run `isoserve {verb} -s {stack}` again; it goes on from there"
        return InterruptedUpdateError(
            f"`{verb}` was interrupted; what was done until then is recorded", fix=fix
        )
    if findings.violations:
        return _policy_error(findings.violations)
    if raised is not None:
        return _program_error(raised, project.entry)
    if known := _known(answer, project=project, stack=stack):
        return known
    return _deployment_error(findings, answer, stack=stack, verb=verb)


def refused(answer: CommandResult, *, project: Project, stack: str) -> ServingError:
    """Why a question about the stack, which changes nothing, got no answer."""
    return _known(answer, project=project, stack=stack) or DeploymentError(_from_stderr(answer.stderr))


def _policy_error(violations: Sequence[Violation]) -> PolicyError:
    faults = [
        Fault(what=f"{each.policy}: {_without_repeat(each.text)}", at=each.name and f"resource {each.name}")
        for each in violations
    ]
    return PolicyError.of(faults)


def _program_error(raised: BaseException, entry: Path) -> ServingError:
    """What the program raised, as itself when it is ours; else with the line of the program it comes from."""
    if isinstance(raised, ServingError):
        return raised
    frames = [
        frame for frame in extract_tb(raised.__traceback__) if Path(frame.filename).parent == entry.parent
    ]
    at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(entry)
    return DeploymentError(f"the program failed: {type(raised).__name__}: {raised}", at=at)


def _known(answer: CommandResult, *, project: Project, stack: str) -> ServingError | None:
    """Failures of the engine itself that have one known cause and fix."""
    if answer.code < 0:
        fix = "run the command again; it goes on from what is recorded"
        return DeploymentError(f"the engine was ended from outside by signal {-answer.code}", fix=fix)
    for words, what in _PASSPHRASE_TROUBLE.items():
        if words in answer.stderr:
            file = project.stack_file(stack)
            return DeploymentError(what, at=f"{file} encryptionsalt", fix=_KEY_FIX.format(file=file))
    if _NO_BACKEND in answer.stderr:
        return DeploymentError("it is not said where the state of this stack is kept", fix=_BACKEND_FIX)
    return None


_PASSPHRASE_TROUBLE = {
    "incorrect passphrase": "the passphrase does not fit this stack; nothing was changed",
    "passphrase must be set": "the stack's secrets need a passphrase; nothing was changed",
}
_KEY_FIX = (
    "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the one the stack was made with;"
    " only if its state is gone for good: sed -i '/^encryptionsalt:/d' {file}"
)
_NO_BACKEND = "PULUMI_ACCESS_TOKEN must be set"
_BACKEND_FIX = (
    "run `pulumi login URL`, or set PULUMI_BACKEND_URL, for example to s3://bucket or file:///folder"
)


def _deployment_error(findings: Findings, answer: CommandResult, *, stack: str, verb: str) -> DeploymentError:
    """The causes first, each with its resource's own name; the engine's stderr when all else is mute."""
    faults = _causes(findings) or [Fault(what=_from_stderr(answer.stderr))]
    if not faults[-1].fix:
        fix = f"correct the cause and run `isoserve {verb} -s {stack}` again; what was done already is kept"
        faults[-1] = replace(faults[-1], fix=fix)
    return DeploymentError.of(faults)


def _causes(findings: Findings) -> list[Fault]:
    """One fault for each cause; an error of ours that came through the engine keeps its own place and fix."""
    about_resources = [error for error in findings.errors if error.urn and error.type != STACK_TYPE]
    faults = list[Fault]()
    for error in about_resources or findings.errors:
        at = f"{error.type} {error.name}" if error in about_resources else error.at
        faults += [each if each.at else replace(each, at=at) for each in faults_in(error.text)]
    return list(dict.fromkeys(faults))


def _from_stderr(said: str) -> str:
    lines = [readable(line.strip().removeprefix("error: ")).text for line in said.splitlines()]
    lines = [line for line in lines if line]
    return "\n".join(lines) or "the engine failed without a word"


def _without_repeat(text: str) -> str:
    """CrossGuard puts the policy's description before the violation; each line is kept once."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    return "\n".join(lines)
