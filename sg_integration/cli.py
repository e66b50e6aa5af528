"""The `sg-integration` command: what a person types; the work is done elsewhere and imported only when it is needed."""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sg_integration._version import __version__
from sg_integration.commands import compile as compile_topic
from sg_integration.commands import eks_token, explain, iam_policy, pods, rbac, reach
from sg_integration.model.errors import IntegrationError, InvalidInput
from sg_integration.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_DIRECTORY = Path(".sandbox")
_FAILED, _INTERRUPTED, _UNREAD = 1, 130, 141  # argparse itself answers 2 to a wrong command line
_WRITTEN = ("save", "svg")  # the options that name a file to write


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    0, 1 if it failed, 2 if it was mistyped, 130 if it was interrupted, 141 if nobody reads what it prints any more; `explain`
    answers by codes of its own.
    """
    try:
        try:
            return _ran(_parser().parse_args(argv))
        finally:  # here, since at the end of the process nobody could catch that the reader is gone
            print(end="", flush=True)
    except BrokenPipeError:
        _say_no_more()
        return _UNREAD


def _ran(arguments: argparse.Namespace) -> int:
    """Run what was asked for, and make one line of what goes wrong; returns the exit code."""
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        code = run(arguments)
        print(end="", flush=True)
    except BrokenPipeError:
        raise
    except (IntegrationError, SandboxError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _FAILED
    except OSError as error:  # a full disk, a directory that may not be written
        print(f"error: {_said(error, arguments)}", file=sys.stderr)
        if error.filename is None:
            _say_no_more()  # it may be our own output that cannot be written
        return _FAILED
    except KeyboardInterrupt:
        print("interrupted; nothing was left running", file=sys.stderr)
        return _INTERRUPTED
    return code


def _said(error: OSError, arguments: argparse.Namespace) -> Exception:
    """What the operating system refuses, as a sentence with what to do."""
    if error.strerror is None:
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InvalidInput("writing", f"{error.strerror}. Make room, and run it again.")
    for option in _WRITTEN:
        if error.filename is not None and str(getattr(arguments, option, None)) == str(error.filename):
            words = (
                f"it cannot be written: {error.strerror}. Name a file in a directory that is there and may be written."
            )
            return InvalidInput(f"--{option} {error.filename}", words)
    if error.filename is None:
        return error
    return InvalidInput(
        str(error.filename), f"{error.strerror}. Look whether it is there, and who may read and write it."
    )


def _say_no_more() -> None:
    """Lead both streams to nowhere, so that what is left in them fails nobody when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, io.UnsupportedOperation):  # it is closed, or a test holds it
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sg-integration", description="AWS security groups that govern Kubernetes pods."
    )
    parser.add_argument("--version", action="version", version=f"sg-integration {__version__}")
    topics = parser.add_subparsers(required=True, metavar="TOPIC")
    pods.add(topics)
    eks_token.add(topics)
    compile_topic.add(topics)
    explain.add(topics)
    reach.add(topics)
    iam_policy.add(topics)
    rbac.add(topics)
    sandbox = topics.add_parser(
        "sandbox", help="an AWS account and a Kubernetes cluster on this machine, to try things"
    )
    commands = sandbox.add_subparsers(required=True, metavar="COMMAND")
    up = _command(commands, "up", _up, "start it in the background; harmless if it is up already")
    up.add_argument("--no-kubernetes", action="store_true", help="AWS only: starts and builds less")
    down = _command(
        commands, "down", _down, "stop it; AWS and Kubernetes forget everything, logs and Pulumi's state stay"
    )
    down.add_argument("--purge", action="store_true", help="delete what it left in its directory as well")
    env = _command(commands, "env", _env, 'print the variables to use it: eval "$(sg-integration sandbox env)"')
    env.add_argument("--json", action="store_true", help="as one JSON object")
    _command(
        commands, "doctor", _doctor, "say what is there, what would be downloaded or built, and how long that takes"
    )
    seed = _command(
        commands, "seed", _seed, "make a VPC and a namespace that somebody else owns, as the quickstart finds them"
    )
    seed.add_argument(
        "--second-cluster", type=Path, metavar="DIR", help="put the cluster of the sandbox in DIR into the VPC, too"
    )
    toolchain = _command(commands, "toolchain", _toolchain, "make its programs available: find, download or build them")
    toolchain.add_argument("parts", nargs="*", metavar="PART", help="only these; by default all that a sandbox needs")
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], what: str) -> argparse.ArgumentParser:
    """Add one subcommand of `sandbox`; all of them take `--directory`."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
    parser.add_argument(
        "--directory", type=Path, default=_DIRECTORY, metavar="DIR", help="where the sandbox lives (default: .sandbox)"
    )
    parser.set_defaults(run=run)
    return parser


def _up(arguments: argparse.Namespace) -> int:
    from sg_integration.sandbox import keeper  # noqa: PLC0415 - see the module's first line; so below

    state = keeper.start(arguments.directory, kubernetes=not arguments.no_kubernetes)
    for name, url in state.urls.items():
        print(f"{name:<11} {url}")
    for package, kind in state.plugins.items():
        print(f"plugin      {package}: {kind}")
    option = "" if arguments.directory == _DIRECTORY else f" --directory {shlex.quote(str(arguments.directory))}"
    print(f'Use it:     eval "$(sg-integration sandbox env{option})"\nStop it:    sg-integration sandbox down{option}')
    return 0


def _down(arguments: argparse.Namespace) -> int:
    from sg_integration.sandbox import keeper  # noqa: PLC0415

    directory = arguments.directory.absolute()
    print(f"The sandbox in {directory} is down." if keeper.stop(directory) else f"No sandbox was up in {directory}.")
    if arguments.purge:
        keeper.purge(directory)
        print("What it left there is deleted.")
    return 0


def _env(arguments: argparse.Namespace) -> int:
    from sg_integration.sandbox import keeper  # noqa: PLC0415

    try:
        variables = keeper.environment(arguments.directory.absolute())
    except SandboxError:
        if not arguments.json:
            print("false")  # what `eval` gets must fail: what comes next would use the person's own account
        raise
    if arguments.json:
        print(json.dumps(variables, indent=2))
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from sg_integration.sandbox.doctor import examine  # noqa: PLC0415

    lines = examine(arguments.directory.absolute())
    for line in lines:
        print(f"{'  ' if line.well else '! '}{line.what:<24} {line.says}")
    return 0 if all(line.well for line in lines) else _FAILED


def _seed(arguments: argparse.Namespace) -> int:
    from sg_integration.sandbox import keeper  # noqa: PLC0415
    from sg_integration.sandbox.seed import seed, seed_second  # noqa: PLC0415

    env = keeper.environment(arguments.directory.absolute())
    second = arguments.second_cluster and keeper.environment(arguments.second_cluster.absolute())["KUBECONFIG"]
    seeded = seed(env)
    if second:
        seeded = seed_second(env, seeded, second)
    print(f"pulumi config set-all --path {shlex.join(seeded.config_arguments())}")
    return 0


def _toolchain(arguments: argparse.Namespace) -> int:
    from sg_integration.sandbox.environment import parts  # noqa: PLC0415
    from sg_integration.sandbox.toolchain.obtain import obtain  # noqa: PLC0415

    print(obtain(arguments.parts or parts()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
