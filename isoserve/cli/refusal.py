"""Refuses a stack before the engine, its state or a passphrase is even looked for. Opens no socket."""

from __future__ import annotations

from pathlib import Path

from isoserve.adapters.base.refusal import profile_of, refuse_unsupported
from isoserve.spec import load_serving


def refuse_first(root: Path, stack: str) -> None:
    """Raise SpecError, UnsupportedError or TargetError with all faults of the stack's files, or return.

    The program does the same, for plain `pulumi up`; what it reads again is remembered.
    """
    spec = load_serving(root, stack)
    refuse_unsupported(spec, profile_of(spec))
