"""What is kept of requests and answers. Where it is kept is the environment's store."""

from __future__ import annotations

from pydantic import Field

from isoserve.spec.base import Spec
from isoserve.spec.units import Fraction, Seconds, Text


class CaptureSpec(Spec):
    """Sampling, redaction and retention of captured requests and answers."""

    sample: Fraction = Field(default=0.1, gt=0)
    """Share of requests that is kept."""

    redact: tuple[Text, ...] = ()
    """Fields whose values are blanked before anything is written."""

    retain: Seconds = Field(default=2592000.0, ge=86400)
    """How long it is kept: 30 days where nothing is said; at least a day."""
