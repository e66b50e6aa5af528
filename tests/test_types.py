"""What the type checker must refuse in a user's program, and what it must accept."""

from __future__ import annotations

import pytest
from mypy import api

ACCEPTED = """
from sg_integration import ClusterIntegration, SecurityGroup, VpcIntegration, peers, ports
import pulumi

vpc = VpcIntegration("prod", vpc_id=pulumi.Output.from_input("vpc-0a1b2c3d"))
ClusterIntegration(
    "eks", integration=vpc, node_security_group_ids={"nodes": vpc.vpc_id}, control_plane_security_group_id=None
)
api = SecurityGroup("api", vpc_id=vpc.vpc_id, tags={"team": "shop"})
db = SecurityGroup("db", vpc_id=vpc.vpc_id, default_port=ports.POSTGRES)
db.allow_from(api)
db.allow_from(peers.ipv4("10.0.0.0/8"), ports.tcp(1, 2))
"""
REFUSED = {
    "db.allow_from(vpc.trust)": 'has incompatible type "ReservedGroup"; expected "SecurityGroup | Peer"',
    "db.allow_to(vpc.enforced, ports.ALL)": 'has incompatible type "ReservedGroup"; expected "SecurityGroup | Peer"',
    "db.allow_from('10.0.0.0/8')": 'has incompatible type "str"',
    "db.allow_from(api, 5432)": 'has incompatible type "int"',
    "VpcIntegration('x', 'vpc-0a1b2c3d')": "Too many positional arguments",
}


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
    """A reserved group, a bare CIDR or a bare number where a peer or a port belongs is a type error on that line."""
    number = ACCEPTED.count("\n") + 1 + list(REFUSED).index(line)
    assert [text for text in reported if int(text.split(":")[1]) == number and REFUSED[line] in text]
