"""Where a part comes from: PATH in a fitting version, the publisher if it answers, else a build."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sg_integration.sandbox.toolchain.download import Publishers, Unavailable, fetch_url
from sg_integration.sandbox.toolchain.parts import PARTS, Part, Release, parse_version
from sg_integration.sandbox.toolchain.search_path import find_on_path
from tests.sandbox.toolchain_fakes import FakeGo, FakeNetwork, archive, program, sha256, toolchain

ETCD = PARTS["etcd"]
RELEASE = Release("https://example.org/v1/etcd-v1.tar.gz", "https://example.org/v1/SHA256SUMS", folder="etcd-v1")
CONTENT = archive({"etcd-v1/etcd": b"the real etcd", "etcd-v1/README": b"", "../evil": b""})
SUMS = f"{'0' * 64}  other.tar.gz\n{sha256(CONTENT)}  etcd-v1.tar.gz\n".encode()
PUBLISHED = {RELEASE.url: CONTENT, RELEASE.checksums: SUMS}


def search(part: Part, *path: Path) -> tuple[bool, str]:
    """Whether a part is found in these directories, and what is said of it."""
    found, said = find_on_path(part, {"PATH": ":".join(map(str, path))}, besides=Path("/nowhere"))
    return found is not None, said


@pytest.mark.parametrize("says", ["etcd Version: 3.5.0", "etcd Version: 3.7.3\nGit SHA: 1", "etcd Version: 3.30.1"])
def test_a_fitting_etcd_on_path_is_taken(tmp_path: Path, says: str) -> None:
    """An etcd of at least 3.5 on PATH is used as it is, and its version is told."""
    program(tmp_path, "etcd", says)
    version = says.split(": ")[1].split("\n", maxsplit=1)[0]

    assert search(ETCD, tmp_path) == (True, version)


@pytest.mark.parametrize("says", ["etcd Version: 3.4.30", "etcd Version: 4.0.0", "nonsense", ""])
def test_another_etcd_on_path_is_left(tmp_path: Path, says: str) -> None:
    """An etcd that is too old, of another major version or of no known version is not used, and the reason is told."""
    program(tmp_path, "etcd", says)
    found, said = search(ETCD, tmp_path)

    assert not found
    assert "not 3.5.0 or a newer 3.x" in said


def test_a_program_that_crashes_is_left(tmp_path: Path) -> None:
    """A program that cannot even tell its version is not used."""
    program(tmp_path, "etcd").write_text("#!/bin/sh\necho etcd Version: 3.7.3\nexit 1\n")

    assert not search(ETCD, tmp_path)[0]


def test_pulumi_without_its_language_host_is_left(tmp_path: Path) -> None:
    """A `pulumi` on PATH counts only with the Python language host and its scripts, which may lie elsewhere on PATH."""
    cli, hosts = tmp_path / "cli", tmp_path / "hosts"
    program(cli, "pulumi", "v3.260.1")
    alone = search(PARTS["pulumi"], cli)
    for name in PARTS["pulumi"].executables[1:]:
        program(hosts, name)
    together = search(PARTS["pulumi"], cli, hosts)

    assert alone == (False, "pulumi is on PATH without pulumi-language-python")
    assert together == (True, "3.260.1")


def test_the_cache_on_path_is_not_the_users_own(tmp_path: Path) -> None:
    """The cache's own directory on PATH is skipped, and so is a link into it; what comes after it is found."""
    cached, linked, own = tmp_path / "cache/bin", tmp_path / "linked", tmp_path / "own"
    program(cached, "etcd", "etcd Version: 3.7.3")
    linked.mkdir()
    (linked / "etcd").symlink_to(cached / "etcd")
    path = f"{cached}:{linked}"
    without, _ = find_on_path(ETCD, {"PATH": path}, besides=tmp_path / "cache")
    program(own, "etcd", "etcd Version: 3.6.1")
    behind, _ = find_on_path(ETCD, {"PATH": f"{path}:{own}"}, besides=tmp_path / "cache")

    assert without is None
    assert behind == {"etcd": own / "etcd"}


def test_versions_compare_as_numbers() -> None:
    """A version is read out of any text, and 3.30 is newer than 3.5."""
    assert parse_version("pulumi v3.259.0-alpha.1+dirty") == (3, 259, 0)
    assert parse_version("none") is None
    assert ETCD.fits((3, 30, 0))
    assert not ETCD.fits((3, 4, 99))


def publish(tmp_path: Path, content: dict[str, bytes]) -> Path:
    """Download the release with that content published; the directory that receives the executables."""
    into = tmp_path / "into"
    into.mkdir()
    publishers = Publishers(FakeNetwork(content), off=False)
    checksum = publishers.checksum(RELEASE, tmp_path)
    publishers.download(ETCD, RELEASE, checksum, into=into, scratch=tmp_path)
    return into


def test_a_download_is_unpacked(tmp_path: Path) -> None:
    """A download whose checksum is right gives the part's executables, and nothing else of the archive."""
    into = publish(tmp_path, PUBLISHED)

    assert {path.name: path.read_bytes() for path in into.iterdir()} == {"etcd": b"the real etcd"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({RELEASE.url: CONTENT + b"x"}, "does not match its publisher's checksum"),
        ({RELEASE.url: CONTENT[:-9]}, "does not match its publisher's checksum"),
        ({RELEASE.checksums: b"<html>please log in</html>"}, "names no checksum of etcd-v1.tar.gz"),
        ({RELEASE.checksums: f"{'0' * 64}  another.tar.gz".encode()}, "names no checksum of etcd-v1.tar.gz"),
    ],
)
def test_a_download_that_is_not_what_it_should_be_is_not_used(
    tmp_path: Path, change: dict[str, bytes], why: str
) -> None:
    """A changed or cut-off archive, and a checksum file that is none, leave nothing behind."""
    with pytest.raises(Unavailable, match=why):
        publish(tmp_path, PUBLISHED | change)

    assert not list((tmp_path / "into").iterdir())


def test_an_archive_without_the_executable_is_not_used(tmp_path: Path) -> None:
    """An archive that lacks the executable, checksum or not, is told and not used."""
    content = archive({"elsewhere/etcd": b""})
    sums = f"{sha256(content)}  etcd-v1.tar.gz".encode()

    with pytest.raises(Unavailable, match="does not contain etcd-v1/etcd"):
        publish(tmp_path, {RELEASE.url: content, RELEASE.checksums: sums})


def test_a_silent_publisher_is_asked_once(tmp_path: Path) -> None:
    """A publisher that does not answer for one part is not asked again for the next."""
    network = FakeNetwork()
    publishers = Publishers(network, off=False)
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"example\.org does not answer: no route"):
            publishers.checksum(RELEASE, tmp_path)

    assert network.asked == [RELEASE.checksums]


def test_an_address_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """A server that accepts and says nothing, and a port where nobody listens, are given up within the time allowed."""

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(2)

    with HTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(OSError, match="no answer within"):
            fetch_url(f"http://127.0.0.1:{server.server_port}/", tmp_path / "x", within=0.3)
        took = time.monotonic() - began
    with pytest.raises(OSError, match="refused"):
        fetch_url(f"http://127.0.0.1:{server.server_port}/", tmp_path / "x", within=3)

    assert took < 1.5


@pytest.mark.parametrize("name", PARTS)
def test_releases_are_official_and_versioned(name: str) -> None:
    """Whatever can be downloaded comes by HTTPS from its publisher, in the pinned version, with its checksum beside it."""
    release = PARTS[name].release
    if release is not None:
        official = ("https://github.com/pulumi/pulumi/", "https://github.com/etcd-io/etcd/", "https://dl.k8s.io/")
        assert release.url.startswith(official)
        assert PARTS[name].version in release.url
        assert release.url.rpartition("/")[0] == release.checksums.rpartition("/")[0]


def test_the_order_of_sources(tmp_path: Path) -> None:
    """PATH comes before the cache, the cache before a download, a download before a build."""
    etcd = b"#!/bin/sh\n"
    assert ETCD.release is not None
    content = archive({f"{ETCD.release.folder}/etcd": etcd})
    sums = f"{sha256(content)}  {ETCD.release.url.rpartition('/')[2]}".encode()
    online = FakeNetwork({ETCD.release.url: content, ETCD.release.checksums: sums})
    own = program(tmp_path / "own", "etcd", "etcd Version: 3.6.0")
    go = FakeGo()
    built, _ = toolchain(tmp_path / "built", go=go)
    downloaded, _ = toolchain(tmp_path / "downloaded", network=online, go=FakeGo(fails_at="etcd"))
    cached, _ = toolchain(tmp_path / "built", network=online, go=FakeGo(fails_at="etcd"))
    found, _ = toolchain(tmp_path / "built", path=[own.parent])

    assert "built" in (built.obtain(["etcd"]) / "etcd").read_text()
    assert (downloaded.obtain(["etcd"]) / "etcd").read_bytes() == etcd
    assert cached.obtain(["etcd"]) == built.obtain(["etcd"])
    assert (found.obtain(["etcd"]) / "etcd").samefile(own)
    assert go.built == ["etcd"]


def test_settings_leave_out_sources(tmp_path: Path) -> None:
    """SG_INTEGRATION_NO_DOWNLOAD asks no publisher; SG_INTEGRATION_TOOLCHAIN=build leaves out PATH as well."""
    own = program(tmp_path / "own", "etcd", "etcd Version: 3.6.0")
    network = FakeNetwork()
    closed, _ = toolchain(tmp_path / "a", network=network, settings={"SG_INTEGRATION_NO_DOWNLOAD": "1"})
    closed.obtain(["etcd"])
    settings = {"SG_INTEGRATION_TOOLCHAIN": "build"}
    build, _ = toolchain(tmp_path / "b", network=network, path=[own.parent], settings=settings)

    assert not (build.obtain(["etcd"]) / "etcd").samefile(own)
    assert network.asked == []


def test_survey_says_where_each_part_would_come_from(tmp_path: Path) -> None:
    """A survey tells of PATH, cache, download and build apart, says how long a build takes, and changes nothing."""
    assert ETCD.release is not None
    name = ETCD.release.url.rpartition("/")[2]
    online = FakeNetwork({ETCD.release.checksums: f"{'a' * 64}  {name}".encode()})
    own = program(tmp_path / "own", "etcd", "etcd Version: 3.6.0")
    surveys = [
        toolchain(tmp_path / "new", path=[own.parent])[0],
        toolchain(tmp_path / "new", network=online)[0],
        toolchain(tmp_path / "new")[0],
    ]
    findings = [each.survey("etcd") for each in surveys]

    assert [finding.how for finding in findings] == ["path", "download", "build"]
    assert "half a minute" in findings[2].detail
    assert not (tmp_path / "new").exists()
    surveys[2].obtain(["etcd"])
    assert surveys[2].survey("etcd").how == "cache"
