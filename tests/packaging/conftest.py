"""Builds the distributions once and installs them into bare environments. Holds no test."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def build(kind: str, source: Path, into: Path) -> Path:
    """Build a `wheel` or an `sdist` of `source` with the back end of this environment; no index is asked."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", into, source],
        check=True,
        capture_output=True,
    )
    (made,) = into.iterdir()
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A fresh environment. It sees this one's dependencies behind its own packages, never this checkout."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def run(self, *command: str | Path) -> str:
        """Run a command of this environment away from the checkout; return its output, raise if it fails."""
        env = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=env,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def pip(self, *arguments: str | Path) -> None:
        self.run(sys.executable, "-m", "pip", "--python", self.python, "--no-input", *arguments)

    def install(self, *arguments: str | Path) -> None:
        self.pip("install", "--no-index", "--no-deps", "--no-compile", "--no-build-isolation", *arguments)


def make_environment(folder: Path) -> Installed:
    """An environment without isoserve and without pip; the pip of this one installs into it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    made = Installed(folder=folder)
    ours = next(Path(p) for p in sys.path if p.endswith("site-packages"))
    # a plain path line comes last, and the .pth files in that folder (our editable install) stay unread
    (made.packages / "zz-dependencies.pth").write_text(f"{ours}\n")
    return made


@pytest.fixture
def fresh_environment(tmp_path: Path) -> Installed:
    return make_environment(tmp_path / "env")


@pytest.fixture(scope="session")
def tree_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built straight from this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def sdist_wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the unpacked sdist, as pip does where no wheel is served."""
    source = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(source, filter="data")
    (unpacked,) = source.iterdir()
    return build("wheel", unpacked, tmp_path_factory.mktemp("again"))


@pytest.fixture(params=["tree_wheel", "sdist_wheel"])
def wheel(request: pytest.FixtureRequest) -> Path:
    """Each way to a wheel in turn."""
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def contents(wheel: Path) -> dict[str, int]:
    """The files of a wheel with their permission bits."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: (entry.external_attr >> 16) & 0o777 for entry in archive.infolist()}


@pytest.fixture(scope="module", params=["tree_wheel", "sdist_wheel", "editable"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """isoserve in an environment of its own, installed in each supported way. To be looked at only."""
    environment = make_environment(tmp_path_factory.mktemp("installed") / "env")
    if request.param == "editable":
        environment.install("--editable", ROOT)
    else:
        environment.install(request.getfixturevalue(request.param))
    return environment


@pytest.fixture(scope="session")
def foreign_adapters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in for the public distribution `adapters` 1.3.0, which owns that top-level name too.

    The real one comes from an index, and a test opens no connection. What collides is the name of the
    distribution and of its package, and those are the same here.
    """

    source = tmp_path_factory.mktemp("foreign")
    (source / "adapters" / "base").mkdir(parents=True)
    (source / "adapters" / "__init__.py").write_text("FOREIGN = True\n")
    (source / "adapters" / "base" / "__init__.py").write_text("FOREIGN = True\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "adapters"\nversion = "1.3.0"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["adapters"]\n'
    )
    return build("wheel", source, tmp_path_factory.mktemp("foreign-wheel"))
