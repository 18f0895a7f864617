"""Every bad input of a user's files through the command line: a clear error, and nothing made."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

SERVICE = "stacks/services/echo.yaml"
ENVIRONMENT = "stacks/environments/local.yaml"
STACK = "stacks/Pulumi.dev.yaml"


def swap(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace one text in one file."""

    def change(root: Path) -> None:
        text = (root / file).read_text()
        assert old in text, f"{old!r} is not in {file}"
        (root / file).write_text(text.replace(old, new, 1))

    return change


def put(file: str, text: str) -> Callable[[Path], None]:
    """Append to one file."""
    return lambda root: (root / file).write_text((root / file).read_text() + text)


def link_to_itself(root: Path) -> None:
    (root / SERVICE).unlink()
    (root / SERVICE).symlink_to("echo.yaml")


def no_right_to_read(root: Path) -> None:
    (root / SERVICE).unlink()
    (root / SERVICE).mkdir()


def ten_megabytes(root: Path) -> None:
    (root / SERVICE).write_text("# " + "x" * (10 << 20) + "\n" + (root / SERVICE).read_text())


def alias_bomb(root: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (root / SERVICE).write_text("\n".join(levels) + "\n")


def add_endpoint(name: str) -> Callable[[Path], None]:
    return put(
        SERVICE, f"  {name}:\n    model: echo\n    server: {{kind: custom, command: [x, '{{port}}']}}\n"
    )


CASES: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "unknown key": (
        swap(SERVICE, "ready_within:", "ready_wihtin:"),
        ("ready_wihtin", "ready_within", "echo.yaml:16"),
    ),
    "wrong unit": (swap(SERVICE, "20s", "20 parsecs"), ("20 parsecs", "ready_within")),
    "min above max": (swap(SERVICE, "max_replicas: 1", "max_replicas: 0"), ("max_replicas", "0")),
    "name with unicode": (swap(SERVICE, "name: echo", "name: écho"), ("écho", "name")),
    "name too long": (add_endpoint("e" * 90), ("eeee", "characters")),
    "endpoint of no model": (swap(SERVICE, "model: echo", "model: ehco"), ("ehco", "echo")),
    "endpoint in no pool": (swap(SERVICE, "    model: echo", "    pool: gpus\n    model: echo"), ("gpus",)),
    "pin of no version": (swap(STACK, '"1"', '"7"'), ("'7'", "1, 2", "Pulumi.dev.yaml:5")),
    "no such service": (swap(STACK, "service: echo", "service: eco"), ("eco", "echo")),
    "no such environment": (swap(STACK, "environment: local", "environment: locl"), ("locl", "local")),
    "no such target": (
        swap(ENVIRONMENT, "target: local", "target: locla"),
        ("locla", "did you mean 'local'?", "local.yaml:3"),
    ),
    "target without adapter": (swap(ENVIRONMENT, "target: local", "target: vertex"), ("vertex",)),
    "what the target has not": (
        swap(SERVICE, "max_replicas: 1}", "max_replicas: 3}"),
        ("autoscaling", "local"),
    ),
    "duplicate key": (put(SERVICE, "owner: somebody\n"), ("owner", "lines 3 and 19")),
    "colliding names": (add_endpoint("echo"), ("echo",)),
    "not yaml": (put(SERVICE, "  {{{\n"), ("echo.yaml:",)),
    "alias bomb": (alias_bomb, ("alias",)),
    "ten megabytes": (ten_megabytes, ("MiB",)),
    "link to itself": (link_to_itself, ("echo.yaml",)),
    "not a file": (no_right_to_read, ("echo.yaml",)),
    "artifact missing": (swap(SERVICE, "models/echo/1,", "models/echo/9,"), ("models/echo/9", "missing")),
    "artifact outside": (
        swap(SERVICE, "../../models/echo/1,", "../../../elsewhere,"),
        ("elsewhere", "project"),
    ),
    "checksum differs": (
        lambda root: (root / "models/echo/1/version").write_text("0"),
        ("checksum", "stated"),
    ),
    "wrong format": (swap(SERVICE, "format: custom", "format: sklearn"), ("scikit-learn", "model.joblib")),
    "secret in clear": (
        swap(SERVICE, "kind: custom", "kind: custom\n      secrets: {TOKEN: hunter2secret}"),
        ("TOKEN",),
    ),
}


@pytest.mark.parametrize("case", CASES, ids=[name.replace(" ", "-") for name in CASES])
def test_is_refused_and_makes_nothing(echo, case: str) -> None:
    spoil, words = CASES[case]
    spoil(echo.root)
    failed = echo.run("up", "-s", "dev")
    said = failed.stdout + failed.stderr
    assert failed.returncode == 3, said
    for word in words:
        assert word in said
    assert "Traceback" not in said
    assert "hunter2secret" not in said
    assert echo.processes() == []
    assert not (echo.root / ".isoserve" / "local").exists()


def test_all_faults_come_at_once(echo) -> None:
    for case in ("unknown key", "wrong unit", "endpoint of no model"):
        CASES[case][0](echo.root)
    said = echo.run("up", "-s", "dev").stderr
    assert "ready_wihtin" in said
    assert "ehco" in said


def test_unreadable_artifact(echo) -> None:
    if os.geteuid() == 0:
        # root reads everything: the nearest is a file that is none
        (echo.root / "models/echo/1/version").unlink()
        os.mkfifo(echo.root / "models/echo/1/version")
    else:
        (echo.root / "models/echo/1/version").chmod(0)
    failed = echo.run("up", "-s", "dev")
    assert failed.returncode == 3
    assert "version" in failed.stderr


def test_taken_port_names_its_holder(echo) -> None:
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        put(SERVICE, f"    native: {{local: {{port: {port}}}}}\n")(echo.root)
        failed = echo.run("up", "-s", "dev")
    assert failed.returncode == 5
    assert str(port) in failed.stderr
    assert str(os.getpid()) in failed.stderr or Path(sys.executable).name in failed.stderr
    assert "Traceback" not in failed.stderr


def test_wrong_passphrase_changes_nothing(echo) -> None:
    echo.up()
    state = next((echo.root / ".isoserve" / "state").glob(".pulumi/stacks/**/dev.json"))
    before = state.read_bytes()
    other = type(echo)(root=echo.root, stack="dev", env={**echo.env, "PULUMI_CONFIG_PASSPHRASE": "wrong"})
    failed = other.run("up", "-s", "dev")
    assert failed.returncode not in (0, 1)
    assert "passphrase" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert state.read_bytes() == before


def test_two_ups_at_once(echo, eventually) -> None:
    service = echo.root / SERVICE
    slow = echo.root / "models/echo/1/server.py"
    from isoserve.runtime.artifacts import tree_sha256

    before = tree_sha256(slow.parent)
    slow.write_text("import time; time.sleep(8)\n" + slow.read_text())
    service.write_text(service.read_text().replace(before, tree_sha256(slow.parent)))
    first = echo.start("up", "-s", "dev")
    try:
        locks = echo.root / ".isoserve" / "state"
        eventually(lambda: list(locks.glob("**/locks/**/*.json")), within_s=20)
        second = echo.run("up", "-s", "dev")
        assert second.returncode == 6, second.stderr
        assert "Traceback" not in second.stderr
    finally:
        said, _ = first.communicate(timeout=60)
    assert first.returncode == 0, said
