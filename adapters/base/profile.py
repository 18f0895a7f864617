"""The interface to what a target can do. Needs no engine: what declares resources is `adapter`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from isoserve.adapters.base.facts import Fact
from isoserve.adapters.base.naming import Alphabet
from isoserve.adapters.base.support import Capability, Support
from isoserve.errors import Fault

if TYPE_CHECKING:
    from isoserve.spec import ServingSpec


@runtime_checkable
class Profile(Protocol):
    """The half that needs no SDK: read by CI, documents and the policy pack without any cloud extra."""

    @property
    def target(self) -> str:
        """The registered name."""
        ...

    @property
    def support(self) -> Mapping[Capability, Support]:
        """A row for every capability."""
        ...

    @property
    def auth(self) -> str:
        """What `auth: platform` means here, in words a caller understands."""
        ...

    @property
    def alphabets(self) -> Mapping[str, Alphabet]:
        """What a name of each kind may look like; `endpoint` is compulsory."""
        ...

    def check(self, spec: ServingSpec, /) -> Sequence[Fault]:
        """Find what this target's limits forbid, beyond the table. Opens no socket."""
        ...

    def facts(self, token: str, urn: str, props: Mapping[str, object], /) -> Sequence[Fact]:
        """State what one registered resource means; nothing for a resource of another target."""
        ...
