"""Bindings behind enforcement by EKS's branch interfaces: what they declare, in which order, and what they refuse."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from sg_integration import (
    ClusterAccess,
    ClusterIntegration,
    Ec2Enrollment,
    Instances,
    InvalidInput,
    Nodes,
    SecurityGroup,
    SecurityGroupPolicyEnforcement,
    Unenforced,
    VpcIntegration,
)

from .pod_programs import GRANT, GUARD, KUBERNETES, PODS, POLICY, A, B, Engine, binding, run

BRANCH_PODS = "pulumi-python:dynamic/sg_integration:BranchPods"
INTERFACES = "pulumi-python:dynamic/sg_integration:BranchInterfaces"
SGP = "kubernetes:vpcresources.k8s.aws/v1beta1:SecurityGroupPolicy"
GROUP = "sg-0a1b2c3d4e5f60718"
CONDITION = {"key": "app", "operator": "NotIn", "values": ["api"]}


def access(**arguments: Any) -> ClusterAccess:
    """A cluster that another stack integrates."""
    return ClusterAccess("eks", enforcement=SecurityGroupPolicyEnforcement(**arguments))


def integration(**arguments: Any) -> ClusterIntegration:
    """A cluster of this stack."""
    return ClusterIntegration(
        "eks",
        integration=VpcIntegration("prod", vpc_id="vpc-0a1b2c3d4e5f60718"),
        node_security_group_ids=[GROUP],
        control_plane_security_group_id=None,
        **{"enforcement": SecurityGroupPolicyEnforcement(), **arguments},
    )


def existing(name: str, group: str = A) -> SecurityGroup:
    """Somebody else's group."""
    return SecurityGroup.existing(name, group)


def names(made: Engine, kind: str) -> set[str]:
    """The resources of a type."""
    return {one.name for one in made.registered if one.kind == kind}


def test_a_binding_is_a_policy_of_its_namespace() -> None:
    """Groups sorted, each once, with those of every pod; selector as it was written; after the look at the pods."""

    def program() -> None:
        every = existing("cluster", A)
        binding(
            cluster=access(security_groups=[every]),
            pod_selector={"matchLabels": {"tier": "shop"}, "matchExpressions": [CONDITION]},
            security_groups=[existing("b", B), every],
        )

    made = run(program)
    policy, pods = made.of(SGP), made.of(BRANCH_PODS)
    assert policy.inputs["spec"] == {
        "podSelector": {"matchLabels": {"tier": "shop"}, "matchExpressions": [CONDITION]},
        "securityGroups": {"groupIds": [A, B]},
    }
    about = policy.inputs["metadata"]
    assert (about["namespace"], about["labels"]) == ("shop", {"app.kubernetes.io/managed-by": "sg-integration"})
    assert (policy.name, pods.name, pods.parent, policy.parent) == ("web", "web-pods", "web", "web")
    assert (BRANCH_PODS, "web-pods") in policy.after
    assert pods.inputs["policy"] == about["name"]
    assert sorted(pods.inputs["security_group_ids"]) == [A, B]
    assert pods.inputs["max_groups"] == 5


def test_nothing_of_annotations_is_declared() -> None:
    """Neither grant nor admission policy, nor the guard, which guards annotations."""
    modes: list[str] = []

    def program() -> None:
        binding(cluster=integration()).mode.apply(modes.append)

    made = run(program)
    assert modes == ["security-group-policy"]
    assert not made.kinds() & {GRANT, PODS, POLICY, GUARD}
    [interfaces] = names(made, INTERFACES)
    assert interfaces == "eks-enforcement"
    assert (INTERFACES, "eks-enforcement") in made.of(BRANCH_PODS).after
    assert made.of(INTERFACES).inputs["besides"] is False


def test_in_another_stack_the_cluster_is_not_looked_at_again() -> None:
    """The access declares nothing of the enforcement; namespace and groups may be known later."""

    def program() -> None:
        fresh = SecurityGroup("fresh", vpc_id="vpc-0a1b2c3d")
        binding(cluster=access(), namespace=pulumi.Output.from_input("shop"), security_groups=[fresh])

    made = run(program)
    assert INTERFACES not in made.kinds()
    assert made.of(SGP).inputs["metadata"]["namespace"] == "shop"
    assert (
        made.of(SGP).inputs["spec"]["securityGroups"]["groupIds"] == made.of(BRANCH_PODS).inputs["security_group_ids"]
    )


def test_a_preview_shows_the_selector_of_groups_that_are_not_made_yet() -> None:
    """Only the groups are not known yet, not the whole policy."""

    def program() -> None:
        binding(cluster=access(), security_groups=[SecurityGroup("fresh", vpc_id="vpc-0a1b2c3d")])

    assert run(program, preview=True).of(SGP).inputs["spec"]["podSelector"] == {"matchLabels": {"app": "web"}}


def test_the_kubeconfig_is_a_secret_here_too() -> None:
    """In both dynamic resources and in the provider, by which the policy is declared."""

    def program() -> None:
        binding(cluster=integration(kubeconfig="apiVersion: v1"))

    made = run(program)
    holders = [one for one in made.registered if "kubeconfig" in one.inputs]
    assert {one.kind for one in holders} == {INTERFACES, BRANCH_PODS, KUBERNETES}
    assert all("kubeconfig" in one.secret for one in holders)
    assert KUBERNETES in made.of(SGP).provider


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"namespace": None, "namespace_selector": {"team": "x"}}, "namespace_selector: .* write a binding for each"),
        ({"mode": "live"}, "mode: .* when they are created; leave 'live' out"),
        ({"mode": "admission"}, "mode: .* leave 'admission' out"),
        ({"on_conflict": "force"}, "on_conflict: .* leave 'force' out"),
        ({"namespace": "kube-system"}, "namespace: kube-system is never bound"),
    ],
)
def test_what_means_nothing_without_annotations_is_refused(arguments: dict[str, Any], words: str) -> None:
    """By the constructor, with the argument's name; the same is taken where pods are annotated."""
    with pytest.raises(InvalidInput, match=f'PodGroupBinding "web": {words}'):
        run(lambda: binding(cluster=access(), **arguments))
    if arguments.get("namespace") != "kube-system":
        run(lambda: binding(**arguments))


def test_a_namespace_that_is_known_later_is_checked_here_too() -> None:
    """A bad one fails the program, and no policy is declared."""
    with pytest.raises(Exception, match="kube-system is never bound"):
        run(lambda: binding(cluster=access(), namespace=pulumi.Output.from_input("kube-system")))


def test_more_groups_than_an_interface_takes_are_refused() -> None:
    """Counted each once, with those of every pod, by the constructor; a raised quota is said by max_groups."""

    def program(count: int, most: int, every: int = 0) -> None:
        groups = [existing(f"g-{at}", f"sg-{at:017x}") for at in range(count)]
        enforced = access(max_groups=most, security_groups=[*groups[:1], *groups[count - every :]])
        binding(cluster=enforced, security_groups=groups[: count - every])

    run(lambda: program(5, 5))
    run(lambda: program(16, 16))
    for count, most, every in ((6, 5, 0), (6, 5, 2), (2, 1, 0)):
        with pytest.raises(InvalidInput, match=f'"web": security_groups: {count} groups, .* interface takes {most}'):
            run(lambda count=count, most=most, every=every: program(count, most, every))  # type: ignore[misc]


@pytest.mark.parametrize("most", [0, 17, True, 5.0, "5"])
def test_a_quota_that_aws_does_not_give(most: Any) -> None:
    """It is a whole number from 1 to 16."""
    with pytest.raises(InvalidInput, match="SecurityGroupPolicyEnforcement: max_groups: .* from 1 to 16"):
        SecurityGroupPolicyEnforcement(max_groups=most)


def test_groups_of_every_pod_are_checked() -> None:
    """Ids, single groups, and more than an interface takes are refused; so are groups that the integration keeps."""
    for wrong, words in ((A, "is no list"), ([A], r"\[0\]: 'sg-0aaaaaaaaaaaaaaa1' is no SecurityGroup")):
        with pytest.raises(InvalidInput, match=f"SecurityGroupPolicyEnforcement: security_groups.*{words}"):
            SecurityGroupPolicyEnforcement(security_groups=wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="2 groups, .* takes 1"):
        run(lambda: access(max_groups=1, security_groups=[existing("a"), existing("b", B)]))

    def reserved() -> None:
        trust: Any = VpcIntegration("prod", vpc_id="vpc-0a1b2c3d").trust
        access(security_groups=[trust])

    with pytest.raises(TypeError, match=r"security_groups\[0\]: the trust group"):
        run(reserved)


def test_nobody_joins_trust_or_enforced_behind_it() -> None:
    """Nodes and members are refused, since nothing enforces on nodes, and told what to do instead."""
    with pytest.raises(Unenforced, match="nodes: SecurityGroupPolicyEnforcement lets AWS decide.*Leave nodes= out"):
        run(lambda: integration(nodes=Nodes.from_cluster()))

    def members() -> None:
        cluster = integration()
        Ec2Enrollment(
            "servers", integration=cluster.integration, enforced_by=[cluster], select=Instances(whole_vpc=True)
        )

    with pytest.raises(Unenforced, match="No member needs trust there: admit the pods' groups"):
        run(members)
