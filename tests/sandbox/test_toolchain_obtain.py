"""A part is obtained once, whole or not at all, whoever asks at the same time; failures say what to do."""

from __future__ import annotations

import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.toolchain import PARTS, obtain
from sg_integration.sandbox.toolchain.build import Go
from sg_integration.sandbox.toolchain.cache import Cache, cache_directory
from sg_integration.sandbox.toolchain.parts import MODULES, GoBuild, parse_version
from tests.sandbox.toolchain_fakes import FakeGo, program, toolchain

ETCD = PARTS["etcd"]


def go_that(tmp_path: Path, does: str) -> Go:
    """The real Go runner, with a `go` on PATH that does this."""
    fake = program(tmp_path / "bin", "go")
    fake.write_text(f"#!/bin/sh\n{does}\n")
    return Go({"PATH": f"{fake.parent}:{os.environ['PATH']}", "GOOS": "plan9"}, lambda _: None)


def test_the_real_thing_is_there(tmp_path: Path) -> None:
    """The parts that tests run on are obtained for real, and each says a version that fits."""
    names = ("pulumi", "etcd", "kube-apiserver")
    bin_dir = obtain(names)
    versions = {}
    for name in names:
        argv = [str(bin_dir / name), PARTS[name].version_argument]
        said = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        versions[name] = parse_version(said)

    assert all(version and PARTS[name].fits(version) for name, version in versions.items())
    assert all(os.access(bin_dir / name, os.X_OK) for name in PARTS["pulumi"].executables)


def test_one_directory_holds_exactly_what_was_asked_for(tmp_path: Path) -> None:
    """The directory has every executable of the parts asked for and no other, and is the same one the next time."""
    made, said = toolchain(tmp_path)
    first = made.obtain(["pulumi", "etcd"])
    told = len(said)
    again = made.obtain(["etcd", "pulumi"])

    assert {path.name for path in first.iterdir()} == {*PARTS["pulumi"].executables, "etcd"}
    assert again == first
    assert len(said) == told
    assert made.obtain(["etcd"]) != first


def test_progress_says_what_why_and_how_long(tmp_path: Path) -> None:
    """Before a build, progress says what is built, why, and how long that usually takes."""
    made, said = toolchain(tmp_path)
    made.obtain(["etcd"])

    assert said[0].startswith("etcd 3.7.3: building from Go modules; on two cores that takes half a minute")
    assert "etcd is not on PATH; github.com does not answer" in said[0]
    assert said[1:] == ["etcd 3.7.3: ready."]


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    """A name that is no part is an error that lists the parts."""
    with pytest.raises(SandboxError, match="obtaining docker: there is no such part; there are pulumi, etcd"):
        toolchain(tmp_path)[0].obtain(["docker"])


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    """A build that fails half-way keeps none of its executables, and the next attempt builds all of them."""
    go = FakeGo(fails_at="pulumi-language-python")
    made, _ = toolchain(tmp_path, go=go)
    with pytest.raises(SandboxError, match="building pulumi-language-python"):
        made.obtain(["pulumi"])
    left = [path.name for path in (tmp_path / "toolchain/parts").iterdir()]
    go.fails_at = ""
    made.obtain(["pulumi"])

    assert left == [f"{PARTS['pulumi'].key}.lock"]
    assert go.built[2:] == list(PARTS["pulumi"].executables)


def test_leftovers_and_losses_are_mended(tmp_path: Path) -> None:
    """What a killed build left behind is no obstacle, and a part that lost an executable is made again."""
    go = FakeGo()
    made, _ = toolchain(tmp_path, go=go)
    partial = tmp_path / "toolchain/parts" / f"{ETCD.key}.partial"
    partial.mkdir(parents=True)
    (partial / "half").touch()
    bin_dir = made.obtain(["etcd"])
    (bin_dir / "etcd").resolve().unlink()

    assert os.access(made.obtain(["etcd"]) / "etcd", os.X_OK)
    assert go.built == ["etcd", "etcd"]
    assert not partial.exists()


def test_two_at_once_build_once(tmp_path: Path) -> None:
    """When two want the same part at the same time, one builds it and the other says that it waits."""
    waits = threading.Event()

    class SlowGo(FakeGo):
        def build(self, build: GoBuild, output: Path, log: Path) -> None:
            assert waits.wait(10), "nobody waited"
            super().build(build, output, log)

    go = SlowGo()
    one, two = (toolchain(tmp_path, go=go) for _ in range(2))
    for made, _ in (one, two):
        made.progress = lambda line: waits.set() if "another process is obtaining it; waiting" in line else None
    with ThreadPoolExecutor() as pool:
        results = [pool.submit(made.obtain, ["etcd"]).result for made, _ in (one, two)]
        directories = {result(20) for result in results}

    assert len(directories) == 1
    assert go.built == ["etcd"]


def test_a_part_that_is_not_whole_is_not_kept(tmp_path: Path) -> None:
    """If filling a place leaves an executable out, nothing is kept."""
    cache = Cache(tmp_path)

    with pytest.raises(FileNotFoundError):
        cache.put(ETCD, lambda into: (into / "other").touch(), waiting=lambda: None)

    assert cache.find(ETCD) is None


def test_cache_directory_follows_the_settings() -> None:
    """The cache is where SG_INTEGRATION_CACHE says, else under XDG_CACHE_HOME, else under ~/.cache."""
    assert cache_directory({"SG_INTEGRATION_CACHE": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert cache_directory({"XDG_CACHE_HOME": "/b"}) == Path("/b/sg-integration")
    assert cache_directory({}) == Path.home() / ".cache/sg-integration"


def test_no_go_is_said(tmp_path: Path) -> None:
    """Without Go on PATH, the error says which version to install and from where."""
    with pytest.raises(SandboxError, match=r"there is none on PATH, and Go 1\.26 or newer is needed.*go\.dev/dl"):
        Go({"PATH": str(tmp_path)}, lambda _: None).require()


@pytest.mark.parametrize(
    "does",
    [
        "echo go1.22.1",
        # a Go that may not fetch a newer one of itself refuses our modules, and outside of them says what it is
        'test "$(basename "$PWD")" = etcd && exit 1; echo go1.22.1',
    ],
)
def test_an_old_go_is_said(tmp_path: Path, does: str) -> None:
    """A Go that is too old is named, with the version that is needed."""
    with pytest.raises(SandboxError, match=r"found go1\.22\.1, and Go 1\.26 or newer is needed"):
        go_that(tmp_path, does).require()


@pytest.mark.parametrize("version", ["go1.26.0", "go1.27rc1", "go2.0", "devel go1.28-abcdef"])
def test_a_new_go_will_do(tmp_path: Path, version: str) -> None:
    """Go 1.26, anything newer and a development version are accepted."""
    assert go_that(tmp_path, f"echo {version}").require() == version


def test_a_build_is_pinned_and_of_this_machine(tmp_path: Path) -> None:
    """Go is called so that nothing but what go.sum lists is used, no C compiler, and no settings for other machines."""
    log, output = tmp_path / "log", tmp_path / "etcd"
    go = go_that(tmp_path, 'echo "$@" in "$PWD"; echo "cgo=$CGO_ENABLED work=$GOWORK os=${GOOS-unset}"')
    go.build(ETCD.builds[0], output, log)
    said = log.read_text()

    assert "build -mod=readonly -trimpath" in said
    assert f"-o {output} -ldflags -s -w . in {MODULES / 'etcd'}" in said
    assert "cgo=0 work=off os=unset" in said


def test_a_build_that_fails_shows_why(tmp_path: Path) -> None:
    """The error of a failed build has the end of the compiler's output and says where all of it is."""
    log = tmp_path / "log"
    go = go_that(tmp_path, "seq 100; echo 'main.go:3: undefined: x' >&2; exit 2")

    with pytest.raises(SandboxError) as failed:
        go.build(ETCD.builds[0], tmp_path / "etcd", log)

    assert "building etcd from Go modules: go ended with exit code 2" in str(failed.value)
    assert str(failed.value).endswith("99\n100\nmain.go:3: undefined: x")
    assert str(log) in str(failed.value)


@pytest.mark.parametrize("build", [build for part in PARTS.values() for build in part.builds], ids=lambda b: b.output)
def test_every_build_is_pinned_by_checksum(build: GoBuild) -> None:
    """Each build has a go.mod and a go.sum in the package, and a local package to build is there."""
    directory = MODULES / build.module
    sums = (directory / "go.sum").read_text()

    assert (directory / "go.mod").read_text().count("\nrequire") >= 1
    assert "h1:" in sums
    assert not build.package.startswith(".") or (directory / build.package / "main.go").is_file()


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("pulumi", "github.com/pulumi/pulumi/pkg/v3 v"),
        ("etcd", "go.etcd.io/etcd/server/v3 v"),
        ("kube-apiserver", "k8s.io/kubernetes v"),
        ("kube-controller-manager", "k8s.io/kubernetes v"),
    ],
)
def test_a_build_gives_the_version_it_is_named_by(name: str, required: str) -> None:
    """What go.mod requires is the version that the part is cached and stamped as."""
    part = PARTS[name]
    go_mod = (MODULES / part.builds[0].module / "go.mod").read_text()

    assert f"{required}{part.version}\n" in go_mod
    assert not part.builds[0].stamp or part.builds[0].stamp.endswith(f"=v{part.version}")
