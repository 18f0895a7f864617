"""What `pulumi up` and `isoserve up` run: one service in one environment. Holds no settings."""

from __future__ import annotations

from pathlib import Path

import pulumi

from isoserve.components import ModelServing
from isoserve.spec import load_serving

stack = pulumi.get_stack()
config = pulumi.Config("serving")
spec = load_serving(
    Path(__file__).resolve().parents[1],
    stack,
    config={
        "environment": config.get("environment"),
        "service": config.get("service"),
        "pins": config.get_object("pins"),
        "overrides": config.get_object("overrides"),
    },
)
serving = ModelServing(spec.service.name, spec)
pulumi.export("endpoints", serving.endpoints)
