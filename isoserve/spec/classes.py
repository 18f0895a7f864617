"""What the class of an environment adds to an endpoint that does not say otherwise: the lowest layer."""

from __future__ import annotations

from collections.abc import Mapping

from isoserve.spec.merge import is_map

PROD_REPLICAS = 2
_CAREFUL = {
    "strategy": "canary",
    "steps": [10, 50],
    "bake": "5m",
    "min_requests": 100,
    "abort_on": ["error_rate > 1%"],
}


def class_defaults(class_: object, asked: Mapping[str, object]) -> dict[str, object]:
    """Return the defaults below what is `asked` (all other layers merged, `null` marks kept)."""
    found: dict[str, object] = {}
    if "capture" not in asked and is_map(monitors := asked.get("monitors")) and _watches(monitors):
        found["capture"] = {"sample": "10%"}
    if class_ != "prod":
        return found
    if is_map(asked.get("autoscaling")):
        found["autoscaling"] = {"min_replicas": PROD_REPLICAS}
    else:
        found["replicas"] = PROD_REPLICAS
    rollout = asked.get("rollout", {})
    if is_map(rollout) and rollout.get("strategy", "canary") == "canary":
        found["rollout"] = _CAREFUL
    return found


def _watches(monitors: Mapping[str, object]) -> bool:
    """Return whether some monitor reads captured requests; `retrain` alone reads none."""
    return any(key != "retrain" and value is not None for key, value in monitors.items())
