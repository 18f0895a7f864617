"""Who may call an endpoint and where it may connect to. The principals are the environment's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from isoserve.spec.base import Spec, refusal
from isoserve.spec.names import Name
from isoserve.spec.patterns import HOST

Host = Annotated[str, Field(pattern=HOST)]


def _list_or_word(value: object) -> object:
    if isinstance(value, str) and value not in ("none", "stores"):
        raise refusal(
            f"egress is none, stores or a list of hosts; given {value!r}", fix=f"write stores, or [{value}]"
        )
    return value


Egress = Annotated[
    Literal["none", "stores"] | tuple[Host, ...],
    BeforeValidator(_list_or_word),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["none", "stores"]},
                {"type": "array", "items": {"type": "string", "pattern": HOST}},
            ]
        }
    ),
]
"""Where replicas may connect to: nowhere, the declared stores and registries, or these hosts too."""


class AccessSpec(Spec):
    """Callers, authentication and outgoing connections."""

    callers: tuple[Name, ...] = ()
    """Who may call, by the environment's names (`existing.callers`)."""

    egress: Egress = "stores"
    """What replicas may reach: `none`, `stores` (artifact store and registry), or `[hosts]`."""

    auth: Literal["platform", "key", "jwt", "none"] = "platform"
    """How callers prove who they are; `platform` is the target's own way."""
