"""The programs that the sandbox runs: found on PATH, downloaded from their publishers, or built from Go modules."""

from sg_integration.sandbox.toolchain.obtain import Toolchain, obtain
from sg_integration.sandbox.toolchain.parts import PARTS, Part

__all__ = ["PARTS", "Part", "Toolchain", "obtain"]
