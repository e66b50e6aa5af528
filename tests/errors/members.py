"""Why members are passed over or refused, and what a cluster lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sg_integration.kubernetes import tigera
from sg_integration.kubernetes.calico_survey import HostEndpoint, Survey, Tier, intruding, refusal
from sg_integration.model import admission, annotation, bindings
from sg_integration.model.bindings import Pod
from sg_integration.model.enforced_nodes import amiss
from sg_integration.model.members import Database, Instance, Interface
from sg_integration.model.nodes import Node
from sg_integration.model.policy_inputs import Member
from sg_integration.model.policy_inputs import Node as PolicyNode
from sg_integration.model.reasons import Situation, what_to_wait_for, why_not, why_not_database
from sg_integration.model.selection import Selection, not_empty, select_databases, select_interfaces
from sg_integration.model.selectors import Databases, Instances, Nodes

TRUST, ENFORCED = frozenset({"sg-trust"}), frozenset({"sg-enforced"})
CALICO: Final[dict[str, Any]] = {
    "api_version": "projectcalico.org/v3", "version": "v3.30.0", "serves_tiers": True, "automatic_hosts": True,
}  # fmt: skip
_CNI: Final = "node.k8s.amazonaws.com/instance_id"


def passed_over(select: Instances | Nodes | None = None, situation: Situation | None = None, **about: Any) -> str:
    """Why an interface is passed over."""
    given = {"instance": Instance("i-1"), "instance_id": "i-1", **about}
    interface = Interface("eni-1", given.pop("groups", ("sg-a",)), given.pop("owner_id", "1"), **given)
    return why_not(interface, select or Instances(whole_vpc=True), situation or Situation(TRUST, "1"))


def tagged(**tags: str) -> str:
    """Why an interface of an instance with tags is passed over."""
    return passed_over(
        instance=Instance("i-1", {key.replace("__", "/").replace("_", "."): each for key, each in tags.items()})
    )


def database(groups: tuple[str, ...] = (), **about: Any) -> str:
    """Why a database is passed over."""
    return why_not_database(Database("db-1", "orders", groups, **about), TRUST, frozenset())


def lacking(**about: Any) -> str:
    """Why Calico cannot enforce."""
    options = {name: about.pop(name) for name in ("staged", "hosts") if name in about}
    return refusal(Survey(**{**CALICO, **about}), **options)


def chosen(select: Any) -> object:
    """Who is selected in a VPC with nobody in it."""
    if isinstance(select, Databases):
        return select_databases([], select, vpc_id="vpc-1", desired=TRUST)
    return select_interfaces([], [], select, Situation(TRUST))


def nodes(*inside: str, ready: bool = True, strays: bool = False) -> str:
    """What is said of nodes."""
    members = [Member("eni-1", "web-1", ("10.0.0.1",), ENFORCED, True)] if strays else []
    known = [PolicyNode("node-1", ("10.0.0.2",), frozenset(inside))]
    return "".join(amiss(known, members, ENFORCED, frozenset({"node-1"} if ready else ())).values())


EXAMPLES: Final[Mapping[str, Callable[[], object]]] = {
    "nobody in this VPC is selected": lambda: chosen(Instances(tags={"typo": None})),
    "no such instance in this VPC": lambda: chosen(Instances(instance_ids=["i-00000001"])),
    "the cluster has no node, so": lambda: not_empty(Selection(), Nodes.from_cluster()),
    "no such database in this": lambda: chosen(Databases(identifiers=["orders"])),
    "is not a JSON list of group ids": lambda: annotation.parse("sg-1"),
    "its annotation …/binding is missing": lambda: admission.registered(
        {"kind": "ConfigMap", "metadata": {"name": "x"}}
    ),
    "… is no binding.": lambda: bindings.binding("[]"),
    "Calico is missing:": lambda: lacking(api_version=""),
    "exists and is not ours, so": lambda: lacking(tiers=(Tier("sg-remote", 105, ours=False),)),
    "comes before ours (": lambda: lacking(tiers=(Tier("security", 50, ours=False),)),
    "is in one of our tiers and not": lambda: intruding(["sg-remote.theirs"]),
    "does not serve staged policies": lambda: lacking(staged=True),
    "needs automatic host endpoints": lambda: lacking(automatic_hosts=False),
    "is not Calico's own (": lambda: lacking(
        host_endpoints=(HostEndpoint("auto", "node-1", automatic=True), HostEndpoint("eth1", "node-1", automatic=False))
    ),
    "there is no Calico at all": lambda: tigera.refusal(Survey(), served=False),
    "would go while the product uses": lambda: tigera.refusal(
        Survey(tiers=(Tier("sg-local", 106, ours=True),)), served=True
    ),
    "change its groups through that": lambda: passed_over(requester_managed=True),
    "AWS refuses changes by anybody": lambda: passed_over(operator="eks.amazonaws.com"),
    "only its owner can change it": lambda: passed_over(owner_id="2"),
    "whose groups are its maker's": lambda: passed_over(interface_type="lambda"),
    "managed by Karpenter: add": lambda: tagged(karpenter_sh__nodepool="default"),
    "which keeps its own groups": lambda: tagged(AWSRDSCustom="x"),
    "managed by the VPC CNI, which": lambda: passed_over(device_index=1, tags={_CNI: "i-1"}),
    "a node of a cluster: nodes join": lambda: tagged(**{"eks:nodegroup-name": "a"}),
    "no node of the cluster, so nothing": lambda: passed_over(
        Nodes(instance_ids=["i-00000001"]), Situation(ENFORCED, "1", nodes=True, unenforced={})
    ),
    "it has … of … groups: free one, or": lambda: passed_over(groups=("a", "b", "c", "d", "e")),
    "database, which has an API of its": lambda: database(engine="neptune"),
    "which has the groups: select the": lambda: database(cluster="ledger"),
    "RDS changes no database that is": lambda: what_to_wait_for(Database("db-1", "orders", (), status="stopped")),
    "… is no instance of EC2": lambda: Node("node-1", "gce://x").skip_reason,
    "attached to no instance": lambda: passed_over(instance=None, instance_id=""),
    "not in enforced: its pods": nodes,
    "in enforced, but no node": lambda: nodes("sg-enforced", strays=True),
    "in enforced, and Calico is not": lambda: nodes("sg-enforced", ready=False),
    "hostNetwork: it has": lambda: Pod("shop", "web", host_network=True).left_alone,
    "it has no condition yet": lambda: tigera._unready({"status": {}}),
}
