"""A rule's name is its meaning, and a CIDR block has one spelling."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_integration.model import ports
from sg_integration.model.errors import InvalidInput
from sg_integration.model.rules import Direction, PeerKind, Rule, cidr


def test_a_rule_is_named_after_its_meaning() -> None:
    """The name says group, direction, peer and traffic, and begins with the group's name."""
    rule = Rule("orders-db", Direction.INGRESS, "orders-api", ports.POSTGRES)
    assert rule.name == "orders-db-from-orders-api-tcp-5432"
    assert str(rule) == "orders-db: tcp/5432 from orders-api"


@pytest.mark.parametrize(
    ("text", "kind", "stored"),
    [
        ("10.0.0.0/16", PeerKind.CIDR_IPV4, "10.0.0.0/16"),
        ("0.0.0.0/0", PeerKind.CIDR_IPV4, "0.0.0.0/0"),
        ("2001:DB8:0::/32", PeerKind.CIDR_IPV6, "2001:db8::/32"),
        ("::/0", PeerKind.CIDR_IPV6, "::/0"),
    ],
)
def test_a_network_is_stored_in_one_spelling(text: str, kind: PeerKind, stored: str) -> None:
    """A network comes back as AWS stores it, so that a second update sees no difference."""
    assert cidr(text, "where", kind) == stored


@given(st.ip_addresses(v=4), st.integers(min_value=0, max_value=32))
def test_every_ipv4_network_is_accepted_and_nothing_with_host_bits(address: object, length: int) -> None:
    """An address with a prefix length is accepted exactly if it has no bits outside the network."""
    text = f"{address}/{length}"
    network = ip_network(text, strict=False)
    if str(network) == text:
        assert cidr(text, "where", PeerKind.CIDR_IPV4) == text
    else:
        with pytest.raises(InvalidInput, match=f"write {network}"):
            cidr(text, "where", PeerKind.CIDR_IPV4)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("10.0.0.5/16", "write 10.0.0.0/16"),
        ("10.0.0.1", "write 10.0.0.1/32"),
        ("10.0.0.0/255.255.0.0", "write 10.0.0.0/16"),
        ("999.1.1.1/99", "not an IPv4 CIDR"),
        ("::/0", "not an IPv4 CIDR"),
        (" 10.0.0.0/8", "not an IPv4 CIDR"),
        ("", "not an IPv4 CIDR"),
        (7, "not an IPv4 CIDR"),
    ],
)
def test_a_bad_network_is_refused_with_what_was_meant(value: object, hint: str) -> None:
    """What AWS would refuse, or quietly change, is refused with the network that was probably meant."""
    with pytest.raises(InvalidInput, match=hint) as refused:
        cidr(value, "peers.ipv4: cidr_ipv4", PeerKind.CIDR_IPV4)
    assert str(refused.value).startswith("peers.ipv4: cidr_ipv4: ")
