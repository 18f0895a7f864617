"""The pack that the engine runs. The folder holds no other module: it comes first on the pack's path."""

from __future__ import annotations

from pulumi_policy import PolicyPack

from isoserve.policies.crossguard.dispatch import resource_policies

PolicyPack("isoserve", policies=resource_policies())
