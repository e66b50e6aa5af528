"""Errors of a program: each by the words that tell its row, raised by what a user would write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import pulumi

from sg_integration import (
    CalicoEnforcement,
    ClusterAccess,
    ClusterIntegration,
    Databases,
    Ec2Enrollment,
    Instances,
    Membership,
    Nodes,
    PodGroupBinding,
    PodGroupGuard,
    SecurityGroup,
    SecurityGroupPolicyEnforcement,
    TigeraEnforcement,
    VpcIntegration,
    adopted,
    peers,
    ports,
)
from sg_integration.components import program
from sg_integration.components.enforcement_now import EnforcementNow
from sg_integration.components.inputs import checked_tags
from sg_integration.model import identifiers
from sg_integration.model.label_selectors import label_selector
from sg_integration.model.ports import Port
from sg_integration.providers.settings import decode

GROUP, VPC = "sg-0123456789abcdef0", "vpc-0123456789abcdef0"


def tags(known: object, *, reserved: bool = False) -> object:
    """Tags of a group."""
    return checked_tags(known, "tags", reserved_group=reserved)  # type: ignore[arg-type]


def vpc() -> Any:
    """An integration."""
    return VpcIntegration("prod", vpc_id=VPC)


def cluster(**arguments: Any) -> Any:
    """A cluster of it."""
    given = {"node_security_group_ids": [GROUP], "control_plane_security_group_id": None, "guard": False, **arguments}
    given.setdefault("integration", None) or given.update(integration=vpc())
    return ClusterIntegration("eks", **given)


def group(name: str = "orders-db", **arguments: Any) -> Any:
    """A group."""
    return SecurityGroup(name, vpc_id=VPC, description="Orders", **arguments)


def binding(**arguments: Any) -> Any:
    """A binding."""
    given = {"namespace": "shop", "pod_selector": {"app": "web"}, "security_groups": [group()], **arguments}
    given.setdefault("cluster", None) or given.update(cluster=ClusterAccess("eks"))
    return PodGroupBinding("web", **given)


def joining(**arguments: Any) -> Any:
    """An enrollment."""
    given = {"select": Instances(whole_vpc=True), "unenforced_ok": True, **arguments}
    given.setdefault("integration", None) or given.update(integration=vpc())
    return Ec2Enrollment("members", **given)


def behind_branches(**arguments: Any) -> Any:
    """A binding of a cluster whose pods have interfaces of their own."""
    return binding(cluster=ClusterAccess("eks", enforcement=SecurityGroupPolicyEnforcement()), **arguments)


def pace(**document: object) -> object:
    """The settings of a resource with a pace."""
    return decode({"vpc_id": VPC, "pace": document or "fast"})


def tigera(**arguments: Any) -> Any:
    """An enforcement by the original product."""
    given = {"sqs_url": "https://sqs", "aws_access_key_id": "a", "aws_secret_access_key": "b", **arguments}
    return TigeraEnforcement(**given)


def twice() -> None:
    """One peer under two names."""
    target = group()
    for name in ("a", "b"):
        target.allow_from(peers.ipv4("10.0.0.0/8", name=name), ports.HTTPS)


def unenforcing() -> object:
    """An enrollment behind a cluster that enforces nothing."""
    one = vpc()
    return joining(integration=one, unenforced_ok=False, enforced_by=[cluster(integration=one)])


def chosen_by_unknown_tags() -> object:
    """A transform for what has tags, and a resource whose tags nobody knows."""

    async def no() -> bool:
        return False

    members = Membership("ours", integration=vpc(), unenforced_ok=True)
    resource: Any = SimpleNamespace(props={"tags": {}}, type_="aws:ec2/instance:Instance", name="web")
    with mock.patch.object(pulumi.Output, "from_input", return_value=SimpleNamespace(is_known=no)):
        return members._has_tags(resource, {"role": "web"}).send(None)


def two_of_one_name() -> None:
    """Two memberships of a program."""
    one = vpc()
    with mock.patch.object(program, "declared", return_value=program.Declared()):
        for _ in range(2):
            Membership("ours", integration=one, unenforced_ok=True)


def ignoring_its_list() -> object:
    """A transform on a resource whose list of groups is never updated."""
    members = Membership("ours", integration=vpc(), unenforced_ok=True)
    options = pulumi.ResourceOptions(ignore_changes=["vpcSecurityGroupIds"])
    resource = pulumi.ResourceTransformArgs(True, "aws:ec2/instance:Instance", "web", {}, options)
    return members._joined(resource).send(None)


def on_an_old_engine() -> object:
    """A membership whose hooks could fail unnoticed."""
    with mock.patch.object(
        pulumi, "require_pulumi_version", side_effect=Exception("Pulumi CLI version 3.237.0 does not")
    ):
        return EnforcementNow("ours", vpc(), pulumi.Output.from_input([GROUP]))


def later(value: str) -> pulumi.Output[str]:
    """A value that is not known while the program runs."""
    return pulumi.Output.from_input(value)


def guarded(**arguments: Any) -> Any:
    """A guard."""
    return PodGroupGuard("guard", cluster=ClusterAccess("eks"), **arguments)


EXAMPLES: Final[Mapping[str, Callable[[], object]]] = {
    "the name is empty; a rule": lambda: identifiers.name("", "name"),
    "cannot name a security group": lambda: SecurityGroup("x" * 300, vpc_id=VPC, description="x"),
    "is not a … id; write": lambda: SecurityGroup("x", vpc_id="arn:aws:x", description="x"),
    "is not a region; write": lambda: SecurityGroup("x", vpc_id=VPC, description="x", region="eu-central-1a!"),
    'is no mapping; write {"key": "value"}.': lambda: tags("x"),
    "keys that begin with sg-integration:": lambda: tags({"sg-integration:role": "trust"}),
    "the AWS load balancer controller would": lambda: tags({"kubernetes.io/cluster/eks": "owned"}, reserved=True),
    "… is no text.": lambda: decode({"vpc_id": VPC, "profile": 1}),
    "no port says what": lambda: group().allow_from(group("api")),
    "is no port; use one from": lambda: group().allow_from(group("api"), 5432),
    "is none of tcp, udp": lambda: Port("tpc", 1, 2),
    "is not an IPv… CIDR": lambda: peers.ipv4("10.0.0.0/33"),
    "is no peer. Pass": lambda: group().allow_from("sg-1", ports.HTTPS),
    "is kept by the integration": lambda: group().allow_from(vpc().trust, ports.HTTPS),
    "is not known while the program runs, so say": lambda: peers.ipv4(later("10.0.0.0/8")),
    "are one peer, and AWS": twice,
    "is no list with groups; a": lambda: Membership("ours", integration=vpc(), unenforced_ok=True).security_group_ids(
        []
    ),
    "an older one goes on when": on_an_old_engine,
    "another Membership of the program has": two_of_one_name,
    "its ignore_changes has": ignoring_its_list,
    'is no mapping; write {"prod-trust"': lambda: adopted(["x"]),  # type: ignore[arg-type]
    "its id is not known while": lambda: adopted({"prod-trust": later(GROUP)}),  # type: ignore[dict-item]
    "both have the id": lambda: adopted({"prod-trust": GROUP, "prod-enforced": GROUP}),
    "its tags are not known in": chosen_by_unknown_tags,
    "is no VpcIntegration": lambda: joining(integration="vpc"),
    "nothing enforces the rules, so": lambda: joining(unenforced_ok=False, enforced_by=[]),
    'ClusterIntegration "…": …, so every': unenforcing,
    "so whatever runs on a node that joins": lambda: cluster(nodes=Nodes.from_cluster()),
    "it selects nothing": Databases,
    'or {"key": None} for any value': lambda: Instances(tags=["a"]),  # type: ignore[arg-type]
    "is no pace; write": pace,
    "the list itself cannot be an output": lambda: cluster(node_security_group_ids=later(GROUP)),
    "are one group, …. Name it once": lambda: cluster(node_security_group_ids=dict.fromkeys(("a", "b"), later(GROUP))),
    "enforces nothing; write Calico": lambda: cluster(enforcement=CalicoEnforcement),
    'is neither "fail" nor': lambda: ClusterAccess("eks", cluster_unreachable="ignore"),
    "is neither True nor False": lambda: CalicoEnforcement(staged="yes"),  # type: ignore[arg-type]
    "is no whole number from 1 to": lambda: SecurityGroupPolicyEnforcement(max_groups=0),
    "begins or ends with a space": lambda: tigera(aws_access_key_id=" a"),
    "is neither a ClusterIntegration nor": lambda: binding(cluster="eks"),
    "write one of namespace and": lambda: binding(namespace_selector={"team": "shop"}),
    "is never bound: what": lambda: binding(namespace="kube-system"),
    "… is no list; write […].": lambda: binding(security_groups="sg-1"),
    "no group at all; a binding": lambda: binding(security_groups=[]),
    "no pod can match": lambda: binding(
        pod_selector={"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}
    ),
    "is no label selector; write": lambda: label_selector("app=web", "pod_selector"),
    "pods get their groups from AWS": lambda: behind_branches(mode="live"),
    'is no mapping; write {"shop"': lambda: guarded(allowed_groups=["shop"]),
}
