"""Files that are missing, unreadable, not text or too large are faults with their place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from isoserve.errors import SpecError
from isoserve.spec import load_serving


def test_no_such_environment_lists_what_there_is(project) -> None:
    project.write(Path("stacks/environments/prod.yaml"), "")
    project.change(project.stack, "environment: dev", "environment: dve")
    fault = project.fault()
    assert fault.what == "no environment 'dve': stacks/environments/dve.yaml does not exist; known: dev, prod"
    assert fault.at == "stacks/Pulumi.fraud-dev.yaml:2 serving:environment"
    assert fault.fix == "did you mean 'dev'?"


def test_both_missing_files_are_told(project) -> None:
    project.change(project.stack, "environment: dev", "environment: a")
    project.change(project.stack, "service: fraud", "service: b")
    assert [fault.what.split(":")[0] for fault in project.faults()] == [
        "no environment 'a'",
        "no service 'b'",
    ]


def test_no_such_stack(project) -> None:
    with pytest.raises(SpecError) as caught:
        load_serving(project.root, "fraud-dve")
    assert "known: fraud-dev" in str(caught.value)
    assert "did you mean 'fraud-dev'?" in str(caught.value)


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\0b", "x" * 300, "a\nb"])
def test_a_stack_name_never_leaves_its_folder(project, name: str) -> None:
    with pytest.raises(SpecError, match="not the name of a stack"):
        load_serving(project.root, name)


def test_a_folder_without_stacks(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there are none"):
        load_serving(tmp_path, "dev")


def test_a_loop_of_links(project) -> None:
    path = project.root / project.service
    path.unlink()
    path.symlink_to(path)
    fault = project.fault()
    assert fault.what == "service 'fraud' cannot be read: its links form a loop"
    assert fault.at.startswith("stacks/Pulumi.fraud-dev.yaml:3")


def test_a_dangling_link_is_missing(project) -> None:
    path = project.root / project.service
    path.unlink()
    path.symlink_to("nowhere.yaml")
    assert "does not exist" in project.fault().what


def test_a_folder_or_pipe_is_no_file(project) -> None:
    path = project.root / project.service
    path.unlink()
    path.mkdir()
    assert "is not a file" in project.fault().what
    path.rmdir()
    os.mkfifo(path)
    assert "is not a file" in project.fault().what


def test_a_file_that_cannot_be_read(project, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "fraud.yaml":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert project.fault().what == "service 'fraud' cannot be read: permission denied"


@pytest.mark.parametrize("content", [b"isoserve: 1\nowner: \xe9\n", b"\xff\xfei\x00"])
def test_not_utf8(project, content: bytes) -> None:
    project.write(project.service, content)
    fault = project.fault()
    assert "is not UTF-8 text: byte 0x" in fault.what
    assert fault.at == f"stacks/services/fraud.yaml:{2 if content.startswith(b'i') else 1}"


def test_a_byte_order_mark_and_crlf_are_read(project) -> None:
    text = (project.root / project.service).read_text()
    project.write(project.service, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert project.load().service.owner == "risk-ml"


def test_a_large_file_is_refused_unread(project) -> None:
    with (project.root / project.service).open("wb") as file:
        file.truncate(10 * 1024**2)
    fault = project.fault()
    assert fault.what == "stacks/services/fraud.yaml is too large: 10.0 MiB, at most 8 MiB"
    assert "split" in fault.fix


def test_a_link_out_of_the_project_is_no_artifact(project) -> None:
    (project.root / "models").mkdir()
    (project.root / "models/fraud").symlink_to("/etc")
    assert "leaves the project" in project.fault().what


def test_a_link_inside_the_project_is_followed(project) -> None:
    (project.root / "models/real").mkdir(parents=True)
    (project.root / "models/fraud").symlink_to("real")
    assert project.load().artifact_path("fraud", "1") == project.root / "models/fraud/1"
