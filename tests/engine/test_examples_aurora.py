"""The example `aurora`: readers that come and go are held by the nodes, and the cluster is written once."""

from __future__ import annotations

from typing import Any

from .enforcement_scene import KINDS
from .example_stacks import ExampleStack, Shop
from .test_enforcement_late import is_members

pytest_plugins = ("tests.engine.example_fixtures", "tests.engine.callbacks")
EXAMPLE = "aurora"


def databases(shop: Shop) -> dict[str, set[str]]:
    """The address of each interface of a database, and its groups by Name tag."""
    in_vpc: Any = [{"Name": "vpc-id", "Values": [shop.seeded.vpc_id]}]
    groups = shop.ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"]
    names = {
        each["GroupId"]: next((tag["Value"] for tag in each.get("Tags", []) if tag["Key"] == "Name"), "")
        for each in groups
    }
    found = shop.ec2.describe_network_interfaces(Filters=in_vpc)["NetworkInterfaces"]
    return {
        each["PrivateIpAddress"]: {names[group["GroupId"]] for group in each["Groups"]}
        for each in found
        if each["Description"] == "RDSNetworkInterface"
    }


def held(shop: Shop) -> set[str]:
    """The addresses whose rules the nodes hold."""
    objects = shop.server.api.request("GET", f"/apis/projectcalico.org/v3/{KINDS[1]}")["items"]
    found = [each | {"kind": "GlobalNetworkSet"} for each in objects]
    return {net.removesuffix("/32") for each in found if is_members(each) for net in each["spec"]["nets"]}


def in_trust(shop: Shop) -> set[str]:
    """The addresses of databases that are in `trust`."""
    return {address for address, groups in databases(shop).items() if "shop-trust" in groups}


def readers(stack: ExampleStack, number: int) -> None:
    """Set how many readers there are."""
    stack.engine._selected().set_config("readers", _value(str(number)))


def _value(value: str) -> Any:
    from pulumi import automation  # noqa: PLC0415

    return automation.ConfigValue(value)


def test_readers_come_and_go(shop: Shop) -> None:
    """Whoever comes is held in the same update, without a write of the cluster; and the cluster leaves before enforcement goes."""
    stack = shop.stack(EXAMPLE, databasePassword="in-the-sandbox")
    assert {"orders", "writer", "reader-1", "databases"} <= stack.preview().names("create")
    stack.up()
    assert not stack.up().steps
    assert len(in_trust(shop)) == 2
    assert in_trust(shop) <= held(shop)
    assert all(
        groups == {"shop-trust", "orders-db", "orders-aurora"}
        for groups in databases(shop).values()
        if "shop-trust" in groups
    )

    shop.aws.clear_calls()
    readers(stack, 2)
    assert stack.up().steps == (("create", "reader-2"),)
    assert len(in_trust(shop)) == 3
    assert in_trust(shop) <= held(shop)
    assert not shop.aws.calls("rds:ModifyDBCluster")
    assert not stack.up().steps

    stack.change('"writer", *(f"reader-', '"writer", *(f"replica-')
    stack.up()
    assert len(in_trust(shop)) == 3
    assert in_trust(shop) <= held(shop)
    gone = [name for _, name in stack.destroy().steps]
    assert gone.index("databases") < gone.index("shop-eks-enforcement")
    assert not in_trust(shop)
