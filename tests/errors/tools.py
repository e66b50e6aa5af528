"""The command, the sandbox, its toolchain and its stand-ins."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

from sg_integration import cli
from sg_integration.aws.iam_policy import iam_policy
from sg_integration.aws.role_groups import RoleGroups
from sg_integration.commands.everybodys_groups import everybodys_groups
from sg_integration.model import extras
from sg_integration.model.planned_changes import read_plan
from sg_integration.model.policy_document import from_document
from sg_integration.model.reach_find import Finder
from sg_integration.model.traffic import parse_port
from sg_integration.sandbox import keeper, state
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.plugins.aws import lookups, settings, table
from sg_integration.sandbox.plugins.kubernetes import decoding, kubeconfig
from sg_integration.sandbox.plugins.names import sdk_root
from sg_integration.sandbox.processes import Child
from sg_integration.sandbox.toolchain.build import Go
from sg_integration.sandbox.toolchain.download import Publishers
from sg_integration.sandbox.toolchain.obtain import obtain

NOWHERE: Final = Path("/nonexistent")


def without_nodes() -> object:
    """A cluster whose nodes are in another VPC."""
    vpc: Any = SimpleNamespace(nodes=())
    return everybodys_groups(frozenset(), "", vpc, RoleGroups(), [])


def unwritten(path: str) -> object:
    """A file that --save names, in a directory that is not there."""
    return cli._said(FileNotFoundError(2, "No such file or directory", path), Namespace(save=Path(path)))


def directory() -> Path:
    """A new one."""
    return Path(tempfile.mkdtemp())


def taken_twice() -> None:
    """Two sandboxes in one directory."""
    where = directory()
    first, second = state.Claim(where), state.Claim(where)
    first.take(detached=False)
    try:
        with mock.patch.object(state, "_LOOK", 0.0):
            second.take(detached=False)
    finally:
        first.release()


def not_ended() -> None:
    """A sandbox that does not end."""
    where = directory()
    held = state.Claim(where)
    held.take(detached=True)
    try:
        with mock.patch.object(keeper, "_END", 0.0):
            keeper._wait_until_free(where, 1)
    finally:
        held.release()


def without_packages() -> None:
    """The extra of clusters is not installed."""
    with mock.patch.object(extras, "find_spec", return_value=None):
        extras.require("kubernetes", "ClusterAccess")


def called(name: str) -> object:
    """Somebody of that name in an empty cluster and VPC."""
    inputs = SimpleNamespace(groups=(), members=(), nodes=())
    landscape = SimpleNamespace(inputs=inputs, pods=(), known_as={})
    parties: Any = SimpleNamespace(landscape=landscape, owned={}, members=list)
    return Finder(parties).find(name, "--from")


def damaged() -> object:
    """What a sandbox wrote of itself is no JSON."""
    where = directory()
    (where / "sandbox.json").write_text("{")
    return state.read_state(where)


def loaded(text: str) -> object:
    """The kubernetes stand-in reads a kubeconfig."""
    return kubeconfig.access(text, context=None, cluster=None, environ={})


def kubernetes() -> EmbeddedKubernetes:
    """A cluster that does not run."""
    return EmbeddedKubernetes(bin_dir=NOWHERE, directory=NOWHERE)


def far_away(server: str) -> object:
    """The kubernetes stand-in is pointed at a server."""
    return kubeconfig._demand_loopback(server)  # type: ignore[func-returns-value]


EXAMPLES: Final[Mapping[str, Callable[[], object]]] = {
    "it has no …; `sg-integration compile": lambda: from_document({}),
    "it is neither the output of": lambda: read_plan({}, "plan.json"),
    "no node is known in this VPC": without_nodes,
    "it cannot be written: …. Name a file": lambda: unwritten("/nonexistent/file"),
    "none is named, and no role": lambda: iam_policy(features=[]),
    "starting a sandbox in …: one is up": taken_twice,
    "starting …: …": lambda: Child.start(["/nonexistent/program"], log=directory() / "log", env={}),
    "reading …: …. Delete it": damaged,
    "did not end within": not_ended,
    "needs what is not installed": without_packages,
    "is no port: write tcp/5432": lambda: parse_port("web", "--port"),
    "nothing here is called": lambda: called("orders-api"),
    "asking for the address of": lambda: kubernetes().url,
    "there is no such part": lambda: obtain(["docker"]),
    "there is none on PATH, and": lambda: Go({"PATH": "/nonexistent"}, print).require(),
    "downloads are switched off": lambda: Publishers(print, off=True).checksum(None, NOWHERE),  # type: ignore[arg-type]
    "has no resource type …; it has": lambda: table.kind_of("aws:s3/bucket:Bucket"),
    "has no function …; it has": lambda: lookups.look_up("aws:s3/getBucket:getBucket", None, {}),  # type: ignore[arg-type]
    "it is not installed. Install it": lambda: sdk_root("pulumi_nonsense"),
    "never talks to a real account": lambda: settings._endpoint(
        "ec2", {"endpoints": [{"ec2": "https://ec2.amazonaws.com"}]}
    ),
    "only talks to an API server on": lambda: far_away("https://eks.amazonaws.com"),
    "no credentials. Any will do": lambda: settings._credentials({}),
    "no such file. Set": lambda: loaded("/nonexistent/config"),
    "decoding YAML:": lambda: decoding.decode({"text": "{"}),
    "asking for the sandbox in": lambda: Sandbox(directory()).state,
}
