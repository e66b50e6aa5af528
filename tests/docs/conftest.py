"""What the tests of the documentation need."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sg_integration.sandbox.toolchain.obtain import obtain


@pytest.fixture(scope="module")
def pulumi_on_path() -> Iterator[None]:
    """The CLI of the toolchain comes first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([str(obtain(["pulumi"])), os.environ["PATH"]]))
        patch.setenv("PULUMI_EXPERIMENTAL", "true")  # else `up --help` hides --plan, which it takes all the same
        patch.setenv("PULUMI_SKIP_UPDATE_CHECK", "1")
        yield
