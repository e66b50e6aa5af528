"""Which databases join, are passed over or wait, and in which words a preview says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sg_integration.model.errors import InvalidInput
from sg_integration.model.members import Database
from sg_integration.model.selection import Selection, select_databases
from sg_integration.model.selectors import Databases

VPC, OTHER = "vpc-00000001", "vpc-00000002"
TRUST = frozenset({"sg-trust"})
ORDERS = Database("db-1", "orders", ("sg-app",), vpc_id=VPC, tags={"role": "member"})
LEDGER = Database("cluster-1", "ledger", ("sg-app",), is_cluster=True, engine="aurora-mysql", vpc_id=VPC)
OF_LEDGER = Database("db-2", "ledger-1", ("sg-app",), cluster="ledger", engine="aurora-mysql", vpc_id=VPC)
EVERYTHING = Databases(whole_vpc=True, allow_empty=True)
FIVE = tuple(f"sg-{number}" for number in range(5))


def decide(*databases: Database, select: Databases = EVERYTHING, replaced: frozenset[str] = frozenset()) -> Selection:
    """The decision about these databases."""
    return select_databases(databases, select, vpc_id=VPC, desired=TRUST, replaced=replaced)


@pytest.mark.parametrize(
    ("database", "line"),
    [
        (replace(ORDERS, engine="neptune"), "orders (neptune): a Neptune database, which has an API of its own"),
        (replace(LEDGER, engine="docdb"), "ledger (docdb cluster): a DocumentDB database, which has an API of its own"),
        (replace(ORDERS, engine="custom-oracle-ee"), "orders (custom-oracle-ee): RDS Custom, whose groups RDS does not change"),
        (replace(ORDERS, groups=FIVE), "orders (postgres): it has 5 of the 5 groups that RDS allows: free one"),
        (replace(ORDERS, engine="neptune", status="stopped"), "orders (neptune): a Neptune database, which has an API of its own"),
    ],
)  # fmt: skip
def test_who_is_passed_over_is_named_and_explained(database: Database, line: str) -> None:
    """A database that RDS does not change is in `skipped`, with exactly this line."""
    assert decide(database) == Selection({}, {database.id: line})


def test_a_cluster_stands_for_its_instances() -> None:
    """The cluster is the member; its instances are not mentioned, unless one is named: then it is explained."""
    assert decide(LEDGER, OF_LEDGER) == Selection({"cluster-1": "ledger (aurora-mysql cluster)"})
    found = decide(LEDGER, OF_LEDGER, select=Databases(identifiers=["ledger-1"]))
    why = "ledger-1 (aurora-mysql): in cluster ledger, which has the groups: select the cluster"
    assert found == Selection({}, {"db-2": why})


STOPPED = "RDS changes no database that is not running. Start it and run up again."
BUSY = "RDS changes it when it is available. Run up again then."


@pytest.mark.parametrize(
    ("status", "wait"),
    [
        *((status, STOPPED) for status in ("stopped", "stopping", "starting")),
        *((status, BUSY) for status in ("creating", "modifying", "rebooting", "upgrading", "maintenance", "failed")),
        *((status, "") for status in ("available", "backing-up", "configuring-log-exports", "storage-optimization", "storage-full")),
    ],
)  # fmt: skip
def test_who_takes_no_change_now_waits(status: str, wait: str) -> None:
    """It is deferred with its state and what to do; one that has our groups already is a member in any state."""
    database = replace(ORDERS, status=status)
    expected = {"db-1": f"orders (postgres): {status}; {wait}"} if wait else {}
    assert decide(database).deferred == expected
    assert decide(replace(database, groups=("sg-app", "sg-trust"))) == Selection({"db-1": "orders (postgres)"})


@pytest.mark.parametrize(
    ("groups", "replaced", "fits"),
    [
        (FIVE[:4], set(), True),
        (FIVE, set(), False),
        ((*FIVE[:4], "sg-trust"), set(), True),
        (FIVE, {"sg-0"}, True),
        ((*FIVE, "sg-trust"), set(), True),
    ],
)
def test_five_groups_are_all_that_rds_allows(groups: tuple[str, ...], replaced: set[str], fits: bool) -> None:
    """What goes in the same write takes no place; who has ours needs none."""
    found = decide(replace(ORDERS, groups=groups), replaced=frozenset(replaced))
    assert bool(found.members) == fits
    assert bool(found.skipped) != fits


MYSQL = Database("db-3", "catalog", ("sg-app",), engine="mysql", vpc_id=VPC, tags={"role": "member", "env": "test"})
ELSEWHERE = Database("db-4", "elsewhere", ("sg-app",), vpc_id=OTHER, tags={"role": "member"})


@pytest.mark.parametrize(
    ("select", "chosen"),
    [
        (Databases(tags={"role": "member"}), {"db-1", "db-3"}),
        (Databases(tags={"role": None, "env": None}), {"db-3"}),
        (Databases(tags={"role": None}, engines=["mysql"]), {"db-3"}),
        (Databases(whole_vpc=True), {"db-1", "db-3", "cluster-1"}),
        (Databases(whole_vpc=True, engines=["postgres", "aurora-mysql"]), {"db-1", "cluster-1"}),
        (Databases(whole_vpc=True, exclude_tags={"env": None}), {"db-1", "cluster-1"}),
        (Databases(whole_vpc=True, exclude_tags={"env": "prod"}), {"db-1", "db-3", "cluster-1"}),
        (Databases(whole_vpc=True, exclude_ids=["orders", "ledger"]), {"db-3"}),
        (Databases(identifiers=["orders"]), {"db-1"}),
        (Databases(identifiers=["orders", "ledger"], exclude_ids=["orders"]), {"cluster-1"}),
        (Databases(identifiers=["orders"], tags={"env": "test"}), {"db-1", "db-3"}),
        (Databases(identifiers=["orders"], engines=["mysql"], allow_empty=True), set()),
        (Databases(allow_empty=True), set()),
    ],
)
def test_which_databases_are_selected(select: Databases, chosen: set[str]) -> None:
    """Ways to select add up, engines and exclusions narrow them all, and another VPC's databases are no candidates."""
    assert set(decide(ORDERS, LEDGER, OF_LEDGER, MYSQL, ELSEWHERE, select=select).members) == chosen


@pytest.mark.parametrize(
    ("identifier", "line"),
    [
        ("typo", 'Databases: identifiers: "typo": no such database in this account and region.'),
        ("elsewhere", f'Databases: identifiers: "elsewhere" is in {OTHER}, not in {VPC}.'),
    ],
)
def test_a_named_database_that_is_not_there_is_an_error(identifier: str, line: str) -> None:
    """One that does not exist, or is of another VPC, is refused by name."""
    with pytest.raises(InvalidInput) as caught:
        decide(ORDERS, ELSEWHERE, select=Databases(identifiers=["orders", identifier]))
    assert str(caught.value) == line


@pytest.mark.parametrize("order", [1, -1])
def test_an_instance_and_a_cluster_may_share_an_identifier(order: int) -> None:
    """Of the two that a name means, the one in the VPC is selected, whichever comes first."""
    namesakes = [replace(LEDGER, identifier="orders", vpc_id=OTHER), ORDERS][::order]
    assert set(decide(*namesakes, select=Databases(identifiers=["orders"])).members) == {"db-1"}


def test_a_named_cluster_whose_vpc_nobody_tells_is_refused_in_words() -> None:
    """A cluster without instances may have no VPC that AWS tells: the refusal has no hole where its name would stand."""
    with pytest.raises(InvalidInput, match='"ledger" is in a VPC that AWS does not tell, not in vpc-00000001'):
        decide(replace(LEDGER, vpc_id=""), select=Databases(identifiers=["ledger"]))
