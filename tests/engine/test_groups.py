"""The groups on the real engine: what stands in AWS, and how it changes, heals and goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sg_integration import ClusterIntegration, SecurityGroup, VpcIntegration, peers, ports
from sg_integration.sandbox.aws.server import EmbeddedAws

from .cloud import Cloud
from .stacks import EngineStack, Program

WRITES = ("Create", "Delete", "Authorize", "Revoke", "Modify", "Update")


def integration(cloud: Cloud, name: str = "prod") -> Program:
    """A program with both integrations."""

    def program() -> None:
        ClusterIntegration(
            f"{name}-eks",
            guard=False,
            integration=VpcIntegration(name, vpc_id=cloud.vpc_id),
            node_security_group_ids=[cloud.others["nodes"], cloud.others["more-nodes"]],
            control_plane_security_group_id=cloud.others["control-plane"],
        )

    return program


def orders(cloud: Cloud, *, description: str = "Orders", turned: bool = False) -> Program:
    """A program with two groups that name each other, and addresses."""

    def program() -> None:
        names = ("db", "api") if turned else ("api", "db")
        groups = {
            name: SecurityGroup(
                name,
                vpc_id=cloud.vpc_id,
                description=description if name == "db" else "API",
                default_port=ports.POSTGRES if name == "db" else ports.HTTPS,
            )
            for name in names
        }
        lines: list[Callable[[], None]] = [
            lambda: groups["db"].allow_from(groups["api"]),
            lambda: groups["api"].allow_from(groups["db"]),
            lambda: groups["db"].allow_from(peers.ipv4("10.0.0.0/8")),
            lambda: groups["api"].allow_to(peers.ANY_IPV6, ports.udp(53)),
            lambda: groups["db"].allow_from(groups["db"], ports.icmp(8, 0)),
        ]
        for line in reversed(lines) if turned else lines:
            line()
            line()

    return program


DB_RULES = {
    "ingress tcp 5432-5432 from api",
    "ingress tcp 5432-5432 from 10.0.0.0/8",
    "ingress icmp 8-0 from db",
    "egress icmp 8-0 to db",
    "egress tcp 443-443 to api",
}
API_RULES = {"ingress tcp 443-443 from db", "egress tcp 5432-5432 to db", "egress udp 53-53 to ::/0"}


def test_the_reserved_groups_have_exactly_their_rules(stack: EngineStack, cloud: Cloud) -> None:
    """AWS shows the rules of trust, enforced and pod default, and nothing else: no default egress is left over."""
    stack.up(integration(cloud)).succeeded()
    groups = cloud.groups()
    assert set(groups) == {"prod-trust", "prod-enforced", "prod-eks-pod-default"}
    assert cloud.rules(groups["prod-trust"]) == {"ingress all from prod-enforced", "egress all to prod-enforced"}
    assert cloud.rules(groups["prod-enforced"]) == {"ingress all from prod-trust", "egress all to prod-trust"}
    assert cloud.rules(groups["prod-eks-pod-default"]) == {
        "egress all to 0.0.0.0/0",
        "ingress all from prod-eks-pod-default",
        "ingress all from nodes",
        "ingress all from more-nodes",
        "ingress all from control-plane",
    }
    assert cloud.tags(groups["prod-trust"])["sg-integration:role"] == "trust"


def test_the_preview_names_every_rule_and_writes_nothing(
    stack: EngineStack, cloud: Cloud, embedded_aws: EmbeddedAws
) -> None:
    """A preview lists each rule by its meaning, and no call that writes is made."""
    embedded_aws.clear_calls()
    preview = stack.preview(integration(cloud)).succeeded()
    assert {"prod-trust-from-enforced-all", "prod-eks-pod-default-from-control-plane-all"} <= preview.names("create")
    assert not [call for call in embedded_aws.calls() if call.action.startswith(WRITES)]
    assert cloud.groups() == {}


def test_a_vpc_that_does_not_exist_is_refused_by_the_preview(stack: EngineStack, cloud: Cloud) -> None:
    """A wrong id, region or account is one error that says so, before anything is made."""

    def program() -> None:
        VpcIntegration("prod", vpc_id="vpc-0123456789abcdef0")

    preview = stack.preview(program)
    assert preview.failed
    assert "looking up vpc-0123456789abcdef0 (" in preview.output
    assert "): InvalidVpcID.NotFound: " in preview.output
    assert "Correct vpc_id, or the region and the account that are asked." in preview.output
    assert cloud.groups() == {}


def test_an_empty_program_after_ours_leaves_nothing(stack: EngineStack, cloud: Cloud) -> None:
    """Two groups that name each other, and the reserved pair, go without a trace; groups of others stay."""

    def both() -> None:
        integration(cloud)()
        orders(cloud)()

    stack.up(both).succeeded()
    assert len(cloud.groups()) == 5
    stack.destroy().succeeded()
    assert cloud.groups() == {}
    assert cloud.rules(cloud.others["nodes"]) == {"egress all to 0.0.0.0/0"}


def test_a_second_up_changes_nothing_in_whatever_order(stack: EngineStack, cloud: Cloud) -> None:
    """The same lines in another order, each repeated, are the same stack: nothing is planned and nothing is written."""
    stack.up(orders(cloud)).succeeded()
    groups = cloud.groups()
    assert (cloud.rules(groups["db"]), cloud.rules(groups["api"])) == (DB_RULES, API_RULES)
    assert stack.up(orders(cloud, turned=True), expect_no_changes=True).succeeded().steps == ()
    assert stack.preview(orders(cloud), refresh=True).succeeded().steps == ()


def test_a_rule_deleted_by_hand_comes_back_after_refresh(stack: EngineStack, cloud: Cloud) -> None:
    """Refresh notices the rule that is gone, and the next update makes that one rule and no other."""
    stack.up(orders(cloud)).succeeded()
    group_id = cloud.groups()["db"]
    lost = next(rule for rule in cloud.raw_rules(group_id) if rule.get("CidrIpv4") == "10.0.0.0/8")
    cloud.ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[lost["SecurityGroupRuleId"]])
    assert stack.refresh().succeeded().names("delete") == {"db-from-10.0.0.0/8-tcp-5432"}
    assert stack.up(orders(cloud)).succeeded().steps == (("create", "db-from-10.0.0.0/8-tcp-5432"),)
    assert cloud.rules(group_id) == DB_RULES


def test_a_rule_changed_by_hand_is_put_right_after_refresh(process_stack: EngineStack, cloud: Cloud) -> None:
    """A rule that somebody widened is narrowed again, in place."""
    process_stack.up(orders(cloud)).succeeded()
    group_id = cloud.groups()["db"]
    rule = next(rule for rule in cloud.raw_rules(group_id) if rule.get("CidrIpv4") == "10.0.0.0/8")
    wider = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "CidrIpv4": "10.0.0.0/8"}
    cloud.ec2.modify_security_group_rules(
        GroupId=group_id,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": wider}],  # type: ignore[typeddict-item]
    )
    process_stack.refresh().succeeded()
    assert process_stack.up(orders(cloud)).succeeded().steps == (("update", "db-from-10.0.0.0/8-tcp-5432"),)
    assert cloud.rules(group_id) == DB_RULES


def test_a_new_description_replaces_a_group_and_everything_follows(stack: EngineStack, cloud: Cloud) -> None:
    """A group is replaced by a new one with the same rules, its peers' rules point at the new one, the old one goes."""
    stack.up(orders(cloud)).succeeded()
    before = cloud.groups()
    outcome = stack.up(orders(cloud, description="Orders database")).succeeded()
    after = cloud.groups()
    assert after["api"] == before["api"]
    assert after["db"] != before["db"]
    assert (cloud.rules(after["db"]), cloud.rules(after["api"])) == (DB_RULES, API_RULES)
    assert {"api-from-db-tcp-443", "api-to-db-tcp-5432"} == outcome.names("update")
    assert stack.up(orders(cloud, description="Orders database"), expect_no_changes=True).succeeded()


def test_two_stacks_share_a_vpc(new_stack: Callable[..., EngineStack], cloud: Cloud) -> None:
    """Two stacks of the same program live side by side in one VPC, and one goes without touching the other."""
    blue, green = new_stack("blue"), new_stack("green")
    blue.up(integration(cloud)).succeeded()
    mine = set(cloud.groups().values())
    green.up(integration(cloud)).succeeded()
    blue.destroy().succeeded()
    left = cloud.groups()
    assert set(left) == {"prod-trust", "prod-enforced", "prod-eks-pod-default"}
    assert not mine & set(left.values())
    assert cloud.rules(left["prod-trust"]) == {"ingress all from prod-enforced", "egress all to prod-enforced"}


def test_an_existing_group_keeps_what_is_not_ours(stack: EngineStack, cloud: Cloud) -> None:
    """Rules that we add to somebody's group come and go with the stack; the group and its own rules stay."""

    def program() -> None:
        nodes = SecurityGroup.existing("nodes", cloud.others["nodes"])
        SecurityGroup("api", vpc_id=cloud.vpc_id).allow_to(nodes, ports.HTTPS)

    stack.up(program).succeeded()
    assert cloud.rules(cloud.others["nodes"]) == {"egress all to 0.0.0.0/0", "ingress tcp 443-443 from api"}
    stack.destroy().succeeded()
    assert cloud.rules(cloud.others["nodes"]) == {"egress all to 0.0.0.0/0"}


@pytest.mark.parametrize("opens", [True, False])
def test_open_egress_comes_and_goes(stack: EngineStack, cloud: Cloud, opens: bool) -> None:
    """Turning allow_all_outbound on or off changes the group's egress from one to the other and replaces nothing."""

    def program(all_outbound: bool) -> Program:
        def declare() -> None:
            api = SecurityGroup("api", vpc_id=cloud.vpc_id, allow_all_outbound=all_outbound)
            SecurityGroup("db", vpc_id=cloud.vpc_id, default_port=ports.POSTGRES).allow_from(api)

        return declare

    expected = {True: {"egress all to 0.0.0.0/0"}, False: {"egress tcp 5432-5432 to db"}}
    stack.up(program(not opens)).succeeded()
    before = cloud.groups()
    assert cloud.rules(before["api"]) == expected[not opens]
    stack.up(program(opens)).succeeded()
    assert cloud.groups() == before
    assert cloud.rules(before["api"]) == expected[opens]


def test_what_fails_half_way_is_finished_by_the_next_up(stack: EngineStack, cloud: Cloud) -> None:
    """With a control plane group that does not exist the rest is made and recorded; corrected, only that rule is missing."""

    def program(control_plane: str) -> Program:
        return lambda: _forget(
            ClusterIntegration(
                "eks",
                guard=False,
                integration=VpcIntegration("prod", vpc_id=cloud.vpc_id),
                node_security_group_ids=[cloud.others["nodes"]],
                control_plane_security_group_id=control_plane,
            )
        )

    broken = stack.up(program("sg-0123456789abcdef0"))
    assert broken.failed
    assert "InvalidGroup.NotFound" in broken.output
    mended = stack.up(program(cloud.others["control-plane"])).succeeded()
    assert ("create", "eks-pod-default-from-control-plane-all") in mended.steps
    assert "create" not in {done for done, name in mended.steps if name in {"prod-trust", "prod-enforced"}}
    assert "ingress all from control-plane" in cloud.rules(cloud.groups()["eks-pod-default"])


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (
            lambda _: SecurityGroup("db", vpc_id="vpc-1"),
            "InvalidInput: SecurityGroup \"db\": vpc_id: 'vpc-1' is not a VPC id",
        ),
        (
            lambda vpc_id: SecurityGroup("db", vpc_id=vpc_id).allow_from(
                VpcIntegration("prod", vpc_id=vpc_id).trust  # type: ignore[arg-type]  # what mypy refuses
            ),
            'TypeError: SecurityGroup "db": allow_from: the trust group "prod-trust" is kept by the integration',
        ),
        (
            lambda vpc_id: SecurityGroup("db", vpc_id=vpc_id).allow_from(SecurityGroup("api", vpc_id=vpc_id)),
            'MissingPort: SecurityGroup "db": allow_from: no port says what "api" may reach on "db"',
        ),
    ],
)
def test_a_wrong_program_fails_in_the_preview_with_a_line_that_says_why(
    stack: EngineStack, cloud: Cloud, embedded_aws: EmbeddedAws, program: Callable[[str], object], line: str
) -> None:
    """The engine prints our message as the error, and nothing is written."""
    embedded_aws.clear_calls()
    outcome = stack.preview(lambda: _forget(program(cloud.vpc_id)))
    assert outcome.failed
    assert line in outcome.output
    assert not [call for call in embedded_aws.calls() if call.action.startswith(WRITES)]


def _forget(_: object) -> None:
    """Make an expression a statement."""
