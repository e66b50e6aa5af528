"""Builds a part from Go modules, each pinned by the checksums in `go/`."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.processes import Child, log_tail
from sg_integration.sandbox.toolchain.parts import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sg_integration.sandbox.toolchain.parts import GoBuild, Part, Script

NEEDED = (1, 26)
_HEARTBEAT = 30.0  # seconds between two signs of life while something is built
_ADVICE = "Install it from https://go.dev/dl/ or a package of your system, and put it on PATH."


class Go:
    """The Go command of this machine.

    Args:
        environment: where it is looked up and what it runs in; made fit for a reproducible build of this machine's kind.
        progress: told now and then that a long build still runs.
    """

    def __init__(self, environment: Mapping[str, str], progress: Callable[[str], None]) -> None:
        self._path = environment.get("PATH")
        own = {name: value for name, value in environment.items() if name not in {"GOOS", "GOARCH"}}
        self._environment = {**own, "CGO_ENABLED": "0", "GO111MODULE": "on", "GOWORK": "off"}
        self._progress = progress

    def require(self) -> str:
        """Return Go's version, e.g. `go1.26.8`, or raise a SandboxError that says what to install."""
        wanted = ".".join(str(number) for number in NEEDED)
        if not (version := self.version()):
            raise SandboxError(f"looking for Go: there is none on PATH, and Go {wanted} or newer is needed. {_ADVICE}")
        match = re.match(r"go(\d+)\.(\d+)", version)
        if match and (int(match[1]), int(match[2])) < NEEDED:  # a development version has no number: let it try
            raise SandboxError(f"looking for Go: found {version}, and Go {wanted} or newer is needed. {_ADVICE}")
        return version

    def version(self) -> str:
        """Return Go's version as it would build for us, or an empty text if there is no Go.

        Asked inside a module of ours: a Go that may fetch a newer one of itself (GOTOOLCHAIN=auto) does so and names that.
        """
        if not shutil.which("go", path=self._path):
            return ""
        return self._ask("env", "GOVERSION", module="etcd") or self._ask("env", "GOVERSION", module="")

    def build(self, build: GoBuild, output: Path, log: Path) -> None:
        """Build one executable. Raises SandboxError with the end of its output and where the whole of it is."""
        # -mod=readonly: nothing but what go.sum lists; it also wins over a GOFLAGS of the user's
        flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-o", str(output)]
        stamp = f"-s -w{f' -X {build.stamp}' if build.stamp else ''}"
        argv = ["go", "build", *flags, "-ldflags", stamp, build.package]
        with Child.start(argv, env=self._environment, log=log, cwd=MODULES / build.module) as child:
            code = self._wait(child, build.output)
        if code:
            raise SandboxError(
                f"building {build.output} from Go modules: go ended with exit code {code}. The whole of its output "
                f"is in {log}, and ends:\n{log_tail(log)}"
            )

    def copy(self, script: Script, output: Path) -> None:
        """Copy one file out of a module that go.sum pins. Raises SandboxError if Go does not know where it is."""
        directory = self._ask("list", "-mod=readonly", "-m", "-f", "{{.Dir}}", script.required, module=script.module)
        if not directory:
            raise SandboxError(f"copying {script.output}: the Go module {script.required} is not in Go's module cache.")
        shutil.copyfile(f"{directory}/{script.path}", output)

    def _wait(self, child: Child, what: str) -> int:
        began = time.monotonic()
        while (code := child.wait(_HEARTBEAT)) is None:
            self._progress(f"  still building {what} ({time.monotonic() - began:.0f} s)")
        return code

    def _ask(self, *arguments: str, module: str) -> str:
        command = ["go", *arguments]
        said = subprocess.run(
            command, cwd=MODULES / module, env=self._environment, capture_output=True, text=True, check=False
        )
        return said.stdout.strip() if said.returncode == 0 else ""


def build_part(part: Part, into: Path, logs: Path, go: Go) -> None:
    """Build all executables of a part into a directory. Raises SandboxError: no Go, Go too old, or the build failed."""
    go.require()
    for build in part.builds:
        go.build(build, into / build.output, logs / f"{part.key}-{build.output}.log")
    for script in part.scripts:  # after the builds: they have brought the module that the scripts are in
        go.copy(script, into / script.output)
