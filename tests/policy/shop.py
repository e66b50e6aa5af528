"""The VPC of a shop, and ways to look at its objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sg_integration.model import calico
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind


def shop(*rules: SecurityGroupRule, **more: Any) -> PolicyInputs:
    """A VPC with the groups of a shop; the rules are those of orders-db."""
    named = {"sg-0a": "orders-api", "sg-0e": "nodes", "sg-0d": "pod default"}
    groups = (SecurityGroup("sg-0b", "orders-db", rules), *(SecurityGroup(*each) for each in named.items()))
    return PolicyInputs(groups, frozenset({"sg-0e"}), "sg-0d", **{"in_use": frozenset({"sg-0a", "sg-0b"}), **more})


def rule(n: int = 1, **changes: Any) -> SecurityGroupRule:
    """`orders-db` admits `orders-api`."""
    plain = SecurityGroupRule(f"sgr-{n}", Direction.INGRESS, "tcp", 5432, 5432, PeerKind.SECURITY_GROUP, "sg-0a")
    return replace(plain, **changes)


def objects(*rules: SecurityGroupRule, **options: Any) -> dict[str, calico.Manifest]:
    """The objects of the shop."""
    return calico.objects(compile_policy(shop(*rules)), **options)


def specs(found: dict[str, calico.Manifest]) -> Iterator[dict[str, Any]]:
    """The specs of the policies."""
    return (each["spec"] for each in found.values() if "Policy" in each["kind"])


def rules_of(found: dict[str, calico.Manifest]) -> Iterator[dict[str, Any]]:
    """Their rules."""
    return (each for spec in specs(found) for way in ("ingress", "egress") for each in spec[way])


def ends(found: dict[str, calico.Manifest]) -> Iterator[dict[str, Any]]:
    """The ends of their rules."""
    return (each[end] for each in rules_of(found) for end in ("source", "destination") if end in each)
