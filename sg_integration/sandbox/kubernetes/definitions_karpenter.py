"""Definitions of Karpenter's kinds, as far as they say in which groups a node is born and which taint it starts with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sg_integration.sandbox.kubernetes.schemas import Definition, Schema, choice, definition, fields, items, text, texts

NODE_CLASS: Final = "karpenter.k8s.aws/v1"
NODE_POOL: Final = "karpenter.sh/v1"
_TERMS: Final = 30


def karpenter() -> Iterator[Definition]:
    """EC2NodeClass and NodePool. Source: https://karpenter.sh/docs/concepts/nodeclasses/ and …/nodepools/."""
    yield definition(NODE_CLASS, "EC2NodeClass", "ec2nodeclasses", _node_class())
    yield definition(NODE_POOL, "NodePool", "nodepools", _node_pool())


def _node_class() -> Schema:
    by_id = {"tags": texts(), "id": text()}
    groups = items(fields({**by_id, "name": text()}), _TERMS, minItems=1)
    images = items(fields({**by_id, "alias": text(), "name": text(), "owner": text()}), _TERMS, minItems=1)
    return fields(
        {
            "amiFamily": text(),
            "amiSelectorTerms": images,
            "subnetSelectorTerms": items(fields(by_id), _TERMS, minItems=1),
            "securityGroupSelectorTerms": groups,
            "role": text(minLength=1),
            "instanceProfile": text(minLength=1),
            "userData": text(),
            "tags": texts(),
        },
        "amiSelectorTerms",
        "subnetSelectorTerms",
        "securityGroupSelectorTerms",
        rules=(
            ("has(self.role) != has(self.instanceProfile)", "must specify exactly one of ['role', 'instanceProfile']"),
        ),
    )


def _node_pool() -> Schema:
    effects = choice("NoSchedule", "PreferNoSchedule", "NoExecute")
    taints = items(fields({"key": text(minLength=1), "value": text(), "effect": effects}, "key", "effect"))
    node_class = fields({"group": text(), "kind": text(), "name": text()}, "group", "kind", "name")
    requirement = fields({"key": text(), "operator": text(), "values": items(text())}, "key", "operator")
    spec = fields(
        {
            "nodeClassRef": node_class,
            "requirements": items(requirement, 100),
            "taints": taints,
            "startupTaints": taints,
            "expireAfter": text(),
        },
        "nodeClassRef",
        "requirements",
    )
    metadata = fields({"labels": texts(), "annotations": texts()})
    return fields(
        {"template": fields({"metadata": metadata, "spec": spec}, "spec"), "weight": {"type": "integer"}}, "template"
    )
