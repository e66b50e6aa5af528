"""A network and a compiler that the tests of the toolchain control."""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.toolchain.build import Go
from sg_integration.sandbox.toolchain.obtain import Toolchain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sg_integration.sandbox.toolchain.parts import GoBuild, Script


class FakeNetwork:
    """Answers with prepared content; an address that was not prepared does not answer. Records what was asked."""

    def __init__(self, content: Mapping[str, bytes] | None = None) -> None:
        self.content = dict(content or {})
        self.asked: list[str] = []

    def __call__(self, url: str, to: Path, *, within: float) -> None:
        self.asked.append(url)
        if url not in self.content:
            raise OSError("no route")
        to.write_bytes(self.content[url])


class FakeGo(Go):
    """Writes files that tell what they are instead of compiling. Records what was built."""

    def __init__(self, *, fails_at: str = "") -> None:
        super().__init__({}, lambda _: None)
        self.built: list[str] = []
        self.fails_at = fails_at

    def require(self) -> str:
        return "go1.26.0"

    def build(self, build: GoBuild, output: Path, log: Path) -> None:
        self.built.append(build.output)
        output.write_text(f"#!/bin/sh\necho built {build.package}\n")
        if build.output == self.fails_at:
            raise SandboxError(f"building {build.output}: see {log}")

    def copy(self, script: Script, output: Path) -> None:
        self.built.append(script.output)
        output.write_text("#!/bin/sh\n")


def toolchain(
    cache: Path,
    *,
    network: FakeNetwork | None = None,
    go: FakeGo | None = None,
    path: Sequence[Path] = (),
    settings: Mapping[str, str] | None = None,
) -> tuple[Toolchain, list[str]]:
    """A toolchain in a world of ours, and the list that its progress goes to."""
    said: list[str] = []
    environment = {"PATH": ":".join(str(directory) for directory in path), **(settings or {})}
    made = Toolchain(
        cache=cache,
        progress=said.append,
        environment=environment,
        fetch=network or FakeNetwork(),
        go=go or FakeGo(),
    )
    return made, said


def program(directory: Path, name: str, says: str = "") -> Path:
    """An executable that prints a text."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def archive(members: Mapping[str, bytes]) -> bytes:
    """A .tar.gz with these members."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return content.getvalue()


def sha256(data: bytes) -> str:
    """The sum as publishers write it."""
    return hashlib.sha256(data).hexdigest()
