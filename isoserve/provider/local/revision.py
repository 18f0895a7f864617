"""A revision: one model version with its server, as replicas that are ready. Never replaced."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import cast

from isoserve.errors import Fault
from isoserve.provider.kind import Made, Site, Values
from isoserve.provider.local.agent import agent, restored_agent, state_dir
from isoserve.runtime.client import RevisionRequest
from isoserve.runtime.places import relative_reference


class RevisionKind:
    """Inputs: endpoint, name (both physical), server, artifact, model_*, replicas, ready_within_s, labels."""

    token = "isoserve:local:Revision"  # noqa: S105
    computed = frozenset[str]()
    # `name` carries the digest of everything else but the number of replicas.
    replace_on = frozenset({"endpoint", "name"})

    def check(self, inputs: Values, site: Site) -> Sequence[Fault]:  # noqa: ARG002
        """Accept what the spec has validated."""
        return []

    def create(self, inputs: Values, site: Site) -> Made:
        """Start the replicas and wait until all are ready; raises AgentError with their log otherwise."""
        endpoint, name = str(inputs["endpoint"]), str(inputs["name"])
        agent(site).put_revision(endpoint, name, _request(inputs, site))
        return Made(id=name, outputs={})

    def read(self, resource_id: str, inputs: Values, site: Site) -> Made | None:
        """Return the revision when the agent has it."""
        client = restored_agent(site)
        found = client.get_revision(str(inputs["endpoint"]), resource_id) if client else None
        return Made(id=resource_id, outputs={}) if found else None

    def drift(self, resource_id: str, inputs: Values, site: Site) -> Sequence[str]:
        """Miss a revision that the agent has lost, or of which a replica is not ready."""
        client = restored_agent(site)
        found = client.get_revision(str(inputs["endpoint"]), resource_id) if client else None
        return () if found is not None and found.state == "ready" else ("live",)

    def update(self, resource_id: str, inputs: Values, site: Site) -> Made:  # noqa: ARG002
        """Change the number of replicas; wait until all are ready, as at the start."""
        return self.create(inputs, site)

    def delete(self, resource_id: str, inputs: Values, site: Site) -> None:
        """Drain and stop the replicas."""
        if client := restored_agent(site):
            client.delete_revision(str(inputs["endpoint"]), resource_id)


def _request(inputs: Values, site: Site) -> RevisionRequest:
    body = {
        name: value for name, value in inputs.items() if name not in {"endpoint", "name", "labels", "sha256"}
    }
    server = cast("Values", inputs["server"])
    references = cast("Mapping[str, str]", server.get("secrets", {}))
    folder = state_dir(site)
    secrets = {name: relative_reference(one, site.root, folder) for name, one in references.items()}
    artifact = os.path.relpath(site.root / str(inputs["artifact"]), folder)
    return RevisionRequest.from_json({**body, "artifact": artifact, "server": {**server, "secrets": secrets}})
