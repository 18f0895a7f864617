"""The interface to how a target does it: what an adapter is called with, and what it answers.

Holds no target's code and starts nothing: `ModelServing` calls, adapters declare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypedDict, runtime_checkable

import pulumi

from isoserve.adapters.base.naming import Alphabet, Scope, physical_name
from isoserve.adapters.base.profile import Profile
from isoserve.adapters.base.refs import EndpointRef, ModelRef, Placement, ReleaseRef, RevisionRef
from isoserve.adapters.base.support import Capability

if TYPE_CHECKING:
    from typing import Unpack

    from isoserve.spec import EndpointSpec, ModelSpec, ServingSpec


class ChildOptions(TypedDict, total=False):
    """What an adapter may add to a child's options; parent, provider and order come from the context."""

    protect: bool
    retain_on_delete: bool
    ignore_changes: list[str]
    delete_before_replace: bool
    replace_on_changes: list[str]
    aliases: Sequence[pulumi.Input[str | pulumi.Alias]]
    custom_timeouts: pulumi.CustomTimeouts
    additional_secret_outputs: list[str]
    hooks: pulumi.ResourceHookBinding


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an adapter may know of the run. Carries no cloud client and no config."""

    organization: str
    project: str
    stack: str
    labels: Mapping[str, str]
    """Put on everything that takes labels; they carry the neutral names back."""
    parent: pulumi.Resource | None
    provider: pulumi.ProviderResource | None
    """The stack's one explicit provider; None until `Adapter.platform` has made it."""
    spec: ServingSpec

    def child(
        self, *, after: Sequence[pulumi.Resource] = (), **more: Unpack[ChildOptions]
    ) -> pulumi.ResourceOptions:
        """Return the options of a child: parent, provider, and what it waits for."""
        return pulumi.ResourceOptions(
            parent=self.parent, provider=self.provider, depends_on=list(after) or None, **more
        )

    def on(self, provider: pulumi.ProviderResource) -> Context:
        """Return this context with the stack's provider."""
        return replace(self, provider=provider)

    def under(self, parent: pulumi.Resource) -> Context:
        """Return this context with another parent."""
        return replace(self, parent=parent)

    def physical_name(
        self, neutral: str, alphabet: Alphabet, *, kind: str = "endpoint", suffix: str = ""
    ) -> str:
        """Name a thing of `kind` on the target; see `naming.physical_name`."""
        scope = Scope(organization=self.organization, project=self.project, stack=self.stack)
        return physical_name(neutral, scope=scope, kind=kind, alphabet=alphabet, suffix=suffix)


@runtime_checkable
class Adapter(Protocol):
    """The half that needs the SDK. Stateless; each method declares resources under `ctx.parent`, or none."""

    @property
    def profile(self) -> Profile:
        """This target's profile."""
        ...

    def platform(self, ctx: Context, /) -> pulumi.ProviderResource:
        """Declare the one provider, from the environment's region and existing things."""
        ...

    def model(self, name: str, spec: ModelSpec, version: str, ctx: Context, /) -> ModelRef:
        """Put one model version where replicas read it: skips what is there, verifies, retains on delete."""
        ...

    def node_pool(self, name: str, spec: EndpointSpec, ctx: Context, /) -> Placement:
        """Choose where the endpoint's replicas run; may declare nothing."""
        ...

    def endpoint(self, name: str, spec: EndpointSpec, ctx: Context, /) -> EndpointRef:
        """Declare the stable address. It has no revision yet."""
        ...

    def revision(
        self, name: str, spec: EndpointSpec, of: EndpointRef, model: ModelRef, at: Placement, ctx: Context, /
    ) -> RevisionRef:
        """Declare replicas of one model version and server settings; ready when created, never replaced."""
        ...

    def release(
        self,
        name: str,
        spec: EndpointSpec,
        of: EndpointRef,
        to: RevisionRef,
        previous: RevisionRef | None,
        ctx: Context,
        /,
    ) -> ReleaseRef:
        """Declare which revision receives traffic; afterwards no answer comes from another one."""
        ...


@runtime_checkable
class SupportsAutoscaling(Protocol):
    """An adapter that changes the number of replicas with the load (Capability.AUTOSCALING)."""

    def autoscaling(
        self, name: str, spec: EndpointSpec, of: EndpointRef, to: RevisionRef, ctx: Context, /
    ) -> Sequence[pulumi.Resource]:
        """Declare what scales the revision inside the spec's bounds."""
        ...


@runtime_checkable
class SupportsMonitoring(Protocol):
    """An adapter that runs the monitor job (Capability.MONITOR_DATA)."""

    def monitor(
        self, name: str, spec: EndpointSpec, of: EndpointRef, ctx: Context, /
    ) -> Sequence[pulumi.Resource]:
        """Declare what runs the endpoint's monitors on their schedule."""
        ...


NARROW: Mapping[Capability, type] = {
    Capability.AUTOSCALING: SupportsAutoscaling,
    Capability.MONITOR_DATA: SupportsMonitoring,
}
"""The optional half of the interface; a conformance case ties each row of a table to its type."""
