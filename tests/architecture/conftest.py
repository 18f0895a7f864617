"""The product's own Python files, parsed once for all architecture tests."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("adapters", "components", "policies", "isoserve", "stacks", "examples")
LINKS = ("isoserve/adapters", "isoserve/components", "isoserve/policies")


@pytest.fixture(scope="session")
def product() -> Mapping[str, str]:
    """Path in the repository → text, of every Python file that users get; links are not followed."""
    found = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in path.parts
    }
    return {
        path: text for path, text in found.items() if not path.startswith(tuple(f"{link}/" for link in LINKS))
    }


@pytest.fixture(scope="session")
def trees(product: Mapping[str, str]) -> Mapping[str, ast.Module]:
    """Path → parsed file."""
    return {path: ast.parse(text, filename=path) for path, text in product.items()}
