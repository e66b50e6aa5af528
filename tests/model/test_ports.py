"""Ports are checked when they are made, and say what they mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_integration.model import ports
from sg_integration.model.errors import InvalidInput
from sg_integration.model.ports import Port

port_numbers = st.integers(min_value=0, max_value=65535)


@pytest.mark.parametrize(
    ("port", "text", "name"),
    [
        (ports.POSTGRES, "tcp/5432", "tcp-5432"),
        (ports.udp(8000, 8100), "udp/8000-8100", "udp-8000-8100"),
        (ports.ALL, "all", "all"),
        (ports.ALL_TCP, "tcp/all", "tcp-all"),
        (ports.PING, "icmp/8-0", "icmp-8-0"),
        (ports.icmp(3), "icmp/3", "icmp-3"),
        (ports.ALL_ICMPV6, "icmpv6/all", "icmpv6-all"),
        (ports.protocol(50), "protocol/50", "protocol-50"),
    ],
)
def test_a_port_says_what_it_is(port: Port, text: str, name: str) -> None:
    """A port's text is how people write it, and its name is the same without a slash."""
    assert (str(port), port.name) == (text, name)


@given(port_numbers, port_numbers)
def test_a_range_is_kept_or_refused(first: int, last: int) -> None:
    """A range that rises is kept as it is; one that falls is refused, naming to_port."""
    if first <= last:
        assert ports.tcp(first, last) == Port("tcp", first, last)
    else:
        with pytest.raises(InvalidInput, match="to_port"):
            ports.tcp(first, last)


@given(port_numbers, port_numbers, port_numbers, port_numbers)
def test_different_ports_have_different_names(one: int, two: int, three: int, four: int) -> None:
    """Two ports have the same name only if they are the same port, so a name can be a rule's identity."""
    left, right = ports.tcp(*sorted((one, two))), ports.tcp(*sorted((three, four)))
    assert (left.name == right.name) == (left == right)


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: ports.tcp(-1), "from_port"),
        (lambda: ports.tcp(65536), "from_port"),
        (lambda: ports.udp(1, 70000), "to_port"),
        (lambda: ports.tcp("443"), "from_port"),  # type: ignore[arg-type]
        (lambda: ports.tcp(True), "from_port"),
        (lambda: ports.tcp(443.0), "from_port"),  # type: ignore[arg-type]
        (lambda: ports.icmp(256), "icmp_type"),
        (lambda: ports.icmpv6(128, -2), "icmp_code"),
        (lambda: ports.protocol(256), "number"),
        (lambda: ports.protocol(6), "number"),
        (lambda: Port("tcp", 70000, -3), "from_port"),
        (lambda: Port("udp", 2, 1), "to_port"),
        (lambda: Port("tcp"), "from_port"),
        (lambda: Port("6", 22, 22), "protocol"),
        (lambda: Port("esp"), "protocol"),
        (lambda: Port("-1", 1, 2), "protocol"),
        (lambda: Port("icmp", 300, -1), "from_port"),
    ],
)
def test_a_bad_port_is_refused_by_name(make: Callable[[], Port], argument: str) -> None:
    """A value that EC2 would refuse raises InvalidInput that names the argument."""
    with pytest.raises(InvalidInput, match=argument):
        make()


def test_tcp_by_number_says_what_to_use() -> None:
    """Protocol 6 is TCP, which needs ports: the message names the function that takes them."""
    with pytest.raises(InvalidInput, match=r"6 is tcp; use ports\.tcp\(…\) or ports\.ALL_TCP"):
        ports.protocol(6)
