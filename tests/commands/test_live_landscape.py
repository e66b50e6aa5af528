"""What `explain` and `reach` read live: groups by their tags, nodes, databases by name, and what stands in the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from sg_integration.aws.connection import Connection
from sg_integration.aws.databases import RdsDatabases
from sg_integration.commands import live_landscape
from sg_integration.commands.everybodys_groups import NO_POD_DEFAULT
from sg_integration.commands.live_landscape import Asked, read
from sg_integration.kubernetes import api_server, running_pods
from sg_integration.model.errors import AccessDenied, InvalidInput
from sg_integration.model.landscape import Landscape
from sg_integration.model.nodes import Node
from sg_integration.sandbox.aws.server import EmbeddedAws

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1"}


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An account for the tests of this file."""
    with EmbeddedAws(directory=tmp_path_factory.mktemp("aws")) as server:
        yield server


@dataclass
class Vpc:
    """A VPC of the test's own, with two nodes and a database.

    Args:
        url: where AWS is.
        id: the VPC.
        groups: ids by name.
        nodes: instance ids by name.
    """

    url: str
    id: str
    groups: dict[str, str]
    nodes: dict[str, str]

    def tag(self, group: str, role: str) -> None:
        """Let a group say that it is an integration's."""
        client("ec2", self.url).create_tags(
            Resources=[self.groups[group]], Tags=[{"Key": "sg-integration:role", "Value": role}]
        )


def client(service: Any, url: str) -> Any:
    """A client of the account."""
    return boto3.client(service, endpoint_url=url, region_name="eu-central-1")


@pytest.fixture
def vpc(embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vpc]:
    """Two nodes that share one group, and a database with another."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    ec2, rds = client("ec2", embedded_aws.url), client("rds", embedded_aws.url)
    vpc_id = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.70.0.0/24")["Subnet"]["SubnetId"]
    names = ("nodes", "more", "db", "trust", "enforced", "pods", "other-pods")
    groups = {
        name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"] for name in names
    }
    nodes = {}
    for name, its in (("node-1", ("nodes",)), ("node-2", ("nodes", "more"))):
        interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [groups[each] for each in its]}
        made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, NetworkInterfaces=[interface])
        nodes[name] = made["Instances"][0]["InstanceId"]
    rds.create_db_subnet_group(DBSubnetGroupName=vpc_id, DBSubnetGroupDescription="test", SubnetIds=[subnet])
    for name in ("orders", "billing"):
        rds.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
            DBSubnetGroupName=vpc_id, VpcSecurityGroupIds=[groups["db"]],
            MasterUsername="somebody", MasterUserPassword="something",
        )  # fmt: skip
    yield Vpc(embedded_aws.url, vpc_id, groups, nodes)
    embedded_aws.reset()


Look = Callable[..., Landscape]


@pytest.fixture
def look(vpc: Vpc, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Reads the VPC and a cluster in which some objects of Calico stand."""
    monkeypatch.setattr(running_pods, "listed", lambda _: iter(()))
    monkeypatch.setattr(api_server, "addresses", lambda _: ("10.70.0.9",))

    def looked(
        *objects: tuple[str, str], nodes: bool = True, node_groups: tuple[str, ...] = (), **more: str
    ) -> Landscape:
        known = [Node(name, f"aws:///eu-central-1a/{each}") for name, each in vpc.nodes.items()] if nodes else []
        cluster: Any = SimpleNamespace(
            registry=list, guard=lambda: None, nodes=lambda: known, namespaces=dict, api=None,
            calico=SimpleNamespace(objects=lambda: dict.fromkeys(objects)),
        )  # fmt: skip
        connection = Connection("eu-central-1", None, None, vpc.url)
        groups = frozenset(vpc.groups[each] for each in node_groups)
        return read(Asked(connection, vpc.id, groups, vpc.groups.get(more.get("pod_default", ""), "")), cluster)

    return looked


def test_groups_are_found_by_their_tags(vpc: Vpc, look: Look) -> None:
    """Trust, enforced and pod default are what says so; the node groups are those that all nodes share, which is noted."""
    for name, role in (("trust", "trust"), ("enforced", "enforced"), ("pods", "pod-default")):
        vpc.tag(name, role)
    found = look(("Tier", "sg-local"))
    assert found.objects == frozenset({"sg-local"})
    assert found.trust == {vpc.groups["trust"]}
    assert found.enforced == {vpc.groups["enforced"]}
    assert found.inputs.pod_default == vpc.groups["pods"]
    assert found.inputs.default_groups == {vpc.groups["nodes"]}
    assert any("node groups are taken to be" in each for each in found.notes)
    assert found.inputs.api_server == ("10.70.0.9",)
    assert found.known_as[vpc.nodes["node-2"]] == ("node-2",)


def test_what_is_said_is_not_guessed(vpc: Vpc, look: Look) -> None:
    """Groups that the options name are taken as they are, and nothing is noted of them."""
    vpc.tag("pods", "pod-default")
    vpc.tag("other-pods", "pod-default")
    found = look(node_groups=("more",), pod_default="pods")
    assert found.inputs.default_groups == {vpc.groups["more"]}
    assert found.inputs.pod_default == vpc.groups["pods"]
    assert not any("taken to be" in each for each in found.notes)
    with pytest.raises(InvalidInput, match="several clusters have one"):
        look()


def test_a_vpc_without_an_integration(look: Look) -> None:
    """Before the first update there is no pod default group, so it grants nothing, and that is noted."""
    found = look()
    assert found.inputs.pod_default == NO_POD_DEFAULT
    assert any("no pod default group" in each for each in found.notes)


def test_nodes_that_share_nothing(vpc: Vpc, look: Look) -> None:
    """Where the node groups cannot be known they must be named."""
    with pytest.raises(InvalidInput, match="no node is known in this VPC"):
        look(nodes=False)
    interface = client("ec2", vpc.url).describe_instances(InstanceIds=[vpc.nodes["node-2"]])
    (eni,) = interface["Reservations"][0]["Instances"][0]["NetworkInterfaces"]
    client("ec2", vpc.url).modify_network_interface_attribute(
        NetworkInterfaceId=eni["NetworkInterfaceId"], Groups=[vpc.groups["more"]]
    )
    with pytest.raises(InvalidInput, match="share no group"):
        look()


def test_databases_have_names(vpc: Vpc, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database's interfaces are found by its groups; of two with the same groups it is said; who may not ask goes on."""
    found = look()
    interfaces = {each.id for each in found.inputs.members if vpc.groups["db"] in each.groups}
    assert set(found.known_as["orders"]) == set(found.known_as["billing"]) == interfaces != set()
    assert any("billing, orders have the same groups" in each for each in found.notes)

    def refused(_: RdsDatabases) -> Any:
        raise AccessDenied("listing databases", "AccessDenied", "no.", "Grant rds:DescribeDBInstances.")

    monkeypatch.setattr(RdsDatabases, "discover", refused)
    found = look()
    assert "orders" not in found.known_as
    assert any("databases have no names here" in each for each in found.notes)


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([], ("none", "members", False)),
        ([("Tier", "sg-local")], ("none", "members", False)),
        ([("GlobalNetworkPolicy", "sg-remote.hosts-members")], ("live", "members", False)),
        ([("GlobalNetworkPolicy", "sg-remote.members"), ("Tier", "metadata")], ("live", "off", True)),
        ([("StagedGlobalNetworkPolicy", "sg-remote.members")], ("staged", "off", False)),
    ],
)
def test_what_stands_in_the_cluster(objects: list[tuple[str, str]], expected: tuple[str, str, bool]) -> None:
    """Whether anything enforces, and how, is told by the objects that stand there."""
    how = live_landscape._enforcement(dict.fromkeys(objects))
    assert (how.standing, how.hosts, how.metadata) == expected
