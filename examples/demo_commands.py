"""What the demo runs: Pulumi and our own command, as a person would type them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sg_integration.sandbox.errors import SandboxError

ROOT = Path(__file__).parents[1]


def pulumi(stack: str, env: Mapping[str, str], *arguments: str) -> None:
    command = ["pulumi", *arguments, "--stack", stack]
    print(f"$ {shlex.join(command)}\n", flush=True)
    process = subprocess.Popen(command, env=env, cwd=ROOT)
    interrupted = False
    while True:  # Ctrl-C reaches Pulumi too, which then ends in good order: wait for it
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    if code:
        raise SandboxError(f"{shlex.join(command)} failed; what it says stands above.")


def run(env: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(command, env=env, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SandboxError(f"{shlex.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def preview_of_pods(stack: str, env: Mapping[str, str]) -> None:
    """A preview with all details is long: of this one only what becomes of pods."""
    command = ["pulumi", "preview", "--diff", "--stack", stack]
    print(f"$ {shlex.join(command)}        # shortened to what becomes of pods\n", flush=True)
    lines = run(env, *command).splitlines()
    told = excerpt(lines, "dynamic/sg_integration:PodGroups:", ("mode", "pods", "skipped", "summary"))
    print("\n".join(told), flush=True)


def excerpt(lines: list[str], resource: str, told: tuple[str, ...]) -> list[str]:
    """Of the details of a preview, one resource and some of its properties."""
    start = next(at for at, line in enumerate(lines) if resource in line and "urn=" not in line)
    inner, found, telling = indent(lines[start]) + 2, [lines[start]], False
    for line in lines[start + 1 :]:
        if indent(line) < inner:
            break
        if indent(line) == inner and line.strip() != "}":
            telling = line.split(":")[0].strip() in told
        if telling:
            found.append(line)
    return found


def indent(line: str) -> int:
    """How far a line's words are from the left, without the mark of what is done to it."""
    return len(line) - len(line.lstrip(" +-~"))


def sg_integration_pods(env: Mapping[str, str]) -> str:
    print("$ sg-integration pods\n", flush=True)
    said = run(env, sys.executable, "-m", "sg_integration.cli", "pods")
    print(f"{said}\n", flush=True)
    return said
