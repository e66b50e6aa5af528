"""Fixtures of the embedded AWS: one server for all tests of a process, a VPC of its own for each."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from sg_integration.sandbox.aws.control import Control
from tests.sandbox.aws_account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """The address of an embedded AWS that runs in this process: real HTTP, and visible to coverage and debuggers."""
    from sg_integration.sandbox.aws.serving import server  # noqa: PLC0415 - moto takes a second to import

    httpd = server(0)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def account(aws_url: str) -> Account:
    """An account of the embedded AWS, with a VPC of the test's own."""
    return Account.at(aws_url)


@pytest.fixture
def control(aws_url: str) -> Iterator[Control]:
    """The admin endpoint of that AWS; settings and faults are taken back when the test is over."""
    yield Control(int(aws_url.rpartition(":")[2]))
    from sg_integration.sandbox.aws.world import WORLD  # noqa: PLC0415 - with moto, as above

    WORLD.reset()
