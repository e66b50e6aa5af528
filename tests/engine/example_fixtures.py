"""Fixtures of the tests of examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.seed import seed
from tests.sandbox.plugin_kubernetes_world import Server

from .example_stacks import Shop, emptied
from .pods import unguarded

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture
def shop(
    kubernetes_server: Server,
    engine_env: dict[str, str],
    embedded_aws: EmbeddedAws,
    ec2: EC2Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """A VPC and a cluster of the test's own."""
    monkeypatch.setenv("KUBECONFIG", str(kubernetes_server.kubeconfig))  # for providers that are served here
    env = {**engine_env, "KUBECONFIG": str(kubernetes_server.kubeconfig)}
    with emptied(kubernetes_server) as server:
        seeded = seed(env)
        embedded_aws.clear_calls()
        made = Shop(server, embedded_aws, ec2, env, tmp_path, seeded)
        yield made
        made.destroy()
        assert unguarded(server)
        embedded_aws.reset()  # RDS lists an account, not a VPC: the next test would see this database
