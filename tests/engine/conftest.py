"""The real engine, a home with the plugins, and an AWS account on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.plugins.install import install
from sg_integration.sandbox.toolchain.obtain import obtain

from .calls_named import unnamed
from .cloud import Cloud
from .databases import Estate, WatchedStack
from .stacks import EngineStack

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

REGION = "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An account for all tests of a worker; each test has a VPC of its own in it."""
    with EmbeddedAws(directory=tmp_path_factory.mktemp("aws")) as server:
        yield server


@pytest.fixture(autouse=True)
def _every_call_is_named(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does, no call to AWS is made that the IAM policy does not name."""
    if "embedded_aws" not in request.fixturenames:
        yield
        return
    embedded_aws: EmbeddedAws = request.getfixturevalue("embedded_aws")
    yield
    assert unnamed(embedded_aws.take_asked()) == []


@pytest.fixture(scope="session")
def engine_env(tmp_path_factory: pytest.TempPathFactory, embedded_aws: EmbeddedAws) -> dict[str, str]:
    """The environment in which the engine runs; its `pulumi` also comes first for this process."""
    binaries = obtain(["pulumi"])
    path = os.pathsep.join([str(binaries), str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PATH"] = path
    home = tmp_path_factory.mktemp("home")
    install(home)
    state = tmp_path_factory.mktemp("state")
    return {
        **CREDENTIALS,
        "PATH": path,
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
        "AWS_ENDPOINT_URL": embedded_aws.url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(scope="session")
def ec2(embedded_aws: EmbeddedAws) -> EC2Client:
    """A client that sees what really stands in the account."""
    return boto3.client(
        "ec2",
        endpoint_url=embedded_aws.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def cloud(ec2: EC2Client) -> Cloud:
    """A VPC of the test's own, and what stands in it."""
    return Cloud.make(ec2)


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A name for the project of the test's stacks."""
    return f"p{abs(hash(request.node.nodeid)) % 10**9}"


@pytest.fixture
def new_stack(engine_env: dict[str, str], tmp_path: Path, project: str) -> Callable[..., EngineStack]:
    """Makes stacks: `new_stack()` or, when a test has several, `new_stack("other")`."""

    def make(name: str = "dev", **env: str) -> EngineStack:
        return EngineStack(name, tmp_path, {**engine_env, **env}, project, here=True)

    return make


@pytest.fixture
def stack(new_stack: Callable[..., EngineStack]) -> EngineStack:
    """The test's one stack."""
    return new_stack()


@pytest.fixture
def process_stack(engine_env: dict[str, str], tmp_path: Path, project: str) -> EngineStack:
    """The test's one stack, whose plugins the engine starts as it does for users: what they print is shown, too."""
    return EngineStack("dev", tmp_path, engine_env, project)


@pytest.fixture
def estate(cloud: Cloud, embedded_aws: EmbeddedAws) -> Iterator[Estate]:
    """An empty estate in the test's VPC; what no test may ever ask of RDS was not asked."""
    rds = boto3.client(
        "rds",
        endpoint_url=embedded_aws.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    before = len(embedded_aws.calls())
    yield Estate.make(cloud, rds)
    calls = embedded_aws.calls()[before:]
    embedded_aws.reset()  # RDS lists an account, not a VPC: the next test would see these databases
    assert not [call for call in calls if "ApplyImmediately" in call.parameters]
    assert not [call for call in calls if call.code == "InvalidParameterCombination"], "a list that changes nothing"


@pytest.fixture
def watched_process(process_stack: EngineStack, embedded_aws: EmbeddedAws) -> WatchedStack:
    """The same stack as `process_stack`, watched."""
    return WatchedStack(process_stack, embedded_aws)


@pytest.fixture
def watched(stack: EngineStack, embedded_aws: EmbeddedAws) -> WatchedStack:
    """The test's one stack, watched."""
    return WatchedStack(stack, embedded_aws)
