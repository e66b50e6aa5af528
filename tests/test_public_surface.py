"""What `import sg_integration` gives, and what it does not load."""

from __future__ import annotations

import statistics
import subprocess
import sys
from importlib.metadata import version
from types import ModuleType

import pytest

import sg_integration

HEAVY = (
    "boto3", "botocore", "lightkube", "httpx2", "msgspec", "pulumi_aws", "pulumi_kubernetes", "pulumi_aws.ec2.instance", "moto",
    "sg_integration.sandbox",
)  # fmt: skip
# The processor's time that our own modules take: somebody else's work on the machine does not count.
MEASURE = """
import time
import pulumi, pulumi.dynamic, pulumi_aws, pulumi_kubernetes
before = time.process_time()
from sg_integration import *
print(time.process_time() - before)
"""


def test_the_public_names_are_sorted_and_all_there() -> None:
    """`__all__` is sorted, and every name in it can be had."""
    names = sg_integration.__all__
    assert names == sorted(names)
    assert all(getattr(sg_integration, name) is not None for name in names)
    assert dir(sg_integration) == names


def test_every_public_thing_has_a_docstring() -> None:
    """A public class, function or module says what it is for."""
    for name in sg_integration.__all__:
        value = getattr(sg_integration, name)
        if isinstance(value, (type, ModuleType)):
            assert value.__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The package has no name but its own."""
    with pytest.raises(AttributeError, match="no attribute 'Typo'"):
        sg_integration.Typo  # noqa: B018


def test_the_version_is_the_distributions() -> None:
    """The version in the package is the one that was built."""
    assert sg_integration.__version__ == version("sg-integration")


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import sg_integration", ()),
        ("from sg_integration import InvalidInput, ports", ()),
        ("from sg_integration import *", ("pulumi_aws", "pulumi_kubernetes")),
        ("import sg_integration.cli", ()),
    ],
)
def test_importing_loads_nothing_heavy(statement: str, allowed: tuple[str, ...]) -> None:
    """Importing the package loads neither boto3 nor the client of Kubernetes nor the sandbox; components load only Pulumi's SDK."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = set(HEAVY) - set(allowed) - ({"sg_integration.sandbox"} if "cli" in statement else set())
    assert not heavy & set(loaded)


def test_importing_everything_takes_a_third_of_a_second_at_most() -> None:
    """All public names, without Pulumi's SDK, are imported in at most 0.3 s of the processor's time."""
    runs = [
        subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True) for _ in range(3)
    ]
    assert statistics.median(float(run.stdout) for run in runs) <= 0.3
