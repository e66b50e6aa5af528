"""No door lets a reserved group in as a peer, and one peer has one name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from sg_integration import ClusterIntegration, InvalidInput, Peer, SecurityGroup, VpcIntegration, peers, ports
from sg_integration.model.rules import PeerKind

from .conftest import Declared, Program

VPC = "vpc-0a1b2c3d"
Declare = Callable[[Program], Declared]


def _cluster(vpc: VpcIntegration, **arguments: Any) -> object:
    given = {"node_security_group_ids": ["sg-0000000a"], "control_plane_security_group_id": None, **arguments}
    return ClusterIntegration("eks", guard=False, integration=vpc, **given)


@pytest.mark.parametrize(
    "door",
    [
        lambda vpc: SecurityGroup.existing("sly", vpc.trust),
        lambda vpc: SecurityGroup.existing("sly", vpc.trust.id),
        lambda vpc: _cluster(vpc, node_security_group_ids=[vpc.enforced]),
        lambda vpc: _cluster(vpc, node_security_group_ids=[vpc.enforced.id]),
        lambda vpc: _cluster(vpc, node_security_group_ids={"nodes": vpc.enforced.id}),
        lambda vpc: _cluster(vpc, node_security_group_ids={"nodes": vpc.enforced}),
        lambda vpc: _cluster(vpc, control_plane_security_group_id=vpc.trust.id),
    ],
)
def test_no_door_takes_a_reserved_group(declare: Declare, door: Callable[[VpcIntegration], object]) -> None:
    """A reserved group, or its id, is refused wherever a group is taken, with a TypeError that says why."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        with pytest.raises(TypeError, match="kept by the integration .* every member or every node"):
            door(vpc)

    assert not [name for name in declare(program).resources if name.startswith(("sly", "eks"))]


def test_a_security_group_is_no_plain_peer() -> None:
    """A Peer made by hand cannot be a security group, and its value is checked like any other's."""
    with pytest.raises(TypeError, match="a security group is a peer as SecurityGroup"):
        Peer("x", PeerKind.SECURITY_GROUP, "sg-0a1b2c3d")
    with pytest.raises(InvalidInput, match='Peer "x": value: .* write 10.0.0.0/8'):
        Peer("x", PeerKind.CIDR_IPV4, "10.0.0.1/8")
    assert not hasattr(peers, "security_group")


def test_one_peer_under_two_names_is_refused(declare: Declare) -> None:
    """AWS refuses a second equal rule, so a peer that comes under two names is refused before, naming both."""

    def program() -> None:
        db = SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES)
        db.allow_from(peers.ipv4("10.0.0.0/8"))
        with pytest.raises(InvalidInput, match='"10.0.0.0/8" and "office" are one peer'):
            db.allow_from(peers.ipv4("10.0.0.0/8", name="office"))
        db.allow_from(peers.ipv4("10.0.0.0/8", name="office"), ports.SSH)

    assert sorted(declare(program).rules()) == ["db-from-10.0.0.0/8-tcp-5432", "db-from-office-tcp-22"]


def test_two_created_groups_of_one_name_are_refused_at_once(declare: Declare) -> None:
    """Two groups of this program cannot be one group, so a peer's name that both have is refused before any call."""

    class Box(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("acme:index:Box", name)
            self.group = SecurityGroup("db", vpc_id=VPC, opts=pulumi.ResourceOptions(parent=self))

    def program() -> None:
        api = SecurityGroup("api", vpc_id=VPC)
        api.allow_from(Box("one").group, ports.HTTPS)
        with pytest.raises(InvalidInput, match='two peers are both named "db"'):
            api.allow_from(Box("two").group, ports.HTTPS)

    declare(program)


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: SecurityGroup("sg-web", vpc_id=VPC), "name: 'sg-web' cannot name a security group"),
        (lambda: SecurityGroup("größe", vpc_id=VPC), "name: 'größe'"),
        (lambda: SecurityGroup("a" * 248, vpc_id=VPC), "at most 247"),
        (lambda: VpcIntegration("a" * 240, vpc_id=VPC), "at most 238"),
        (lambda: SecurityGroup("a", vpc_id=VPC, tags=["a"]), "tags: .* is no mapping"),  # type: ignore[arg-type]
        (lambda: SecurityGroup("a", vpc_id=VPC, tags={"a": 5}), 'tags\\["a"\\]: 5 is no text'),  # type: ignore[dict-item]
        (lambda: SecurityGroup("a", vpc_id=VPC, tags={str(n): "" for n in range(48)}), "48 tags are too many"),
        (lambda: SecurityGroup("a", vpc_id=VPC, region="Frankfurt"), "region: 'Frankfurt' is not a region"),
        (lambda: VpcIntegration("a", vpc_id=VPC, region=""), "region: '' is not a region"),
        (lambda: SecurityGroup.existing("a", "sg-0a1b2c3d", region="x"), "region"),
        (lambda: peers.ipv6("fe80::1%eth0/128"), "not an IPv6 CIDR"),
    ],
)
def test_what_aws_would_refuse_is_refused_before(declare: Declare, make: Callable[[], object], argument: str) -> None:
    """Names, tags, regions and addresses that AWS does not take raise InvalidInput, and nothing is registered."""

    def program() -> None:
        with pytest.raises(InvalidInput, match=argument):
            make()

    assert declare(program).resources == {}


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda vpc: SecurityGroup("a", vpc_id=vpc.trust), "vpc_id: a ReservedGroup is no VPC id; pass its .id"),
        (lambda vpc: _cluster(vpc, node_security_group_ids={"itself": "sg-0000000a"}), "choose another name"),
        (
            lambda vpc: _cluster(vpc, node_security_group_ids=pulumi.Output.from_input(["sg-0000000a"])),
            "the list itself cannot be an output",
        ),
        (lambda _: SecurityGroup("a", vpc_id=VPC).allow_to(peers.ANY_IPV4), r"\(for example ports.HTTPS\)\.$"),
        (lambda _: SecurityGroup("b", vpc_id=VPC).allow_to(peers.ANY_IPV4, [ports.SSH]), "write a line"),  # type: ignore[arg-type]
        (lambda _: SecurityGroup("a", vpc_id=VPC, tags={5: "x"}), "5 is no text; a tag's key is"),  # type: ignore[dict-item]
    ],
)
def test_easy_mistakes_are_answered_with_what_to_write(
    declare: Declare, make: Callable[[VpcIntegration], object], advice: str
) -> None:
    """The message of an easy mistake says what to write instead."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        with pytest.raises(InvalidInput, match=advice):
            make(vpc)

    declare(program)


def test_a_named_node_group_may_be_a_group_of_ours(declare: Declare) -> None:
    """A SecurityGroup may stand in the mapping as well as in the list."""

    def program() -> None:
        nodes = SecurityGroup.existing("workers", "sg-0000000b")
        _cluster(VpcIntegration("prod", vpc_id=VPC), node_security_group_ids={"blue": nodes})

    assert declare(program).rules()["eks-pod-default-from-blue-all"]["referencedSecurityGroupId"] == "sg-0000000b"


def test_the_region_goes_everywhere(declare: Declare) -> None:
    """The region of a component is on each of its groups and rules; a cluster takes its integration's."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC, region="us-west-2")
        _cluster(vpc)
        SecurityGroup.existing("old", "sg-0a1b2c3d", region="us-west-2").allow_from(peers.ANY_IPV4, ports.HTTPS)

    resources = declare(program).resources.values()
    assert {inputs.get("region") for kind, inputs in resources if kind.startswith("aws:")} == {"us-west-2"}


def test_a_long_name_is_cut_in_the_description_only(declare: Declare) -> None:
    """Two long names make a rule whose description AWS still takes."""

    def program() -> None:
        long = SecurityGroup("a" * 200, vpc_id=VPC, default_port=ports.HTTPS)
        long.allow_from(SecurityGroup("b" * 200, vpc_id=VPC))

    assert {len(inputs["description"]) for inputs in declare(program).rules().values()} == {255}
