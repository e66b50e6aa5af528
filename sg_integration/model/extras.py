"""What is installed only for those who ask for it: the packages of an extra, as in `pip install 'sg-integration[kubernetes]'`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from sg_integration.model.errors import MissingExtra

# Modules, as pyproject.toml has the packages.
PACKAGES: Final = {"kubernetes": ("httpx2", "lightkube", "msgspec", "pulumi_kubernetes")}


def require(extra: str, what: str) -> None:
    """Refuse to go on without the packages of an extra, before one of them is missed somewhere deep inside.

    Args:
        extra: the extra's name.
        what: who needs it.

    Raises:
        MissingExtra: one of them is not installed.
    """
    if missing := [package for package in PACKAGES[extra] if find_spec(package) is None]:
        raise MissingExtra(what, extra, missing)
