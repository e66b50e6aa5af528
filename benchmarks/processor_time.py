"""Whose processor time a command of Pulumi takes, and how large the dynamic provider becomes (Linux)."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from pathlib import Path
from typing import Final

from typing_extensions import Self

MARK: Final = "BENCH_MARK"
"""The variable in whose value the processes of a command are known."""


class Watch:
    """The processor time of the processes with a mark in their environment, and the largest the dynamic provider was."""

    def __init__(self) -> None:
        self.mark, self.mib = uuid.uuid4().hex, 0.0
        self._cpu: dict[bool, dict[int, float]] = {True: {}, False: {}}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def provider(self) -> float:
        """Of the dynamic provider."""
        return sum(self._cpu[True].values())

    @property
    def others(self) -> float:
        """Of everybody else."""
        return sum(self._cpu[False].values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError, StopIteration):
                    self._look(process)

    def _look(self, process: Path) -> None:
        pid = int(process.name)
        if f"{MARK}={self.mark}".encode() not in (process / "environ").read_bytes():
            return
        is_provider = b"pulumi.dynamic" in (process / "cmdline").read_bytes()
        self._cpu[is_provider][pid] = cpu(pid)
        if is_provider:
            peak = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM"))
            self.mib = max(self.mib, int(peak.split()[1]) / 1024)


def cpu(pid: int) -> float:
    """The processor time that a process has used so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
