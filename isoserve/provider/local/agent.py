"""How the plugin reaches the agent of a state folder. Holds no resource."""

from __future__ import annotations

import sys
from pathlib import Path

from isoserve.provider.kind import Site
from isoserve.runtime.client import AgentClient

STATE_DIR = "stateDir"
"""The provider's setting: the agent's folder, relative to the project."""


def state_dir(site: Site) -> Path:
    """Return the agent's folder."""
    return site.path(STATE_DIR)


def agent(site: Site) -> AgentClient:
    """Return the agent, started if need be."""
    return AgentClient.connect(state_dir(site), start=True, python=sys.executable)


def restored_agent(site: Site) -> AgentClient | None:
    """Return the agent, restored if it ended; None when its folder holds nothing to restore."""
    return agent(site) if (state_dir(site) / "state.json").exists() else None
