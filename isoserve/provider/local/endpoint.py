"""An endpoint of the local gateway: a port, a key, limits. Its traffic belongs to the release."""

from __future__ import annotations

from collections.abc import Sequence

from isoserve.errors import Fault
from isoserve.provider.kind import Made, Site, Values
from isoserve.provider.local.agent import agent, restored_agent
from isoserve.runtime.client import EndpointRequest, EndpointStatus


class EndpointKind:
    """Inputs: name (physical), endpoint (neutral), and EndpointRequest's, `port` as fixed_port."""

    token = "isoserve:local:Endpoint"  # noqa: S105
    computed = frozenset({"url", "key"})
    replace_on = frozenset({"name", "fixed_port"})

    def check(self, inputs: Values, site: Site) -> Sequence[Fault]:  # noqa: ARG002
        """Accept what the spec has validated."""
        return []

    def create(self, inputs: Values, site: Site) -> Made:
        """Open the endpoint's port; the same name again keeps port and key."""
        status = agent(site).put_endpoint(str(inputs["name"]), _request(inputs))
        return _made(str(inputs["name"]), status)

    def read(self, resource_id: str, inputs: Values, site: Site) -> Made | None:  # noqa: ARG002
        """Return the endpoint as the agent has it."""
        client = restored_agent(site)
        status = client.get_endpoint(resource_id) if client else None
        return _made(resource_id, status) if status else None

    def drift(self, resource_id: str, inputs: Values, site: Site) -> Sequence[str]:
        """Miss an endpoint that the agent has lost."""
        return () if self.read(resource_id, inputs, site) else ("live",)

    def update(self, resource_id: str, inputs: Values, site: Site) -> Made:  # noqa: ARG002
        """Change limits in place; requests go on."""
        return self.create(inputs, site)

    def delete(self, resource_id: str, inputs: Values, site: Site) -> None:  # noqa: ARG002
        """Close the port; the last endpoint takes the agent with it."""
        if client := restored_agent(site):
            client.delete_endpoint(resource_id)


def _request(inputs: Values) -> EndpointRequest:
    return EndpointRequest.from_json(
        {
            **{k: v for k, v in inputs.items() if k not in {"name", "endpoint", "fixed_port"}},
            "port": inputs.get("fixed_port"),
        }
    )


def _made(name: str, status: EndpointStatus) -> Made:
    return Made(id=name, outputs={"url": status.url, "key": status.key}, secrets=frozenset({"key"}))
