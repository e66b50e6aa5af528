"""Enrollments of a program know what the others select."""

from __future__ import annotations

from typing import Any

from sg_integration import ClusterIntegration, Databases, Ec2Enrollment, Instances, Nodes, RdsEnrollment, SecurityGroup
from sg_integration import VpcIntegration as Vpc
from sg_integration.components.selections import Selections

VPC_ID = "vpc-0123456789abcdef0"


class Later:
    """A value that is known later."""

    def apply(self, func: Any) -> Any:
        """Never."""


def program() -> None:
    """Two enrollments of databases that share a group, one of instances, and a cluster that is declared last."""
    vpc = Vpc("prod", vpc_id=VPC_ID)
    shared, own = (SecurityGroup(name, vpc_id=VPC_ID) for name in ("shared", "own"))
    for name, groups in {"one": [own, shared], "two": [shared]}.items():
        select = Databases(tags={"team": name})
        RdsEnrollment(name, integration=vpc, select=select, security_groups=groups, unenforced_ok=True)
    Ec2Enrollment("members", integration=vpc, select=Instances(whole_vpc=True), unenforced_ok=True)
    ClusterIntegration(
        "eks", guard=False, integration=vpc, node_security_group_ids=["sg-0123456789abcdef0"], control_plane_security_group_id=None,
        nodes=Nodes(tags={"eks:cluster-name": "prod"}), unenforced_ok=True,
    )  # fmt: skip


def test_everybody_knows_of_nodes_and_of_his_own_kind(declare: Any) -> None:
    """Whatever the order of declaration, each is told the nodes' selections and, of his kind, what both attach."""
    declared = {name: inputs for name, (_, inputs) in declare(program).resources.items() if "beside" in inputs}
    nodes = [{"tags": {"eks:cluster-name": ["prod"]}}]
    one, two = ({"tags": {"team": [name]}} for name in ("one", "two"))
    assert {name: inputs["beside"] for name, inputs in declared.items()} == {
        "one": {"nodes": nodes, "members": [{"select": two, "shares": [0, 2]}]},
        "two": {"nodes": nodes, "members": [{"select": one, "shares": [0, 1]}]},
        "members": {"nodes": nodes, "members": []},
        "eks-nodes": {"nodes": [], "members": []},
    }


def test_what_is_known_later_is_left_out() -> None:
    """An id that is not known yet is not told; a selection with a condition that is not known yet is not told at all."""
    selections = Selections()
    known = "i-0123456789abcdef0"
    for select in (
        Nodes(instance_ids=[Later(), known]), Nodes(tags={"a": Later()}), Nodes(instance_ids=Later()),
        Nodes(tags={"a": "b"}, exclude_ids=[Later()]),
    ):  # fmt: skip
        selections._all.append((select, ()))
    beside = selections._beside((Instances(whole_vpc=True), ()))
    assert beside == {"nodes": [{"instance_ids": [known]}], "members": []}
