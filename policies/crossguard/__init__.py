"""How CrossGuard runs the rules: one policy a strictness, since it unpacks a resource for each."""

from __future__ import annotations
