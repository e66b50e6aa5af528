"""Which of a resource's inputs say how its cluster is reached."""

from __future__ import annotations

import pytest

from sg_integration.kubernetes.connection import ClusterConnection
from sg_integration.model.errors import InvalidInput
from sg_integration.providers.cluster_access import connection

AWS = {"region": "eu-central-1", "profile": "p", "role_arn": "arn:x", "endpoint_url": "http://e"}


def test_a_resource_that_reaches_aws_too_may_have_a_kubeconfig() -> None:
    """Region and profile of a node enrollment say where its interfaces are, and nothing of a cluster that has a kubeconfig."""
    found = connection({**AWS, "kubeconfig": "~/.kube/config", "context": "prod", "eks_cluster_name": None})
    assert found == ClusterConnection(kubeconfig="~/.kube/config", context="prod")
    assert connection(AWS) == ClusterConnection()


def test_an_eks_cluster_is_asked_for_as_they_say() -> None:
    """With the name of an EKS cluster they are how it is asked for."""
    assert connection({**AWS, "eks_cluster_name": "shop"}) == ClusterConnection(eks_cluster_name="shop", **AWS)


@pytest.mark.parametrize("name", ["kubeconfig", "context"])
def test_what_is_no_text_is_refused(name: str) -> None:
    """By its name."""
    with pytest.raises(InvalidInput, match=f"{name}: int is no text"):
        connection({name: 7})
