"""Finding or getting an engine: against a release server, a Go and a pulumi of the test's own."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from isoserve.engine import locate_engine
from isoserve.engine.cache import Cache
from isoserve.engine.release import _archive_name
from isoserve.engine.version import ENGINE_VERSION
from isoserve.errors import EngineError

WORKING = f"#!/bin/sh\necho v{ENGINE_VERSION}\n"


class Releases:
    """A release server on loopback; `files` may be changed by the test, `asked` says what was fetched."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.asked: list[str] = []
        releases = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.lstrip("/")
                releases.asked.append(name)
                body = releases.files.get(name)
                if body is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if name in releases.cut else body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def publish(self, pulumi: str = WORKING) -> None:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for name in ("pulumi", "pulumi-language-python", "pulumi-language-nodejs"):
                info = tarfile.TarInfo(f"pulumi/{name}")
                info.size, info.mode = len(pulumi), 0o755
                archive.addfile(info, io.BytesIO(pulumi.encode()))
        self.files[_archive_name()] = stream.getvalue()
        self.state(hashlib.sha256(stream.getvalue()).hexdigest())

    def state(self, digest: str) -> None:
        line = f"{digest}  {_archive_name()}\n{'0' * 64}  pulumi-v{ENGINE_VERSION}-windows-x64.zip\n"
        self.files[f"pulumi-{ENGINE_VERSION}-checksums.txt"] = line.encode()


@pytest.fixture
def releases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    releases = Releases()
    thread = threading.Thread(target=releases.server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("ISOSERVE_ENGINE_URL", releases.url)
    yield releases
    releases.server.shutdown()
    thread.join()
    releases.server.server_close()


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only folder on PATH, empty; the cache is empty too and nothing else can be reached."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("ISOSERVE_ENGINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ISOSERVE_ENGINE", raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return folder


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def fake_go(path: Path, build: str, version: str = "go1.25.8") -> None:
    """A Go whose `build` runs the shell lines; $out is the file to make."""
    find_out = 'while [ "$1" != "-o" ]; do shift; done; out="$2"'
    case = (
        f'case "$1" in version) echo "go version {version} linux/amd64";; build) {find_out}; {build};; esac'
    )
    program(path / "go", f"#!/bin/sh\n{case}\n")


def test_a_stated_engine_wins(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path / "pulumi", WORKING)
    stated = program(tmp_path / "mine" / "pulumi", "#!/bin/sh\necho v3.300.1\n")
    monkeypatch.setenv("ISOSERVE_ENGINE", str(stated))

    found = locate_engine()

    assert (found.path, found.version, found.how) == (stated, "3.300.1", "ISOSERVE_ENGINE")


def test_a_stated_engine_that_does_not_run_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path / "pulumi", WORKING)
    monkeypatch.setenv("ISOSERVE_ENGINE", str(path / "nothing"))

    with pytest.raises(EngineError, match=r"ISOSERVE_ENGINE=.*nothing: cannot be read"):
        locate_engine()


def test_a_new_enough_one_on_path_is_used(path: Path, releases: Releases) -> None:
    pulumi = program(path / "pulumi", WORKING)

    found = locate_engine()

    assert (found.path, found.how) == (pulumi, "PATH")
    assert releases.asked == []


def test_its_version_is_asked_once(path: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    program(path / "pulumi", f"#!/bin/sh\necho again >> {asked}\necho v{ENGINE_VERSION}\n")

    for _ in range(3):
        locate_engine()

    assert asked.read_text() == "again\n"


@pytest.mark.parametrize("version", ["v3.245.9", "v2.300.0", "v4.0.0"])
def test_one_on_path_that_does_not_fit_is_passed_over(path: Path, releases: Releases, version: str) -> None:
    program(path / "pulumi", f"#!/bin/sh\necho {version}\n")
    releases.publish()

    assert locate_engine().how == "release"


def test_the_release_is_verified_kept_and_found_again(path: Path, tmp_path: Path, releases: Releases) -> None:
    releases.publish()
    said = list[str]()

    first, second = locate_engine(report=said.append), locate_engine()

    home = tmp_path / "cache" / ENGINE_VERSION
    assert (first.how, second.how) == ("release", "cache")
    assert first.path == second.path == home / "bin" / "pulumi"
    assert sorted(file.name for file in (home / "bin").iterdir()) == ["pulumi", "pulumi-language-python"]
    assert len(releases.asked) == 2
    assert any("downloading" in line for line in said)


def test_two_at_once_download_once(path: Path, releases: Releases) -> None:
    releases.publish()
    found = list[str]()
    threads = [threading.Thread(target=lambda: found.append(locate_engine().how)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == ["cache", "release"]
    assert releases.asked.count(_archive_name()) == 1


def _wrong_sum(releases: Releases) -> None:
    releases.state("ab" * 32)


def _cut_off(releases: Releases) -> None:
    releases.cut.add(_archive_name())


def _absent(releases: Releases) -> None:
    del releases.files[_archive_name()]


def _unlisted(releases: Releases) -> None:
    releases.files[f"pulumi-{ENGINE_VERSION}-checksums.txt"] = b"\n"


def _not_an_archive(releases: Releases) -> None:
    releases.files[_archive_name()] = b"not gzip"
    releases.state(hashlib.sha256(b"not gzip").hexdigest())


def _does_not_run(releases: Releases) -> None:
    releases.publish("#!/bin/sh\nexit 3\n")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_wrong_sum, "the publisher states abab"),
        (_cut_off, "broke off after|IncompleteRead"),
        (_absent, "answers 404"),
        (_unlisted, "states no checksum for"),
        (_not_an_archive, "cannot be unpacked"),
        (_does_not_run, "version` failed"),
    ],
)
def test_a_bad_release_is_never_kept(path: Path, releases: Releases, spoil, reason: str) -> None:
    releases.publish()
    spoil(releases)

    with pytest.raises(EngineError, match=reason):
        locate_engine()

    assert not Cache.of_this_user().home.exists()
    assert not list(Cache.of_this_user().root.glob(f".{ENGINE_VERSION}.*"))


def test_go_builds_where_there_is_no_release(path: Path, releases: Releases) -> None:
    fake_go(path, f"printf '#!/bin/sh\\necho v{ENGINE_VERSION}\\n' > \"$out\"")
    said = list[str]()

    found = locate_engine(report=said.append)

    assert (found.how, found.version) == ("build", ENGINE_VERSION)
    assert any("building the Pulumi engine" in line for line in said)


@pytest.mark.parametrize(
    ("build", "version", "reason"),
    [
        ("echo 'go: no such module' >&2; exit 1", "go1.25.8", "go: no such module"),
        ("true", "go1.25.8", "it holds no `pulumi`"),
        ("true", "go1.19.2", "go1.19, too old"),
    ],
)
def test_a_failed_build_is_never_kept(
    path: Path, releases: Releases, build: str, version: str, reason: str
) -> None:
    fake_go(path, build, version)

    with pytest.raises(EngineError, match=reason):
        locate_engine()

    assert not Cache.of_this_user().home.exists()


def test_a_broken_cache_is_replaced(path: Path, tmp_path: Path, releases: Releases) -> None:
    program(tmp_path / "cache" / ENGINE_VERSION / "bin" / "pulumi", "#!/bin/sh\nexit 1\n")
    releases.publish()

    assert locate_engine().how == "release"


def test_the_error_names_every_way_and_the_fix(path: Path, releases: Releases) -> None:
    program(path / "pulumi", "#!/bin/sh\necho v3.100.0\n")

    with pytest.raises(EngineError) as caught:
        locate_engine()

    lines = str(caught.value).splitlines()
    ways = [line.split(":")[0].strip(" -") for line in lines if line.startswith("  - ")]
    assert ways[0] == "ISOSERVE_ENGINE"
    assert ways[1].startswith("`pulumi` on PATH")
    assert ways[2].startswith("cache ")
    assert ways[3] == f"official release {ENGINE_VERSION}"
    assert ways[4] == f"build of {ENGINE_VERSION} by Go"
    assert "is version 3.100.0; isoserve needs" in lines[2]
    assert "there is no `go` on PATH" in lines[5]
    assert "curl -fsSL https://get.pulumi.com" in str(caught.value)


def test_an_unwritable_cache_is_a_clear_error(path: Path, tmp_path: Path, releases: Releases) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")

    with pytest.raises(EngineError, match=r"cache.*cannot be written"):
        locate_engine()
