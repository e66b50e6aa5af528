"""Where a cluster's API server is, as the cluster itself says it."""

from __future__ import annotations

from typing import Any

from sg_integration.kubernetes.api import NOT_FOUND, Api


def addresses(api: Api) -> tuple[str, ...]:
    """The addresses behind the service `kubernetes`: what nodes must always reach."""
    where = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    query = {"labelSelector": "kubernetes.io/service-name=kubernetes"}
    answer = api.request("asking where the API server is", "GET", where, query=query, allow=NOT_FOUND)
    if answer.code in NOT_FOUND:
        return ()
    found: Any = answer.read()
    return tuple(
        sorted({each for item in found["items"] for one in item["endpoints"] or () for each in one["addresses"]})
    )
