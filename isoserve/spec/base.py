"""The base of every spec type, and how a type refuses a value. No field of the spec lives here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Spec(BaseModel):
    """Frozen, typed, documented by the string under each field; an unknown key is a fault."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
        allow_inf_nan=False,
    )


def refusal(what: str, *, fix: str = "", field: str = "") -> PydanticCustomError:
    """Return the error a validator raises: `what` is wrong, `fix` mends it, `field` is the key below."""
    return PydanticCustomError("refusal", "{what}", {"what": what, "fix": fix, "field": field})
