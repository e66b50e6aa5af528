"""How a program reaches a cluster: one way at a time, refused where two are named."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from sg_integration import ClusterAccess, ClusterIntegration, InvalidInput, VpcIntegration

from .pod_programs import GRANT, KUBERNETES, binding, run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": ""}, 'ClusterAccess "": name'),
        ({"cluster_unreachable": "Warn"}, 'cluster_unreachable: \'Warn\' is neither "fail" nor "warn"'),
        ({"eks_cluster_name": "prod", "kubeconfig": "x"}, "eks_cluster_name: it needs no kubeconfig and no context"),
        ({"eks_cluster_name": "prod", "context": "x"}, "eks_cluster_name: it needs no kubeconfig and no context"),
        ({"kubeconfig": ""}, "kubeconfig: it is empty"),
        ({"kubeconfig": " \n"}, "kubeconfig: it is empty"),
    ],
)
def test_a_bad_argument_is_refused(arguments: dict[str, Any], words: str) -> None:
    """InvalidInput names it, and nothing is registered; an empty kubeconfig means no other cluster."""

    def program() -> None:
        given = {"name": "prod", **arguments}
        with pytest.raises(InvalidInput) as caught:
            ClusterAccess(given.pop("name"), **given)
        assert words in str(caught.value)

    assert run(program).registered == []


def test_a_cluster_hands_its_arguments_on() -> None:
    """What is wrong with the way to an integration's cluster is refused too."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id="vpc-0a1b2c3d")
        nodes: dict[str, Any] = {"node_security_group_ids": ["sg-0000000a"], "control_plane_security_group_id": None}
        with pytest.raises(InvalidInput, match="cluster_unreachable"):
            ClusterIntegration("eks", integration=vpc, cluster_unreachable="never", **nodes)
        cluster = ClusterIntegration("ok", integration=vpc, guard=False, context="x", **nodes)
        assert cluster.guard is None
        binding(cluster=cluster)

    made = run(program)
    assert made.of(GRANT).inputs["context"] == "x"
    assert not [one for one in made.registered if one.name.startswith("ok-guard")]


def test_the_stacks_configuration_is_a_way_too() -> None:
    """`kubernetes:kubeconfig` and `kubernetes:context` serve both our resources and the provider, the kubeconfig as a secret."""

    def program() -> None:
        pulumi.runtime.set_all_config({"kubernetes:kubeconfig": "text", "kubernetes:context": "blue"})
        binding()

    try:
        made = run(program)
    finally:
        pulumi.runtime.set_all_config({})
    grant = made.of(GRANT)
    assert (grant.inputs["kubeconfig"], grant.inputs["context"]) == ("text", "blue")
    assert "kubeconfig" in grant.secret
    assert made.of(KUBERNETES).inputs["context"] == "blue"


def test_an_eks_cluster_needs_no_kubeconfig_and_no_aws_cli() -> None:
    """Its provider gets tokens from our own command, with the region and role; our resources ask AWS themselves."""

    def program() -> None:
        access = ClusterAccess("prod", eks_cluster_name="shop", region="eu-central-1", role_arn="arn:aws:iam::1:role/x")
        binding(cluster=access)

    made = run(program)
    grant = made.of(GRANT)
    assert "kubeconfig" not in grant.inputs
    assert (grant.inputs["eks_cluster_name"], grant.inputs["region"]) == ("shop", "eu-central-1")
    (user,) = json.loads(made.of(KUBERNETES).inputs["kubeconfig"])["users"]
    assert user["user"]["exec"]["command"] == "sg-integration"
    assert user["user"]["exec"]["args"] == [
        "eks-token", "--cluster-name", "shop", "--region", "eu-central-1", "--role-arn", "arn:aws:iam::1:role/x",
    ]  # fmt: skip


def test_warn_reaches_the_provider_too() -> None:
    """A cluster that may be unreachable in a preview is so for the kubernetes provider as well."""
    made = run(lambda: binding(cluster=ClusterAccess("prod", kubeconfig="x", cluster_unreachable="warn")))
    assert made.of(KUBERNETES).inputs["skipUpdateUnreachable"] in (True, "true")
    assert made.of(GRANT).inputs["cluster_unreachable"] == "warn"
