"""What a caller may send and how long it may take. Who may call is `access`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from isoserve.spec.base import Spec
from isoserve.spec.units import Bytes, Flag, Seconds


class RequestsSpec(Spec):
    """Bounds and protocol of one request."""

    timeout: Seconds = Field(default=60.0, gt=0)
    """A request that takes longer is answered with a time-out."""

    max_body: Bytes = Field(default=1024**2, ge=1)
    """A larger request is refused."""

    protocol: Literal["v2", "openai", "raw"] = "v2"
    """Open Inference Protocol V2, OpenAI, or whatever the server speaks."""

    stream: Flag = False
    """Whether answers arrive in parts (asks for streaming of the target)."""
