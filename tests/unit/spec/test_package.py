"""The package's door: its public names, and what importing it must not cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from isoserve import spec

CLOUD_WORDS = ("sagemaker", "vertex", "azure", "boto", "kubectl")


def test_public_names_are_there_and_sorted() -> None:
    assert list(spec.__all__) == sorted(spec.__all__)
    assert all(hasattr(spec, name) for name in spec.__all__)


def test_importing_it_loads_neither_engine_nor_terminal() -> None:
    heavy = ("pulumi", "rich", "typer", "aiohttp")
    probe = f"import sys, isoserve.spec; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_cloud_is_named() -> None:
    files = sorted(Path(spec.__file__).parent.glob("*.py"))
    assert len(files) > 20
    named = [(file.name, word) for file in files for word in CLOUD_WORDS if word in file.read_text().lower()]
    assert named == []
