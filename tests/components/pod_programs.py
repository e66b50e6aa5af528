"""Programs that bind pods, run against Pulumi's mocks, and all that an engine is told of each resource."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pulumi
from google.protobuf import json_format  # type: ignore[import-untyped]
from pulumi.runtime import mocks

from sg_integration import ClusterAccess, PodGroupBinding, SecurityGroup

A, B = "sg-0aaaaaaaaaaaaaaa1", "sg-0bbbbbbbbbbbbbbb2"
GRANT = "pulumi-python:dynamic/sg_integration:PodGroupGrant"
PODS = "pulumi-python:dynamic/sg_integration:PodGroups"
GUARD = "pulumi-python:dynamic/sg_integration:PodGuard"
POLICY = "kubernetes:admissionregistration.k8s.io/v1:MutatingAdmissionPolicy"
ENTRY = "kubernetes:core/v1:ConfigMap"
KUBERNETES = "pulumi:providers:kubernetes"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Registered:
    """One resource as it was registered.

    Args:
        kind: its type.
        name: its name.
        parent: its parent's name.
        after: those that it depends on, as type and name.
        provider: the URN and id of its provider, if one is named.
        aliases: the names that it had before.
        inputs: its inputs.
        secret: the names of the inputs that are secret.
    """

    kind: str
    name: str
    parent: str
    after: frozenset[tuple[str, str]]
    provider: str
    aliases: tuple[str, ...]
    inputs: dict[str, Any]
    secret: frozenset[str]


@dataclass
class Engine(mocks.Mocks):
    """What a program registered, in order.

    Args:
        finds: the mode that the cluster has.
        preview: whether it only previews.
    """

    finds: str = "admission"
    preview: bool = False
    registered: list[Registered] = field(default_factory=list)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer as providers do: groups and objects have ids, a grant knows the mode."""
        if args.typ == GRANT:
            wanted = args.inputs.get("wanted_mode", "auto")
            return "grant/1", {**args.inputs, "mode": self.finds if wanted == "auto" else wanted}
        known = args.resource_id or f"sg-{len(self.registered):08x}"
        return known, dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """An EKS cluster is described."""
        assert args.token == "aws:eks/getCluster:getCluster"
        authorities = [{"data": "Q0E="}]
        return {**args.args, "endpoint": "https://eks.test", "certificateAuthorities": authorities}, []

    def of(self, kind: str, name: str = "") -> Registered:
        """The one resource of a type, or of a type and a name."""
        (found,) = [one for one in self.registered if one.kind == kind and name in ("", one.name)]
        return found

    def kinds(self) -> set[str]:
        """The types that were registered."""
        return {one.kind for one in self.registered}


def run(program: Callable[[], Any], **options: Any) -> Engine:
    """Run a program; what it raises is raised here."""
    return Context().run(_run, program, Engine(**options))


def binding(name: str = "web", **arguments: Any) -> PodGroupBinding:
    """A binding of the pods `app=web` in namespace shop, or whatever is said instead; None leaves an argument out."""
    found = {"namespace": "shop", "pod_selector": {"app": "web"}, "security_groups": None, **arguments}
    if found["security_groups"] is None:
        found["security_groups"] = [SecurityGroup.existing("orders-api", A)]
    if "cluster" not in found:
        found["cluster"] = ClusterAccess("prod")
    return PodGroupBinding(name, **{key: value for key, value in found.items() if value is not None})


def _run(program: Callable[[], Any], engine: Engine) -> Engine:
    loop = asyncio.new_event_loop()
    # A program that is meant to fail leaves outputs that nobody awaits; the first failure is the one we test.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    mocks.set_mocks(engine, preview=engine.preview)
    real = mocks.MockMonitor.RegisterResource

    def register(self: mocks.MockMonitor, request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            engine.registered.append(_read(request))
        return real(self, request)  # type: ignore[no-untyped-call]

    def declare() -> None:
        program()

    with mock.patch.object(mocks.MockMonitor, "RegisterResource", register):
        pulumi.runtime.test(declare)()  # type: ignore[no-untyped-call]  # it has no annotations
    return engine


def _read(request: Any) -> Registered:
    document = json_format.MessageToDict(request.object)
    secret = {name for name, value in document.items() if isinstance(value, dict) and _SECRET in value.values()}
    plain = {name: value["value"] if name in secret else value for name, value in document.items()}
    return Registered(
        request.type,
        request.name,
        request.parent.rpartition("::")[2],
        frozenset(_kind_and_name(urn) for urn in request.dependencies),
        request.provider,
        tuple(alias.spec.name or alias.urn for alias in request.aliases),
        plain,
        frozenset(secret),
    )


def _kind_and_name(urn: str) -> tuple[str, str]:
    kind, name = urn.split("::")[2:4]
    return kind.rpartition("$")[2], name
