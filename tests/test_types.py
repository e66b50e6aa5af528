"""What the type checker must refuse in a user's program, and what it must accept; tests/test_example_programs.py has the examples."""

from __future__ import annotations

import pytest
from mypy import api

ACCEPTED = """
from sg_integration import (
    CalicoEnforcement, ClusterAccess, ClusterIntegration, Databases, Ec2Enrollment, Instances, Membership, Nodes, PodGroupBinding,
    PodGroupGuard, RdsEnrollment, SecurityGroup, VpcIntegration, peers, ports
)
from pulumi_aws import ec2
import pulumi

vpc = VpcIntegration("prod", vpc_id=pulumi.Output.from_input("vpc-0a1b2c3d"))
cluster = ClusterIntegration(
    "eks", integration=vpc, node_security_group_ids={"nodes": vpc.vpc_id}, control_plane_security_group_id=None,
    nodes=Nodes.from_cluster(), enforcement=CalicoEnforcement(),
)
api = SecurityGroup("api", vpc_id=vpc.vpc_id, tags={"team": "shop"})
db = SecurityGroup("db", vpc_id=vpc.vpc_id, default_port=ports.POSTGRES)
db.allow_from(api)
db.allow_from(peers.ipv4("10.0.0.0/8"), ports.tcp(1, 2))
PodGroupBinding("api", cluster=cluster, namespace="shop", pod_selector={"app": "api"}, security_groups=[api])
access = ClusterAccess("other", kubeconfig=pulumi.Output.secret("text"), context="x", cluster_unreachable="warn")
expression = {"key": "tier", "operator": "In", "values": ["web"]}
PodGroupBinding(
    "db", cluster=access, namespace_selector={"matchLabels": {"team": "shop"}}, pod_selector={"matchExpressions": [expression]},
    security_groups=(db, api), mode="live", on_conflict="force", opts=pulumi.ResourceOptions(protect=True),
)
PodGroupBinding("all", cluster=access, namespace=pulumi.Output.from_input("shop"), pod_selector={}, security_groups=[db])
PodGroupGuard("guard", cluster=access, allowed_groups={"shop": [api]}, subjects=[{"kind": "User", "name": "ci"}])
theirs = ec2.SecurityGroup("theirs")
servers, databases = Instances(whole_vpc=True), Databases(identifiers=["orders"])
Ec2Enrollment("members", integration=vpc, select=servers, enforced_by=[cluster])
Ec2Enrollment("members", integration=vpc, select=servers, enforced_by=[cluster], unenforced_ok=True, opts=None)
RdsEnrollment("databases", integration=vpc, select=databases, unenforced_ok=True, security_groups=[db], region="eu-west-1")
Membership("own", integration=vpc, enforced_by=[cluster], security_groups=[db])
Membership("own", integration=vpc, unenforced_ok=True)
"""


def bound(groups: str) -> str:
    """A line that binds pods to what is no group, or to no cluster."""
    cluster = "" if "cluster=" in groups else ", cluster=cluster"
    return f"PodGroupBinding('x', namespace='shop', pod_selector={{}}, security_groups={groups}{cluster})"


def joining(arguments: str = "") -> str:
    """A line that lets instances join."""
    return f"Ec2Enrollment('x', integration=vpc, select=servers{arguments})"


NO_VARIANT = 'No overload variant of "{}" matches argument types "str", "VpcIntegration"'.format

REFUSED = {
    "db.allow_from(vpc.trust)": 'has incompatible type "ReservedGroup"; expected "SecurityGroup | Peer"',
    "db.allow_to(vpc.enforced, ports.ALL)": 'has incompatible type "ReservedGroup"; expected "SecurityGroup | Peer"',
    "db.allow_from(cluster.pod_default)": 'has incompatible type "ReservedGroup"; expected "SecurityGroup | Peer"',
    "peers.prefix_list(vpc.trust)": 'has incompatible type "ReservedGroup"',
    "SecurityGroup.existing('x', vpc.enforced)": 'has incompatible type "ReservedGroup"',
    "db.allow_from('10.0.0.0/8')": 'has incompatible type "str"',
    "db.allow_from(api, 5432)": 'has incompatible type "int"',
    "VpcIntegration('x', 'vpc-0a1b2c3d')": "Too many positional arguments",
    bound("[vpc.trust]"): 'List item 0 has incompatible type "ReservedGroup"; expected "SecurityGroup"',
    bound("[api, cluster.pod_default]"): 'List item 1 has incompatible type "ReservedGroup"; expected "SecurityGroup"',
    bound("[theirs]"): 'expected "sg_integration.components.security_group.SecurityGroup"',
    bound("['sg-0a1b2c3d']"): 'List item 0 has incompatible type "str"; expected "SecurityGroup"',
    bound("['orders-api']"): 'List item 0 has incompatible type "str"; expected "SecurityGroup"',
    bound("[theirs.name]"): 'List item 0 has incompatible type "Output[str]"; expected "SecurityGroup"',
    bound("[api.id]"): 'List item 0 has incompatible type "Output[str]"; expected "SecurityGroup"',
    bound("'sg-0a1b2c3d'"): 'has incompatible type "str"; expected "Sequence[SecurityGroup]"',
    bound("api"): 'has incompatible type "SecurityGroup"; expected "Sequence[SecurityGroup]"',
    bound("[api], cluster='eks'"): 'has incompatible type "str"; expected "ClusterIntegration | ClusterAccess"',
    "PodGroupBinding('x', cluster=cluster, namespace='shop', security_groups=[api])": 'Missing named argument "pod_selector"',
    joining(): NO_VARIANT("Ec2Enrollment"),
    joining(", unenforced_ok=False"): NO_VARIANT("Ec2Enrollment"),
    joining(", enforced_by=cluster"): NO_VARIANT("Ec2Enrollment"),
    joining(", enforced_by=[vpc]"): 'List item 0 has incompatible type "VpcIntegration"; expected "ClusterIntegration"',
    joining(
        ", enforced_by=[cluster], security_groups=[vpc.trust]"
    ): 'incompatible type "ReservedGroup"; expected "SecurityGroup"',
    "RdsEnrollment('x', integration=vpc, select=databases)": NO_VARIANT("RdsEnrollment"),
    "RdsEnrollment('x', integration=vpc, select=servers, enforced_by=[cluster])": NO_VARIANT("RdsEnrollment"),
    "Membership('x', integration=vpc)": NO_VARIANT("Membership"),
    "PodGroupGuard('x', cluster=access, allowed_groups={'shop': [vpc.trust]})": 'incompatible type "ReservedGroup"',
}


def said_of(line: str, reported: list[str]) -> list[str]:
    """What mypy says of a refused line."""
    number = ACCEPTED.count("\n") + 1 + list(REFUSED).index(line)
    return [text for text in reported if int(text.split(":")[1]) == number]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What mypy says of the accepted program followed by the refused lines, one message a line."""
    program = tmp_path_factory.mktemp("program") / "program.py"
    program.write_text(ACCEPTED + "\n".join(REFUSED) + "\n")
    out, err, _ = api.run(["--strict", "--no-error-summary", str(program)])
    assert not err
    return out.splitlines()


def test_a_good_program_type_checks(reported: list[str]) -> None:
    """A program that uses the public surface as documented passes mypy --strict."""
    first_refused = ACCEPTED.count("\n") + 1
    assert not [line for line in reported if int(line.split(":")[1]) < first_refused]


@pytest.mark.parametrize("line", REFUSED)
def test_mypy_refuses(reported: list[str], line: str) -> None:
    """A reserved group, a bare id, a name, a CIDR or a number where a group, a peer or a port belongs is a type error on that line."""
    assert [text for text in said_of(line, reported) if REFUSED[line] in text]


def test_mypy_says_what_an_enrollment_lacks(reported: list[str]) -> None:
    """Who leaves `enforced_by` out is shown the two ways to write it: the clusters, or that none is needed."""
    said = "\n".join(said_of(joining(), reported))
    assert "enforced_by: Sequence[ClusterIntegration], unenforced_ok: bool = ..." in said
    assert "select: Instances, unenforced_ok: Literal[True]" in said
