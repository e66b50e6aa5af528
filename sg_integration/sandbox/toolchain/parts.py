"""What the parts of the toolchain are: their pinned versions, what they consist of, where they come from.

The Go modules that pin each build by checksum are in `go/`; a version here and the one required there change together.
"""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from sg_integration.sandbox.errors import SandboxError

PULUMI, ETCD, KUBERNETES = "3.259.0", "3.7.3", "1.36.3"
MODULES = Path(__file__).with_name("go")

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class GoBuild:
    """One executable made by `go build`.

    Args:
        output: the executable's name.
        module: directory under `go/` with the go.mod and go.sum that pin everything it is made of.
        package: what to build: an import path, or a directory of that module.
        stamp: `variable=value` that the linker writes into it, mostly its version.
    """

    output: str
    module: str
    package: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """One executable that is copied as it is out of a Go module that `module` (under `go/`) requires."""

    output: str
    module: str
    required: str
    path: str


@dataclass(frozen=True, slots=True)
class Release:
    """Where the publisher offers a part ready-made.

    Args:
        url: an archive (`.tar.gz`) or the executable itself.
        checksums: a file of SHA-256 sums: lines `SUM  NAME`, or one sum alone.
        folder: the folder of the archive that holds the executables.
    """

    url: str
    checksums: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the toolchain.

    Args:
        name: what `obtain` calls it.
        version: the version that is downloaded or built.
        at_least: the oldest version accepted on PATH, of the same major version.
        version_argument: makes the first executable print its version.
        builds: what to build when it has to be built.
        scripts: what to copy beside it then.
        release: the ready-made one for this machine, if there is one.
        takes: how long the build usually takes on two cores, the download of Go modules included.
    """

    name: str
    version: str
    at_least: Version
    version_argument: str
    builds: tuple[GoBuild, ...]
    takes: str
    scripts: tuple[Script, ...] = ()
    release: Release | None = None

    @property
    def executables(self) -> tuple[str, ...]:
        """The names of everything that it consists of, the one that tells its version first."""
        return (*(build.output for build in self.builds), *(script.output for script in self.scripts))

    @property
    def key(self) -> str:
        """The name of its place in the cache."""
        return "-".join((self.name, self.version, *_machine()))

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def fits(self, version: Version) -> bool:
        """Whether a version found on PATH can be used."""
        return version[0] == self.at_least[0] and version >= self.at_least


def parse_version(text: str) -> Version | None:
    """Return the first `1.2.3` in what a program says about itself, or None."""
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def part_named(name: str) -> Part:
    """Return the part of that name. Raises SandboxError, with the names there are."""
    try:
        return PARTS[name]
    except KeyError:
        raise SandboxError(f"obtaining {name}: there is no such part; there are {', '.join(PARTS)}.") from None


def _machine() -> tuple[str, str]:
    """The operating system and processor in Go's words, e.g. `("linux", "amd64")`."""
    processor = platform.machine().lower()
    return sys.platform, {"x86_64": "amd64", "aarch64": "arm64"}.get(processor, processor)


def _pulumi() -> Part:
    system, processor = _machine()
    site = f"https://github.com/pulumi/pulumi/releases/download/v{PULUMI}"
    archive = f"pulumi-v{PULUMI}-{system}-{'x64' if processor == 'amd64' else processor}.tar.gz"
    sdk = "github.com/pulumi/pulumi/sdk/v3"
    return Part(
        name="pulumi",
        version=PULUMI,
        at_least=(3, 245, 0),  # the oldest that has run the tests of memberships; all others have run on 3.217, too
        version_argument="version",
        builds=(
            GoBuild(
                "pulumi",
                "pulumi",
                "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                f"{sdk}/go/common/version.Version=v{PULUMI}",
            ),
            # The last module that contains the Python language host; it speaks to newer engines and SDKs.
            GoBuild("pulumi-language-python", "pulumi-language-python", f"{sdk}/python/cmd/pulumi-language-python"),
        ),
        scripts=(
            Script("pulumi-language-python-exec", "pulumi", sdk, "python/cmd/pulumi-language-python-exec"),
            Script("pulumi-resource-pulumi-python", "pulumi", sdk, "python/dist/pulumi-resource-pulumi-python"),
        ),
        release=Release(f"{site}/{archive}", f"{site}/pulumi-{PULUMI}-checksums.txt", folder="pulumi"),
        takes="4 to 5 minutes",
    )


def _etcd() -> Part:
    system, processor = _machine()
    site = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD}"
    folder = f"etcd-v{ETCD}-{system}-{processor}"
    return Part(
        name="etcd",
        version=ETCD,
        at_least=(3, 5, 0),
        version_argument="--version",
        builds=(GoBuild("etcd", "etcd", "."),),
        # For other systems the archive is a zip; there the build is simpler.
        release=Release(f"{site}/{folder}.tar.gz", f"{site}/SHA256SUMS", folder) if system == "linux" else None,
        takes="half a minute",
    )


def _kubernetes(name: str, takes: str) -> Part:
    system, processor = _machine()
    url = f"https://dl.k8s.io/v{KUBERNETES}/bin/linux/{processor}/{name}"
    stamp = f"k8s.io/component-base/version.gitVersion=v{KUBERNETES}"
    return Part(
        name=name,
        version=KUBERNETES,
        at_least=(1, 36, 0),  # the first that serves MutatingAdmissionPolicy v1
        version_argument="--version",
        builds=(GoBuild(name, "kubernetes", f"./{name}", stamp),),
        release=Release(url, f"{url}.sha256") if system == "linux" else None,  # published for Linux only
        takes=takes,
    )


PARTS = {
    part.name: part
    for part in (
        _pulumi(),
        _etcd(),
        _kubernetes("kube-apiserver", "4 to 8 minutes"),
        _kubernetes("kube-controller-manager", "a minute after kube-apiserver, 5 to 9 without"),
    )
}
