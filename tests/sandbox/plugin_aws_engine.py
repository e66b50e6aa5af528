"""Stacks on the real engine with the stand-in aws plugin and the embedded AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sg_integration.sandbox.plugins.aws.package import AwsPackage
from sg_integration.sandbox.plugins.install import install
from sg_integration.sandbox.toolchain.obtain import obtain
from tests.engine.stacks import EngineStack
from tests.sandbox.plugin_client import served


@pytest.fixture(scope="module")
def engine_env(tmp_path_factory: pytest.TempPathFactory, aws_url: str) -> dict[str, str]:
    """The engine's environment; our `pulumi` comes first for this process, too."""
    path = os.pathsep.join([str(obtain(["pulumi"])), str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PATH"] = path
    home = tmp_path_factory.mktemp("home")
    install(home)
    return {
        "PATH": path,
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": tmp_path_factory.mktemp("state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@pytest.fixture
def server(engine_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The plugin served in this process, with the engine's environment; its port, for PULUMI_DEBUG_PROVIDERS."""
    for name, value in engine_env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    with served(AwsPackage()) as port:
        yield port


@pytest.fixture
def new_stack(engine_env: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., EngineStack]:
    """Makes the test's stack, with more environment if need be."""
    project = f"p{abs(hash(request.node.nodeid)) % 10**9}"

    def make(**env: str) -> EngineStack:
        return EngineStack("dev", tmp_path, {**engine_env, **env}, project)

    return make


@pytest.fixture
def stack(new_stack: Callable[..., EngineStack]) -> EngineStack:
    """The test's stack."""
    return new_stack()


@pytest.fixture
def attached(new_stack: Callable[..., EngineStack], server: int) -> EngineStack:
    """The test's stack, with the plugin served in this process: faster, and open to monkeypatching."""
    return new_stack(PULUMI_DEBUG_PROVIDERS=f"aws:{server}")


def state_of(stack: EngineStack, name: str) -> dict[str, Any]:
    """A resource of the state, by name."""
    [found] = [one for one in stack.resources() if one["urn"].endswith(f"::{name}") and not one.get("delete")]
    return found
