"""What the documents say is true: links, commands, make targets, spec examples. Not how they read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isoserve.cli.app import COMMANDS
from isoserve.spec import load_serving, stack_names

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
CHANGE = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md")

FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]+)")
SPEC_FILE = re.compile(r"# (?P<path>stacks/[\w./-]+\.yaml)\b")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def code_of(document: Path) -> list[str]:
    """Every line a reader may type: fenced shell blocks and inline code."""
    text = document.read_text()
    shell = [m["text"] for m in FENCE.finditer(text) if m["language"] in {"", "console", "sh", "bash"}]
    return [*"\n".join(shell).splitlines(), *CODE.findall(FENCE.sub("", text))]


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@documents
def test_links_lead_somewhere(document: Path) -> None:
    paths = LINK.findall(FENCE.sub("", document.read_text()))
    assert [path for path in paths if not (document.parent / path).exists()] == []


@documents
def test_commands_exist(document: Path) -> None:
    said = {
        word
        for line in code_of(document)
        for word in re.findall(r"(?:^|[\s/(])isoserve ([a-z][a-z-]+)\b", line.split(" #")[0])
    }
    assert said - set(COMMANDS) == set()


@documents
def test_make_targets_exist(document: Path) -> None:
    said = {word for line in code_of(document) for word in re.findall(r"^(?:\$ )?make ([a-z][a-z-]*)", line)}
    assert said - makefile_targets() == set()


@documents
def test_documents_name_no_machine_and_no_registry(document: Path) -> None:
    hosts = ["python" + "hosted.org", "py" + "pi.org/simple", "proxy.go" + "lang", "registry.npm" + "js"]
    text = document.read_text()
    assert [host for host in hosts if host in text] == []
    assert re.findall(r"(?<![\w.])/(?:root|work|home)/\w+", text) == []


def test_readme_spec_examples_load(tmp_path: Path) -> None:
    examples = {
        found["path"]: block["text"]
        for block in FENCE.finditer((ROOT / "README.md").read_text())
        if block["language"] == "yaml" and (found := SPEC_FILE.match(block["text"]))
    }
    for path, text in examples.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    stacks = stack_names(tmp_path) if examples else []
    assert bool(stacks) == bool(examples), "the README shows spec files but no stack that uses them"
    assert [load_serving(tmp_path, stack).stack for stack in stacks] == stacks


def test_every_committed_stack_loads() -> None:
    stacks = [stack for stack in stack_names(ROOT) if stack != "demo"]
    assert "digits-local" in stacks
    assert [load_serving(ROOT, stack).stack for stack in stacks] == stacks


def test_decisions_are_numbered_indexed_and_short() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    assert [int(adr.name[:4]) for adr in ADRS] == list(range(1, len(ADRS) + 1))
    assert [adr.name for adr in ADRS if f"]({adr.name})" not in index] == []
    assert [adr.name for adr in ADRS if len(adr.read_text().splitlines()) > 60] == []


@pytest.mark.parametrize("adr", ADRS, ids=lambda path: path.stem)
def test_a_decision_has_all_its_parts(adr: Path) -> None:
    heads = re.findall(r"^## (\w+)$", adr.read_text(), re.MULTILINE)
    assert heads == ["Context", "Decision", "Consequences", "Measured"]
    assert re.search(r"^Status: (accepted|replaced by \d{4})$", adr.read_text(), re.MULTILINE)


def test_change_notes_are_named_and_short() -> None:
    notes = [note for note in (ROOT / "docs" / "changes").iterdir() if note.name != "README.md"]
    assert [note.name for note in notes if not CHANGE.fullmatch(note.name)] == []
    assert [note.name for note in notes if not 1 <= len(note.read_text().splitlines()) <= 3] == []
