"""A provider package of one type, for the tests of the servicer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sg_integration.sandbox.plugins.errors import InitializationFailed, PluginError
from sg_integration.sandbox.plugins.protocol import Checked, Created, Diff, DiffKind, Failure, Found

KIND = "toy:index:Toy"


@dataclass
class Toys:
    """A connection that remembers what it was asked."""

    variables: dict[str, Any]
    asked: list[Any] = field(default_factory=list)

    def check(self, request: Any) -> Checked:
        """Fill in a default; refuse `bad`."""
        failures = (Failure("bad", "no"),) if "bad" in request.inputs else ()
        return Checked({**request.inputs, "region": self.variables["region"]}, failures)

    def diff(self, request: Any) -> Diff:
        """Two changes, of which one replaces."""
        kinds = {"a.b": DiffKind.UPDATE, "c": DiffKind.ADD, "d": DiffKind.DELETE}
        return Diff(("a", "c", "d"), ("a", "d"), kinds, delete_before_replace=True) if request.inputs else Diff()

    def create(self, request: Any) -> Created:
        """Fail as asked, or answer the inputs."""
        self.asked.append(request)
        if "half" in request.inputs:
            raise InitializationFailed("toy-1", {"kept": True}, "made, but not ready")
        if "refuse" in request.inputs:
            raise PluginError("creating a toy: no")
        if "crash" in request.inputs:
            raise KeyError("oops")
        return Created("toy-1", {**request.inputs, "where": self.variables["region"]})

    def read(self, request: Any) -> Found | None:
        """Everything is there but `gone`."""
        return None if request.id == "gone" else Found(request.id, {"x": 1}, {"x": 2})

    def update(self, request: Any) -> dict[str, Any]:
        """Answer the inputs."""
        return dict(request.inputs)

    def delete(self, request: Any) -> None:
        """Remember."""
        self.asked.append(request)

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answer the question."""
        return {"token": token, **args}


@dataclass
class ToyPackage:
    """A package that remembers its connections."""

    name: str = "toy"
    version: str = "1.2.3"
    made: list[Toys] = field(default_factory=list)

    def check_config(self, variables: dict[str, Any]) -> Checked:
        """Accept everything."""
        return Checked(variables)

    def diff_config(self, old: dict[str, Any], new: dict[str, Any]) -> Diff:
        """Compare."""
        return Diff() if old == new else Diff(("region",))

    def configure(self, variables: dict[str, Any]) -> Toys:
        """A new connection."""
        self.made.append(Toys(variables))
        return self.made[-1]
