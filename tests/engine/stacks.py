"""A stack on the real engine: run a program through preview, up, refresh and destroy, and see each step."""

from __future__ import annotations

import functools
import gc
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeAlias

from pulumi import automation
from pulumi.automation._stack import StackInitMode

from .serving import served_here

Program: TypeAlias = Callable[[], None]
# What the Automation API makes of an operation, and nobody reads.
_NO_SUMMARY = automation.UpdateSummary("", datetime.now(tz=timezone.utc), "", {}, {}, "")
# The CLI lives for a second: as long as it is small, it need not collect its garbage.
_LIGHT = {"GOGC": "off", "GOMEMLIMIT": "512MiB"}
_MANY = 100_000
_LOST = ("Resource monitor has terminated", "error: Exception calling application: <_InactiveRpcError")
_PAUSES = (0, 2, 5)
_NO_STEP = {"same", "read", "refresh"}


@dataclass(frozen=True)
class Outcome:
    """What an operation did.

    Args:
        steps: (operation, resource name) of each resource that was not left as it is, in the engine's order.
        output: what a person saw.
        failed: whether the command exited with an error.
    """

    steps: tuple[tuple[str, str], ...]
    output: str
    failed: bool = False

    def succeeded(self) -> Outcome:
        """Itself; a failed operation fails the test with what the engine printed."""
        assert not self.failed, self.output
        return self

    @property
    def counts(self) -> Counter[str]:
        """How many steps of each operation."""
        return Counter(operation for operation, _ in self.steps)

    def names(self, operation: str) -> set[str]:
        """The resources that had this step."""
        return {name for done, name in self.steps if done == operation}


class _Stack(automation.Stack):
    """A stack that asks the engine after an operation for nothing: each question starts the CLI again, and nobody reads these."""

    asked = True

    def outputs(self) -> automation.OutputMap:
        """The outputs, but not after an operation."""
        return super().outputs() if self.asked else {}

    def info(self, show_secrets: bool | None = None) -> Any:
        """The summary of the last operation, but not after one."""
        return super().info(show_secrets) if self.asked else _NO_SUMMARY

    @contextmanager
    def unasked(self) -> Iterator[None]:
        """Operate without questions afterwards."""
        self.asked = False
        try:
            yield
        finally:
            self.asked = True


@dataclass
class EngineStack:
    """One stack with a state and a home of its own.

    Args:
        name: the stack's name.
        directory: where its state and its working directory are.
        env: the environment of the engine and of the plugins.
        here: whether the aws plugin and the dynamic provider are served in this process, and not started anew each time.
        project_file: a Pulumi.yaml to be used as it is; then it names the project.
    """

    name: str
    directory: Path
    env: Mapping[str, str]
    project: str = "test"
    here: bool = False
    project_file: Path | None = None
    _stack: _Stack | None = field(default=None, init=False)

    def preview(self, program: Program, **options: Any) -> Outcome:
        """`pulumi preview`."""
        return self._run("preview", program, options)

    def up(self, program: Program, **options: Any) -> Outcome:
        """`pulumi up`."""
        return self._run("up", program, options)

    def refresh(self, **options: Any) -> Outcome:
        """`pulumi refresh`."""
        return self._run("refresh", None, options)

    def destroy(self, **options: Any) -> Outcome:
        """`pulumi destroy`."""
        return self._run("destroy", None, options)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return {name: output.value for name, output in self._selected().outputs().items()}

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state, as exported."""
        return list((self._selected().export_stack().deployment or {}).get("resources", []))

    def _selected(self) -> _Stack:
        if self._stack is None:
            work = self.directory / self.name
            work.mkdir(parents=True, exist_ok=True)
            made = automation.ProjectSettings(name=self.project, runtime="python", main=str(Path.cwd()))
            if self.project_file:
                shutil.copy(self.project_file, work / "Pulumi.yaml")
            workspace = automation.LocalWorkspace(
                work_dir=str(work),
                program=lambda: None,
                project_settings=None if self.project_file else made,
                env_vars={**_LIGHT, **self.env},
                pulumi_command=_pulumi(shutil.which("pulumi")),
            )
            self._stack = _Stack(self.name, workspace, StackInitMode.CREATE)
        return self._stack

    @contextmanager
    def _attached(self, stack: _Stack) -> Iterator[None]:
        with served_here(self.env) if self.here else nullcontext() as ports:
            more = {"PULUMI_DEBUG_PROVIDERS": ports} if ports else {}
            stack.workspace.env_vars = {**_LIGHT, **more, **self.env}
            yield

    def _run(self, operation: str, program: Program | None, options: Mapping[str, Any]) -> Outcome:
        outcome = self._once(operation, program, options)
        # About once in a thousand operations the SDK's server of inline programs loses the engine before the program begins,
        # and on a busy machine once more in the next.
        for pause in _PAUSES:
            if not (outcome.failed and not outcome.steps and any(words in outcome.output for words in _LOST)):
                break
            time.sleep(pause)
            outcome = self._once(operation, program, options)
        return outcome

    def _once(self, operation: str, program: Program | None, options: Mapping[str, Any]) -> Outcome:
        stack = self._selected()
        events: list[automation.EngineEvent] = []
        printed: list[str] = []
        if program:
            stack.workspace.program = program
        try:
            with self._attached(stack), stack.unasked():
                getattr(stack, operation)(on_event=events.append, on_output=printed.append, **options)
        except automation.CommandError as error:
            return Outcome(_steps(events), f"{''.join(printed)}\n{error}", failed=True)
        finally:
            # A failed program leaves futures whose errors Python prints when they are collected. Let that be now: in the
            # middle of pytest's own parsing of a traceback it breaks the interpreter's parser (CPython 3.11).
            gc.collect()
            if (
                len(gc.get_objects()) > _MANY
            ):  # modules, above all: they stay, and no later collection need look at them
                gc.freeze()
        return Outcome(_steps(events), "\n".join(printed))


@functools.cache
def _pulumi(_program: str | None) -> automation.PulumiCommand:
    """The CLI that comes first on the path, asked for its version once."""
    return automation.PulumiCommand()


def _steps(events: list[automation.EngineEvent]) -> tuple[tuple[str, str], ...]:
    """What each resource went through; a refresh counts as what it found (`update`, `delete`), or not at all."""
    steps: list[tuple[str, str]] = []
    refreshed: set[str] = set()
    for event in events:
        before, after = event.resource_pre_event, event.res_outputs_event
        step = before.metadata if before else after.metadata if after else None
        if step is None or step.type.startswith("pulumi:"):
            continue
        if before and step.op.value == "refresh":
            refreshed.add(step.urn)
        elif (before or step.urn in refreshed) and step.op.value not in _NO_STEP:
            steps.append((step.op.value, step.urn.rpartition("::")[2]))
        if after:
            refreshed.discard(step.urn)
    return tuple(steps)
