"""A cluster in memory that makes branch interfaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sg_integration.model.branch_interfaces import Policy
from sg_integration.model.errors import IntegrationError
from sg_integration.model.label_selectors import label_selector
from sg_integration.model.nodes import Node

from .pod_world import FakeCluster


@dataclass
class Policies:
    """The SecurityGroupPolicies of a cluster in memory."""

    serves: bool = True
    standing: dict[tuple[str, str], Policy] = field(default_factory=dict)
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)
    plugin: dict[str, str] | None = field(default_factory=lambda: {"ENABLE_POD_ENI": "false"})
    broken: IntegrationError | None = None

    def served(self) -> bool:
        return self.serves

    def listed(self, namespace: str) -> list[Policy]:
        return [each for (where, _), each in self.standing.items() if where == namespace]

    def service_accounts(self, namespace: str, selector: str = "") -> dict[str, dict[str, str]]:
        if self.broken:
            raise self.broken
        return self.accounts

    def plugin_settings(self) -> dict[str, str] | None:
        if self.broken:
            raise self.broken
        return self.plugin


class Eks(FakeCluster):
    """A cluster in memory that makes branch interfaces."""

    def __init__(self) -> None:
        super().__init__()
        self.branch_interfaces = Policies()
        self.members: list[Node] = []

    def nodes(self) -> list[Node]:
        self._ask("nodes")
        return self.members

    def write_policy(self, inputs: dict[str, Any]) -> None:
        """Write a binding's policy, as the kubernetes provider does."""
        selector = label_selector(inputs["pod_selector"], "pods")
        self.branch_interfaces.standing[inputs["namespace"], "ours"] = Policy(
            inputs["policy"], selector, frozenset(inputs["security_group_ids"])
        )

    def add(self, name: str, selector: dict[str, str], *groups: str, accounts: dict[str, str] | None = None) -> None:
        """Write a policy in namespace shop."""
        pods = label_selector(selector, "pods")
        running = None if accounts is None else label_selector(accounts, "accounts")
        self.branch_interfaces.standing["shop", name] = Policy(name, pods, frozenset(groups), running)
