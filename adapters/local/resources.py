"""The resources of isoserve's own plugin as Pulumi classes. Decides nothing: inputs go through as given."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

STATE_DIR = ".isoserve/local"
"""The agent's folder, relative to the project; the state holds no absolute path."""


class Platform(pulumi.ProviderResource):
    """The explicit provider: which agent."""

    def __init__(self, name: str, *, state_dir: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("isoserve", name, {"stateDir": state_dir}, opts)


class Artifact(pulumi.CustomResource):
    """A verified copy of a model artifact in the agent's folder."""

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions) -> None:
        super().__init__("isoserve:local:Artifact", name, dict(inputs), opts)


class Endpoint(pulumi.CustomResource):
    """A port of the gateway with its key and limits."""

    url: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions) -> None:
        computed = {"url": None, "key": None}
        super().__init__("isoserve:local:Endpoint", name, {**computed, **inputs}, opts)


class Revision(pulumi.CustomResource):
    """Replicas of one model version, ready."""

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions) -> None:
        super().__init__("isoserve:local:Revision", name, dict(inputs), opts)


class Release(pulumi.CustomResource):
    """Where an endpoint's traffic goes."""

    live: pulumi.Output[str]

    def __init__(self, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions) -> None:
        super().__init__("isoserve:local:Release", name, {"live": None, **inputs}, opts)
