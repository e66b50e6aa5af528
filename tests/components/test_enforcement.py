"""What may join behind which enforcement: refused by the constructor, before anything is called."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Ec2Enrollment,
    Instances,
    InvalidInput,
    Nodes,
    Unenforced,
    VpcIntegration,
)

from .conftest import Program
from .test_integrations import CONTROL_PLANE, NODES, VPC, Declare


def cluster(**arguments: Any) -> ClusterIntegration:
    """A cluster of a new integration."""
    return ClusterIntegration(
        "eks",
        integration=VpcIntegration("prod", vpc_id=VPC),
        node_security_group_ids=[NODES],
        control_plane_security_group_id=CONTROL_PLANE,
        guard=False,
        **arguments,
    )


def members(**arguments: Any) -> Program:
    """A program whose members join behind a cluster."""
    join = {name: arguments.pop(name) for name in ("unenforced_ok",) if name in arguments}

    def program() -> None:
        made = cluster(**arguments)
        Ec2Enrollment(
            "servers", integration=made.integration, enforced_by=[made], select=Instances(whole_vpc=True), **join
        )

    return program


def test_nodes_do_not_join_where_nothing_enforces(declare: Declare) -> None:
    """Nodes are refused without an enforcement, and behind staged policies; the message says what would be open."""
    for arguments, why in (({}, "nothing enforces there"), ({"enforcement": CalicoEnforcement(staged=True)}, "staged")):
        with pytest.raises(Unenforced, match=rf'"eks": nodes: .*{why}.*every member of trust, on every port'):
            declare(lambda arguments=arguments: void(cluster(nodes=Nodes.from_cluster(), **arguments)))  # type: ignore[misc]


def test_members_do_not_join_behind_a_cluster_that_does_not_enforce(declare: Declare) -> None:
    """A cluster in `enforced_by` must enforce; it is named, and so is what would be open."""
    for arguments, why in (({}, "nothing enforces there"), ({"enforcement": CalicoEnforcement(staged=True)}, "staged")):
        with pytest.raises(
            Unenforced, match=rf'enforced_by\[0\]: ClusterIntegration "eks": .*{why}.*every node in enforced'
        ):
            declare(members(**arguments))


def test_who_says_so_joins_unenforced(declare: Declare) -> None:
    """`unenforced_ok` lets nodes and members join where nothing enforces."""
    declared = declare(lambda: void(cluster(nodes=Nodes.from_cluster(), unenforced_ok=True)))
    assert "eks-nodes" in declared.resources
    assert "servers" in declare(members(unenforced_ok=True)).resources


def test_behind_calico_they_join(declare: Declare) -> None:
    """Calico enforces: its objects are declared, and nodes and members may join."""
    arguments = {"nodes": Nodes.from_cluster(), "enforcement": CalicoEnforcement()}
    assert {"eks-enforcement", "eks-nodes", "servers"} <= declare(members(**arguments)).resources.keys()


def test_what_is_no_enforcement_is_refused(declare: Declare) -> None:
    """Anything else than an enforcement is refused, and one that knows no such hosts."""
    with pytest.raises(InvalidInput, match="'calico' enforces nothing; write CalicoEnforcement"):
        declare(lambda: void(cluster(enforcement="calico")))
    with pytest.raises(InvalidInput, match="staged: 'yes' is neither True nor False"):
        CalicoEnforcement(staged="yes")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="hosts: 'all' is none of members, off"):
        CalicoEnforcement(hosts="all")


def void(_: object) -> None:
    """Programs return nothing."""
