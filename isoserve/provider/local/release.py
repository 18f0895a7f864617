"""What moves an endpoint's traffic to a revision. Its position is the agent's, not the state's."""

from __future__ import annotations

from collections.abc import Sequence

from isoserve.errors import Fault
from isoserve.provider.kind import Made, Site, Values
from isoserve.provider.local.agent import agent, restored_agent


class ReleaseKind:
    """Inputs: endpoint, revision (both physical), drain_s, labels."""

    token = "isoserve:local:Release"  # noqa: S105
    computed = frozenset({"live"})
    replace_on = frozenset({"endpoint"})

    def check(self, inputs: Values, site: Site) -> Sequence[Fault]:  # noqa: ARG002
        """Accept what the adapter has built."""
        return []

    def create(self, inputs: Values, site: Site) -> Made:
        """Switch all traffic and wait until the former revision has answered its last request."""
        endpoint, revision = str(inputs["endpoint"]), str(inputs["revision"])
        status = agent(site).release(endpoint, revision, drain_s=float(str(inputs["drain_s"])))
        return Made(id=endpoint, outputs={"live": status.live})

    def read(self, resource_id: str, inputs: Values, site: Site) -> Made | None:  # noqa: ARG002
        """Return where the traffic goes now."""
        live = self._live(resource_id, site)
        return Made(id=resource_id, outputs={"live": live, "revision": live}) if live else None

    def drift(self, resource_id: str, inputs: Values, site: Site) -> Sequence[str]:
        """Report traffic that goes elsewhere than recorded."""
        return () if self._live(resource_id, site) == inputs.get("revision") else ("live",)

    def update(self, resource_id: str, inputs: Values, site: Site) -> Made:  # noqa: ARG002
        """Switch to another revision."""
        return self.create(inputs, site)

    def delete(self, resource_id: str, inputs: Values, site: Site) -> None:  # noqa: ARG002
        """Send the traffic nowhere, so that the revision can go."""
        if client := restored_agent(site):
            client.unrelease(resource_id)

    def _live(self, endpoint: str, site: Site) -> str | None:
        client = restored_agent(site)
        status = client.get_endpoint(endpoint) if client else None
        return status.live if status else None
