"""Nodes, as the cluster knows them."""

from __future__ import annotations

from sg_integration.kubernetes.api import JSON, Api
from sg_integration.kubernetes.documents import Page, WholeNode, decoder
from sg_integration.model.nodes import Node

_nodes = decoder(Page[WholeNode])


def listed(api: Api) -> list[Node]:
    """Every node that is not about to go; whole nodes, because only their spec says which instance is behind them."""
    found = api.everything("listing the nodes", "/api/v1/nodes", _nodes, accept=JSON)
    return [
        Node(
            item.metadata.name,
            item.spec.provider_id,
            item.metadata.labels or {},
            version=item.status.node_info.kubelet_version,
            branch_interfaces=int(item.status.capacity.branch_interfaces),
        )
        for item in found
        if not item.metadata.deletion_timestamp
    ]
