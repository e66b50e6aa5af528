"""Connections between groups become rules; what is wrong is refused before anything is called."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from sg_integration import InvalidInput, MissingPort, Peer, Port, SecurityGroup, VpcIntegration, peers, ports

from .conftest import Declared, Program

VPC = "vpc-0a1b2c3d"
Declare = Callable[[Program], Declared]


def test_a_connection_is_one_rule_on_each_side(declare: Declare) -> None:
    """allow_from writes ingress on the target and egress on the source, with the target's default port."""

    def program() -> None:
        api = SecurityGroup("api", vpc_id=VPC)
        SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES).allow_from(api)

    rules = declare(program).rules()
    assert sorted(rules) == ["api-to-db-tcp-5432", "db-from-api-tcp-5432"]
    ingress, egress = rules["db-from-api-tcp-5432"], rules["api-to-db-tcp-5432"]
    assert ingress["securityGroupId"] == egress["referencedSecurityGroupId"]
    assert ingress["referencedSecurityGroupId"] == egress["securityGroupId"]
    assert (ingress["ipProtocol"], ingress["fromPort"], ingress["toPort"]) == ("tcp", 5432, 5432)


def test_allow_to_says_the_same_as_allow_from(declare: Declare) -> None:
    """A connection may be stated from either end, or from both, and is the same two rules."""

    def stated(*ways: str) -> list[str]:
        def program() -> None:
            api = SecurityGroup("api", vpc_id=VPC)
            db = SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES)
            for way in ways:
                db.allow_from(api) if way == "from" else api.allow_to(db)

        return sorted(declare(program).rules())

    assert stated("from") == stated("to") == stated("from", "to", "from")


@pytest.mark.parametrize("seed", range(8))
def test_order_and_repetition_change_nothing(declare: Declare, seed: int) -> None:
    """Any order of the lines, with any of them repeated, declares the same rules with the same meaning."""

    def meaning(shuffle: random.Random | None) -> Mapping[str, Mapping[str, Any]]:
        def program() -> None:
            groups = [SecurityGroup(name, vpc_id=VPC, default_port=ports.HTTPS) for name in "abc"]
            lines = [(one, two, port) for one in groups for two in groups for port in (None, ports.POSTGRES)]
            if shuffle:
                lines = shuffle.sample(lines, len(lines)) + shuffle.choices(lines, k=7)
            for one, two, port in lines:
                one.allow_from(two, port)

        kept = {"ipProtocol", "fromPort", "toPort", "description"}
        return {
            name: {key: value for key, value in inputs.items() if key in kept}
            for name, inputs in declare(program).rules().items()
        }

    assert meaning(random.Random(seed)) == meaning(None)


def test_open_egress_is_one_rule_and_the_only_one(declare: Declare) -> None:
    """allow_all_outbound is one visible rule, and connections from the group add no egress to it."""

    def program() -> None:
        api = SecurityGroup("api", vpc_id=VPC, allow_all_outbound=True)
        SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES).allow_from(api)

    rules = declare(program).rules()
    assert sorted(rules) == ["api-to-0.0.0.0/0-all", "db-from-api-tcp-5432"]
    assert rules["api-to-0.0.0.0/0-all"]["cidrIpv4"] == "0.0.0.0/0"


@pytest.mark.parametrize(("add_egress", "expected"), [(False, []), (True, ["legacy-to-db-tcp-5432"])])
def test_an_existing_group_gets_egress_only_when_asked(declare: Declare, add_egress: bool, expected: list[str]) -> None:
    """Somebody else's group gets no egress rule from a connection, unless add_egress says so."""

    def program() -> None:
        legacy = SecurityGroup.existing("legacy", "sg-0a1b2c3d", add_egress=add_egress)
        SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES).allow_from(legacy)

    declared = declare(program)
    assert sorted(declared.rules()) == ["db-from-legacy-tcp-5432", *expected]
    assert declared.rules()["db-from-legacy-tcp-5432"]["referencedSecurityGroupId"] == "sg-0a1b2c3d"
    assert not any(kind.endswith("SecurityGroup") and name == "legacy" and "ec2" in kind
                   for name, (kind, _) in declared.resources.items())  # fmt: skip


def test_allow_to_on_an_existing_group_is_asking(declare: Declare) -> None:
    """A line that says what an existing group may send to writes that egress rule."""

    def program() -> None:
        SecurityGroup.existing("legacy", "sg-0a1b2c3d").allow_to(peers.ANY_IPV6, ports.HTTPS)

    assert declare(program).rules()["legacy-to-::/0-tcp-443"]["cidrIpv6"] == "::/0"


def test_addresses_and_prefix_lists_are_peers(declare: Declare) -> None:
    """Each kind of peer goes into the argument that EC2 has for it."""

    def program() -> None:
        db = SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES)
        db.allow_from(peers.ipv4("10.0.0.0/8"))
        db.allow_from(peers.ipv6("2001:DB8::/32"))
        db.allow_from(peers.prefix_list("pl-0a1b2c3d", name="offices"))

    rules = declare(program).rules()
    assert rules["db-from-10.0.0.0/8-tcp-5432"]["cidrIpv4"] == "10.0.0.0/8"
    assert rules["db-from-2001:db8::/32-tcp-5432"]["cidrIpv6"] == "2001:db8::/32"
    assert rules["db-from-offices-tcp-5432"]["prefixListId"] == "pl-0a1b2c3d"


def test_our_tags_and_theirs(declare: Declare) -> None:
    """A group is named by its Name tag, the user's tags are added, and a Name of theirs wins."""

    def program() -> None:
        SecurityGroup("a", vpc_id=VPC, tags={"team": "shop"})
        SecurityGroup("b", vpc_id=VPC, tags=pulumi.Output.from_input({"Name": "mine"}))

    resources = declare(program).resources
    assert resources["a"][1]["tags"] == {"Name": "a", "team": "shop"}
    assert resources["b"][1]["tags"] == {"Name": "mine"}


def test_a_reserved_group_is_no_peer(declare: Declare) -> None:
    """allow_from, allow_to and existing refuse a reserved group with a TypeError that says why."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        group = SecurityGroup("api", vpc_id=VPC, default_port=ports.HTTPS)
        why = "kept by the integration .* every member or every node"
        with pytest.raises(TypeError, match=why):
            group.allow_from(vpc.trust)  # type: ignore[arg-type]  # the very thing that mypy must refuse
        with pytest.raises(TypeError, match=why):
            group.allow_to(vpc.enforced)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=why):
            SecurityGroup.existing("sly", vpc.trust.id)

    declared = declare(program)
    assert not [name for name in declared.rules() if name.startswith(("api", "sly"))]


def test_what_is_no_peer_is_refused(declare: Declare) -> None:
    """A bare id or CIDR is no peer: the message says what to pass."""

    def program() -> None:
        group = SecurityGroup("api", vpc_id=VPC, default_port=ports.HTTPS)
        with pytest.raises(TypeError, match=r"Pass a SecurityGroup; .* addresses peers\.ipv4"):
            group.allow_from("10.0.0.0/8")  # type: ignore[arg-type]

    declare(program)


def test_missing_port_names_both_groups(declare: Declare) -> None:
    """A connection without a port, to a group without a default port, is MissingPort naming both."""

    def program() -> None:
        api, db = SecurityGroup("api", vpc_id=VPC), SecurityGroup("db", vpc_id=VPC)
        with pytest.raises(MissingPort, match='SecurityGroup "db": allow_from: .*"api" may reach on "db"'):
            db.allow_from(api)
        with pytest.raises(MissingPort, match='SecurityGroup "api": allow_to: .*"api" may reach on "db"'):
            api.allow_to(db)
        with pytest.raises(MissingPort, match='"db" may reach on "0.0.0.0/0"'):
            db.allow_to(peers.ANY_IPV4)

    assert declare(program).rules() == {}


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: SecurityGroup("", vpc_id=VPC), "name"),
        (lambda: SecurityGroup("a", vpc_id="vpc-1"), "vpc_id"),
        (lambda: SecurityGroup("a", vpc_id=VPC, description="é"), "description"),
        (lambda: SecurityGroup("a", vpc_id=VPC, default_port=443), "default_port"),  # type: ignore[arg-type]
        (lambda: SecurityGroup("a", vpc_id=VPC, tags={"aws:x": "1"}), 'tags\\["aws:x"\\]'),
        (lambda: SecurityGroup.existing("a", "sg-1"), "security_group_id"),
        (lambda: SecurityGroup.existing("", "sg-0a1b2c3d"), "name"),
        (lambda: peers.ipv4("10.0.0.1/8"), "cidr_ipv4"),
        (lambda: peers.ipv6("10.0.0.0/8"), "cidr_ipv6"),
        (lambda: peers.prefix_list("pl-1"), "prefix_list_id"),
        (lambda: peers.ipv4("10.0.0.0/8", name=""), "name"),
        (lambda: peers.ipv4(pulumi.Output.from_input("10.0.0.0/8")), "say what to call it"),
    ],
)
def test_a_bad_argument_is_refused_before_any_call(
    declare: Declare, make: Callable[[], SecurityGroup | Peer], argument: str
) -> None:
    """A wrong argument raises InvalidInput that names it, and nothing at all is registered."""

    def program() -> None:
        with pytest.raises(InvalidInput, match=argument):
            make()

    assert declare(program).resources == {}


def test_a_port_that_is_no_port_is_refused(declare: Declare) -> None:
    """A bare number is no port: the message names the argument and says what to write."""

    def program() -> None:
        db = SecurityGroup("db", vpc_id=VPC)
        with pytest.raises(InvalidInput, match=r"allow_from: port: 5432 is no port; use one from ports"):
            db.allow_from(db, 5432)  # type: ignore[arg-type]

    declare(program)


def test_two_peers_of_one_name_are_refused(declare: Declare) -> None:
    """A second peer under a name that is taken would lose a rule, so it is refused; the same peer again is not."""

    def program() -> None:
        db = SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES)
        db.allow_from(peers.ipv4("10.0.0.0/8", name="office"))
        db.allow_from(peers.ipv4("10.0.0.0/8", name="office"))
        with pytest.raises(InvalidInput, match='two peers are both named "office": .*10.0.0.0/8 .* 10.1.0.0/16'):
            db.allow_from(peers.ipv4("10.1.0.0/16", name="office"))

    assert list(declare(program).rules()) == ["db-from-office-tcp-5432"]


@pytest.mark.parametrize("value", ["10.0.0.0/8", "10.1.0.0/16"])
def test_two_unknown_peers_of_one_name_are_compared_when_known(declare: Declare, value: str) -> None:
    """Peers that are outputs are compared as soon as they are known, and the program fails if they differ."""

    def program() -> None:
        db = SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES)
        db.allow_from(peers.ipv4(pulumi.Output.from_input("10.0.0.0/8"), name="vpc"))
        db.allow_from(peers.ipv4(pulumi.Output.from_input(value), name="vpc"))

    if value == "10.0.0.0/8":
        assert list(declare(program).rules()) == ["db-from-vpc-tcp-5432"]
    else:
        with pytest.raises(InvalidInput, match='two peers are both named "vpc"'):
            declare(program)


def test_a_bad_value_that_is_an_output_is_refused_when_known(declare: Declare) -> None:
    """An output is checked as soon as it is known, with the same message, and no rule is made of it."""

    def program() -> None:
        db = SecurityGroup("db", vpc_id=VPC, default_port=ports.POSTGRES)
        db.allow_from(peers.ipv4(pulumi.Output.from_input("10.0.0.1/8"), name="vpc"))

    with pytest.raises(ValueError, match=r"peers\.ipv4: cidr_ipv4: .* write 10\.0\.0\.0/8"):
        declare(program)


def test_ports_are_values() -> None:
    """The public Port compares by value, so a port made twice is one port."""
    assert ports.tcp(5432) == ports.POSTGRES == Port("tcp", 5432, 5432)
