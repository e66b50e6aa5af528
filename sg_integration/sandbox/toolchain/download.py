"""Downloads a part from its publisher, if the publisher answers within seconds, and believes only its checksum."""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import threading
import urllib.request
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

    from sg_integration.sandbox.toolchain.parts import Part, Release

_CONNECT = 4.0  # seconds until the publisher must answer, the look-up of its name included
_TRANSFER = 300.0  # seconds for the whole archive (~100 MB); slower than that, building is quicker


class Unavailable(Exception):
    """The publisher did not answer, or what it sent cannot be trusted; the text says which, in a few words."""


class Fetch(Protocol):
    """Writes what is at an address to a file within so many seconds, or raises OSError."""

    def __call__(self, url: str, to: Path, *, within: float) -> None: ...  # noqa: D102


def fetch_url(url: str, to: Path, *, within: float) -> None:
    """Fetch by HTTPS. A name that cannot be looked up has no timeout of its own, hence the thread.

    Raises:
        OSError: not reachable, refused, or not finished within `within` seconds.
    """
    outcome: list[OSError | None] = []

    def copy() -> None:
        try:
            with urllib.request.urlopen(url, timeout=_CONNECT) as answer, to.open("wb") as file:  # noqa: S310 - ours
                shutil.copyfileobj(answer, file)
            outcome.append(None)
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    thread.join(within)
    if not outcome:
        raise TimeoutError(f"no answer within {within:g} s")
    if outcome[0]:
        raise outcome[0]


class Publishers:
    """The places that offer parts ready-made; one that does not answer is asked once, not again for each part.

    Args:
        fetch: how to reach them.
        off: whether nothing may be downloaded at all.
    """

    def __init__(self, fetch: Fetch, *, off: bool) -> None:
        self._fetch = fetch
        self._off = off
        self._silent: dict[str, Unavailable] = {}

    def checksum(self, release: Release | None, scratch: Path) -> str:
        """Ask for the SHA-256 sum of a release: it is small, so it shows at once whether the publisher can be reached.

        Args:
            release: None where nothing is published for this kind of machine.
            scratch: an existing directory for what is only needed on the way.

        Raises:
            Unavailable: downloads are off, there is no release, no answer, or none that names the file.
        """
        if self._off:
            raise Unavailable("downloads are switched off")
        if release is None:
            raise Unavailable("nothing is published for this kind of machine")
        host = urlsplit(release.checksums).hostname or ""
        if host in self._silent:
            raise self._silent[host]
        try:
            self._fetch(release.checksums, scratch / "checksums", within=_CONNECT)
        except OSError as error:
            self._silent[host] = Unavailable(f"{host} does not answer: {getattr(error, 'reason', error)}")
            raise self._silent[host] from error
        return _sum_of(PurePosixPath(release.url).name, scratch / "checksums", host)

    def download(self, part: Part, release: Release, checksum: str, *, into: Path, scratch: Path) -> None:
        """Put a part's executables into a directory.

        Raises:
            Unavailable: the transfer broke off, or what came is not what its checksum says: it is not used then.
        """
        archive = scratch / PurePosixPath(release.url).name
        try:
            self._fetch(release.url, archive, within=_TRANSFER)
        except OSError as error:
            raise Unavailable(f"the download broke off: {error}") from error
        if _sha256(archive) != checksum:
            raise Unavailable(f"{release.url} does not match its publisher's checksum and is not used")
        if archive.name.endswith(".tar.gz"):
            _unpack(archive, release.folder, part, into)
        else:
            shutil.copyfile(archive, into / part.executables[0])


def _sum_of(name: str, sums: Path, host: str) -> str:
    """Find a file's sum among lines `SUM  NAME`, or in a file that is one sum and nothing else."""
    for line in sums.read_text(errors="replace").splitlines():
        match = re.fullmatch(r"([0-9a-f]{64})(?:\s+\*?(\S+))?", line.strip())
        if match and match[2] in {None, name}:
            return match[1]
    raise Unavailable(f"{host} names no checksum of {name}")


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _unpack(archive: Path, folder: str, part: Part, into: Path) -> None:
    """Copy the executables out of an archive by name: no path of the archive is ever followed."""
    with tarfile.open(archive) as tar:
        for name in part.executables:
            try:
                content = tar.extractfile(f"{folder}/{name}")
            except KeyError:
                content = None
            if content is None:
                raise Unavailable(f"{archive.name} does not contain {folder}/{name}")
            with (into / name).open("wb") as file:
                shutil.copyfileobj(content, file)
