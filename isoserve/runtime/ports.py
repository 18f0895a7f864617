"""Choosing TCP ports on 127.0.0.1. Holds none open."""

from __future__ import annotations

import random
import socket
from collections.abc import Container

from isoserve.errors import AgentError
from isoserve.runtime.processes import port_holder

ENDPOINT_PORTS = range(18100, 19000)
"""Below the ports a system hands out by itself (32768 on Linux, 49152 elsewhere)."""
PORT = "native.local.port"
"""Where a spec states the port of an endpoint."""
REPLICA_PORTS = range(20000, 30000)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


class Claims:
    """Endpoint ports that this agent has spoken for, as every agent of the machine sees them.

    Two gateways that open one port at the same moment would both go on, and one stay silent. What is held
    is the UDP port of the same number: nobody else uses it, it leaves no file, and ends with the process.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def __contains__(self, port: int) -> bool:
        return port in self._held

    def take(self, port: int) -> bool:
        """Claim a port; False where another agent has."""
        if port in self._held:
            return True
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            return False
        self._held[port] = claim
        return True

    def drop(self, port: int) -> None:
        """Give a port back."""
        if (claim := self._held.pop(port, None)) is not None:
            claim.close()


def endpoint_port(wanted: int | None, claims: Claims) -> int:
    """Claim the port of a new endpoint: the one asked for, or the first free one. Raises AgentError."""
    if wanted is not None:
        if wanted in claims:
            raise AgentError(f"port {wanted} belongs to another endpoint", at=PORT, fix="choose another port")
        if not (is_free(wanted) and claims.take(wanted)):
            holder = port_holder(wanted)
            by = f" by {holder}" if holder else ""
            raise AgentError(f"port {wanted} is taken{by}", at=PORT, fix="end it, or choose another port")
        return wanted
    for port in ENDPOINT_PORTS:
        if port not in claims and is_free(port) and claims.take(port):
            return port
    what = f"no free port in {ENDPOINT_PORTS.start}-{ENDPOINT_PORTS.stop - 1}"
    raise AgentError(what, at=PORT, fix="state a port, or end what holds them")


def replica_port(reserved: Container[int]) -> int:
    """A free port for a replica; drawn, so that two agents seldom draw the same. Raises AgentError."""
    start = random.randrange(len(REPLICA_PORTS))  # noqa: S311 - a draw, no secret
    for offset in range(len(REPLICA_PORTS)):
        port = REPLICA_PORTS[(start + offset) % len(REPLICA_PORTS)]
        if port not in reserved and is_free(port):
            return port
    what = f"no free port in {REPLICA_PORTS.start}-{REPLICA_PORTS.stop - 1}"
    raise AgentError(what, at="replicas", fix="ask for fewer replicas, or end what holds the ports")
