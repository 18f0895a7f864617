"""Builds the engine from `toolchain/pulumi` where Go is. Where it is kept is cache.py's business."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from isoserve.engine.cache import Cache, NotObtainedError
from isoserve.engine.version import ENGINE_VERSION

_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_STAMP = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{ENGINE_VERSION}"
_OLDEST_GO = (1, 21)
"""From here on Go understands the toolchain line and fetches a newer Go by itself, where it may."""
_EVERY_S = 10.0
_GO_VERSION = re.compile(r"go(\d+)\.(\d+)")


def build_from_source(cache: Cache, report: Callable[[str], None]) -> None:
    """Fill the cache by `go build`, about 3 minutes on 2 cores. Raises NotObtainedError."""
    go = shutil.which("go")
    if go is None:
        raise NotObtainedError("there is no `go` on PATH")
    _check_go(go)
    with cache.filling() as folder:
        report(f"building the Pulumi engine {ENGINE_VERSION} with {go}: once, about 3 minutes on 2 cores")
        _go_build(go, folder / "pulumi", report)


def toolchain_dir() -> Path:
    """The folder with go.mod: beside this file in an installed package, at the top in a checkout."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "toolchain", here.parents[2] / "toolchain" / "pulumi"):
        if (folder / "go.mod").is_file():
            return folder
    raise NotObtainedError("this installation holds no toolchain/pulumi/go.mod")


def _check_go(go: str) -> None:
    try:
        answer = subprocess.run([go, "version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotObtainedError(f"{go} does not run: {error}") from error
    found = _GO_VERSION.search(answer.stdout)
    if found is None:
        raise NotObtainedError(
            f"{go} does not say its version: {(answer.stderr or answer.stdout).strip()[:200]}"
        )
    if (int(found[1]), int(found[2])) < _OLDEST_GO:
        raise NotObtainedError(f"{go} is {found[0]}, too old; 1.25 or newer is needed")


def _go_build(go: str, binary: Path, report: Callable[[str], None]) -> None:
    command = [go, "build", "-mod=readonly", "-trimpath", "-ldflags", _STAMP, "-o", str(binary), _PACKAGE]
    env = {**os.environ, "GOWORK": "off", "CGO_ENABLED": "0"}
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(  # noqa: S603 - the user's Go with our own arguments
            command, cwd=toolchain_dir(), env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            while (code := _wait(process)) is None:
                report(f"building the Pulumi engine: {time.monotonic() - began:.0f} s")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        said.seek(0)
        text = said.read().strip()
    if code != 0:
        raise NotObtainedError(f"`go build` failed: {_last_words(text)}")


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_EVERY_S)
    except subprocess.TimeoutExpired:
        return None


def _last_words(text: str) -> str:
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith("go: downloading")
    ]
    return " / ".join(lines[-3:])[:500] if lines else "it said nothing"
