"""Makes parts of the toolchain available: from PATH, else from the cache, else downloaded, else built."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sg_integration.sandbox.toolchain.build import Go, build_part
from sg_integration.sandbox.toolchain.cache import Cache, cache_directory
from sg_integration.sandbox.toolchain.download import Fetch, Publishers, Unavailable, fetch_url
from sg_integration.sandbox.toolchain.parts import Part, part_named
from sg_integration.sandbox.toolchain.search_path import find_on_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def print_progress(line: str) -> None:
    """Print a line of progress where it does not mix with results."""
    print(line, file=sys.stderr, flush=True)


def obtain(
    names: Iterable[str], *, cache: Path | None = None, progress: Callable[[str], None] = print_progress
) -> Path:
    """Make the named parts available; returns the one directory that holds links to all their executables.

    Args:
        names: of `PARTS`: "pulumi" (with the Python language host and its two scripts), "etcd", "kube-apiserver", ….
        cache: where to keep what is downloaded or built; by default see `cache_directory`.
        progress: receives a line for each thing that takes time.

    Raises:
        SandboxError: no such part, no usable Go, or a build failed.
    """
    return Toolchain(cache=cache, progress=progress).obtain(names)


@dataclass(frozen=True, slots=True)
class Finding:
    """What would happen if a part were wanted now: `how` is "path", "cache", "download" or "build"."""

    part: Part
    how: str
    detail: str


@dataclass
class Toolchain:
    """How parts are obtained. What reaches outside is given, so that tests need neither a network nor a compiler.

    `SG_INTEGRATION_NO_DOWNLOAD=1` leaves out the download, `SG_INTEGRATION_TOOLCHAIN=build` also PATH.
    """

    cache: Path | None = None
    progress: Callable[[str], None] = print_progress
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    fetch: Fetch = fetch_url
    go: Go | None = None

    def __post_init__(self) -> None:
        self._cache = Cache((self.cache or cache_directory(self.environment)).absolute())
        self._only_build = self.environment.get("SG_INTEGRATION_TOOLCHAIN") == "build"
        off = self._only_build or bool(self.environment.get("SG_INTEGRATION_NO_DOWNLOAD"))
        self._publishers = Publishers(self.fetch, off=off)
        self._go = self.go or Go(self.environment, self.progress)

    @property
    def directory(self) -> Path:
        """The cache directory."""
        return self._cache.directory

    def size(self) -> int:
        """The bytes that the cache holds."""
        return self._cache.size()

    def obtain(self, names: Iterable[str]) -> Path:
        """See `obtain`."""
        executables: dict[str, Path] = {}
        for name in names:
            executables.update(self._locate(part_named(name)))
        return self._cache.link(executables)

    def survey(self, name: str) -> Finding:
        """Say where a part is, or where it would come from; asks the publisher, changes nothing."""
        part = part_named(name)
        found, said = self._on_path(part)
        if found:
            return Finding(part, "path", f"{said} at {found[part.executables[0]]}")
        if found := self._cache.find(part):
            return Finding(part, "cache", f"{part.version} at {found[part.executables[0]].parent}")
        try:
            with tempfile.TemporaryDirectory() as scratch:
                self._publishers.checksum(part.release, Path(scratch))
            return Finding(part, "download", f"{part.version} from its publisher ({said})")
        except Unavailable as why:
            return Finding(part, "build", f"{part.version}, which takes {part.takes} on two cores ({said}; {why})")

    def _locate(self, part: Part) -> dict[str, Path]:
        found, said = self._on_path(part)
        return found or self._cache.find(part) or self._make(part, said)

    def _on_path(self, part: Part) -> tuple[dict[str, Path] | None, str]:
        if self._only_build:
            return None, "PATH is left out"
        return find_on_path(part, self.environment, besides=self._cache.directory)

    def _make(self, part: Part, why: str) -> dict[str, Path]:
        def waiting() -> None:
            self.progress(f"{part}: another process is obtaining it; waiting for that.")

        return self._cache.put(part, lambda into: self._download_or_build(part, into, why), waiting=waiting)

    def _download_or_build(self, part: Part, into: Path, why: str) -> None:
        try:
            with tempfile.TemporaryDirectory(dir=into.parent, prefix="download-") as scratch:
                self._download(part, into, Path(scratch), why)
        except Unavailable as instead:
            self.progress(f"{part}: building from Go modules; on two cores that takes {part.takes} ({why}; {instead}).")
            build_part(part, into, self._cache.logs, self._go)
        self.progress(f"{part}: ready.")

    def _download(self, part: Part, into: Path, scratch: Path, why: str) -> None:
        checksum = self._publishers.checksum(part.release, scratch)
        assert part.release is not None  # noqa: S101 - there is no checksum without
        self.progress(f"{part}: downloading {part.release.url} ({why}).")
        self._publishers.download(part, part.release, checksum, into=into, scratch=scratch)
