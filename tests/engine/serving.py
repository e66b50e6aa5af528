"""The stand-in aws plugin and Pulumi's own dynamic provider, served in the test's process.

An engine that starts them for each operation pays for that more than for the operation. It attaches to these instead, and
coverage sees what they do. What a process of one operation would not know of the one before is forgotten: see `served_here`.
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import grpc  # type: ignore[import-untyped]
from botocore.loaders import create_loader
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2_grpc

from sg_integration.providers import (
    branch_interfaces,
    drain,
    enforcement,
    enrollment,
    pod_groups,
    pod_guard,
    tigera,
)
from sg_integration.sandbox.plugins.aws.package import AwsPackage
from sg_integration.sandbox.plugins.serve import start

_PACKAGES = tuple(f"sg_integration.{package}." for package in ("aws", "kubernetes", "model", "providers"))
# Loaded before the first look at what modules keep: programs load a provider only when they declare one of its resources.
_PROVIDERS = (branch_interfaces, drain, enforcement, enrollment, pod_groups, pod_guard, tigera)
# What a process knows of its deployment.
_FORGOTTEN = (
    "sg_integration.aws.connection._CLIENTS",
    "sg_integration.aws.pacing._SHARED",
    "sg_integration.aws.sightings._SEEN",
    "sg_integration.kubernetes.connection._OPEN",
    "sg_integration.providers.claims._ATTACHED",
    "sg_integration.providers.claims._BY",
    "sg_integration.providers.claims._CLAIMS",
    "sg_integration.providers.claims._WRITING",
    "sg_integration.providers.enforcement_view._LOOKED",
    "sg_integration.providers.pod_grants._WRITING",
)
_AS_LOADED: dict[str, int] = {}


@contextmanager
def served_here(env: Mapping[str, str]) -> Iterator[str]:
    """Serve one operation of an engine; the plugins get that environment as if it were their process's own.

    They begin as new processes would: without claims, buckets and clients of the operation before.

    Yields:
        The value of PULUMI_DEBUG_PROVIDERS.
    """
    _forget()
    servers = {"aws": start(AwsPackage()), "pulumi-python": _start()}
    ours = {name: value for name, value in env.items() if name.startswith("AWS_")}
    try:
        with mock.patch.dict(os.environ, ours), mock.patch("botocore.session.create_loader", _loader):
            yield ",".join(f"{name}:{port}" for name, (_, port) in servers.items())
    finally:
        for server, _ in servers.values():
            server.stop(grace=None).wait()


@functools.cache
def _loader(path: str | None) -> Any:
    """What botocore knows of services, read once: each client reads for longer than it works."""
    loader = create_loader(path)
    for service in ("ec2", "rds", "sts"):
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)
    gc.freeze()  # a million objects that stay: no collection need look at them
    return loader


def _forget() -> None:
    _dynamic_provider()._PROVIDER_CACHE.clear()
    kept = _kept()
    for name in kept.keys() & set(_FORGOTTEN):
        kept[name].clear()
    more = {name for name, value in kept.items() if _AS_LOADED.setdefault(name, len(value)) != len(value)}
    assert not more, f"something is kept from one deployment to the next; forget it here, too: {more}"


def _kept() -> dict[str, Any]:
    """The collections of all modules that a dynamic provider may use, by their full names."""
    modules = [(name, module) for name, module in list(sys.modules.items()) if name.startswith(_PACKAGES)]
    return {
        f"{module_name}.{name}": value
        for module_name, module in modules
        for name, value in vars(module).items()
        if isinstance(value, (dict, list, set)) and not name.startswith("__")
    }


@functools.cache
def _dynamic_provider() -> Any:
    """The module of Pulumi's dynamic provider, which serves for ever as soon as it is run: all of it but that last line."""
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    source = ast.parse(Path(spec.origin).read_text(), spec.origin)
    assert ast.unparse(source.body.pop()) == "main()"
    module = importlib.util.module_from_spec(spec)
    exec(compile(source, spec.origin, "exec"), vars(module))
    return module


def _start() -> tuple[Any, int]:
    """The dynamic provider, with as many workers and the options that it has in a process of its own."""
    module = _dynamic_provider()
    servicer = module.DynamicResourceProviderServicer()
    servicer.Attach = lambda _request, _context: empty_pb2.Empty()  # said by an engine that did not start the process
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=module._GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
