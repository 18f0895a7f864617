"""A small project on disk, good as it is, that tests change in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from isoserve.errors import Fault, SpecError
from isoserve.spec import ServingSpec, load_serving

SHA = "a" * 64
ENVIRONMENT = """\
isoserve: 1
class: dev
target: local
existing:
  callers: {fraud-api: fraud-api@example}
node_pools: {gpu: {accelerator: {type: l4}, max_nodes: 4}}
defaults: {ready_within: 2m}
enforce: {access: {auth: key}}
"""
SERVICE = f"""\
isoserve: 1
name: fraud
owner: risk-ml
labels: {{cost-center: "4711"}}
models:
  fraud:
    format: sklearn
    versions:
      "1": {{uri: ../../models/fraud/1, sha256: {SHA}}}
endpoints:
  fraud:
    model: fraud
    server: mlserver
    autoscaling: {{min_replicas: 1, max_replicas: 8}}
"""
STACK = """\
config:
  serving:environment: dev
  serving:service: fraud
"""


class Project:
    """The files of one stack, `fraud-dev`; a changed one is written at once."""

    environment = Path("stacks/environments/dev.yaml")
    service = Path("stacks/services/fraud.yaml")
    stack = Path("stacks/Pulumi.fraud-dev.yaml")

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write(self.environment, ENVIRONMENT)
        self.write(self.service, SERVICE)
        self.write(self.stack, STACK)

    def write(self, file: Path, text: str | bytes) -> None:
        """Write one file."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def change(self, file: Path, old: str, new: str) -> None:
        """Replace a text that must be in the file."""
        text = (self.root / file).read_text()
        assert old in text
        self.write(file, text.replace(old, new))

    def add(self, file: Path, text: str) -> None:
        """Append to a file."""
        self.write(file, (self.root / file).read_text() + text)

    def load(self) -> ServingSpec:
        """Load the stack."""
        return load_serving(self.root, "fraud-dev")

    def faults(self, **config: object) -> list[Fault]:
        """Load the stack, which must fail, and return its faults."""
        with pytest.raises(SpecError) as caught:
            load_serving(self.root, "fraud-dev", config=config or None)
        return list(caught.value.faults)

    def fault(self) -> Fault:
        """Load the stack, which must have exactly one fault."""
        faults = self.faults()
        assert len(faults) == 1, "\n".join(map(str, faults))
        return faults[0]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a good project."""
    return Project(tmp_path)


@pytest.fixture
def endpoint_fault(project: Project) -> Callable[[str], Fault]:
    """Return the one fault of an endpoint with these lines added."""

    def fault(lines: str) -> Fault:
        indented = "".join(f"    {line}\n" for line in lines.splitlines())
        project.add(project.service, indented)
        return project.fault()

    return fault
