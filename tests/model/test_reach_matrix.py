"""The matrix: nothing is left out, what is alike is one, and what changes is what differs."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from sg_integration.model.landscape import Enforcement, RunningPod
from sg_integration.model.policy_inputs import SecurityGroup
from sg_integration.model.ports import tcp
from sg_integration.model.reach import Reach
from sg_integration.model.reach_groups import grouped
from sg_integration.model.reach_matrix import WAYS, Cell, Change, Comparison, compare, matrix
from sg_integration.model.reach_parties import Parties
from sg_integration.model.reach_words import as_json, as_table
from sg_integration.model.traffic import NOTHING, traffic_of
from tests.model.reach_scene import API, DB, GROUPS, IN, PODS, rule, running, shop
from tests.model.test_reach_laws import FAST, landscape
from tests.policy.world import World
from tests.policy.worlds import worlds


@FAST
@given(worlds())
def test_no_pair_is_left_out(world: World) -> None:
    """What is found by what rules name is what is found by asking for every pair."""
    reach = Reach(landscape(world))
    found, parties = matrix(reach, system=True), Parties(reach)
    workloads, members = parties.workloads(system=True), parties.members()
    for workload in workloads:
        for member in members:
            for way, here, there in ((WAYS[0], workload, member), (WAYS[1], member, workload)):
                pairs = [(s, d) for s in here.ends for d in there.ends if s.family == d.family]
                ports = traffic_of(port for pair in pairs for port in reach.reached(*pair))
                assert found.cells.get((workload.name, member.name, way), Cell()).ports == ports


def test_the_shop() -> None:
    """The pods that are admitted reach the database, nobody else does; members of a group send to no pod that refuses them."""
    found = matrix(Reach(shop()))
    assert found.workloads == ("shop/deployment/agent", "shop/deployment/api", "shop/deployment/web")
    assert found.members == ("ELB app/x", "bastion", "batch", "orders")
    open_ = {pair: cell.ports for pair, cell in found.cells.items() if pair[0] != "shop/deployment/agent"}
    assert open_ == {("shop/deployment/api", each, "out"): (tcp(5432),) for each in ("batch", "orders")}


def test_namespaces_of_the_cluster_are_left_out() -> None:
    """Their workloads are there only if that is asked for."""
    assert "kube-system/deployment/dns" in matrix(Reach(shop()), system=True).workloads
    assert "kube-system/deployment/dns" not in matrix(Reach(shop())).workloads


def test_some_of_the_addresses_only() -> None:
    """A workload of which one pod is admitted by its address is marked so."""
    admits = SecurityGroup(DB, "orders-db", (rule(2, IN, "10.0.1.5/32", "tcp", 5432),))
    found = matrix(Reach(shop(groups=(admits, *(each for each in GROUPS if each.id != DB)))))
    assert found.cells["shop/deployment/api", "orders", "out"] == Cell((tcp(5432),), partly=True)


def test_without_enforcement_everything_in_trust_is_open() -> None:
    """Where nothing enforces, every pod reaches every member of trust on every port."""
    found = matrix(Reach(shop(enforcement=Enforcement("none"))))
    assert {member for _, member, way in found.cells if way == "out"} == {"batch", "orders"}
    assert {str(each) for cell in found.cells.values() for each in cell.ports} == {"all"}


def test_a_change() -> None:
    """What becomes reachable and what stops is told port by port."""
    before = matrix(Reach(shop()))
    other = SecurityGroup(DB, "orders-db", (rule(2, IN, API, "tcp", 5433),))
    groups = (other, *(replace(g, rules=()) if g.id == API else g for g in GROUPS if g.id != DB))
    changed = compare(before, matrix(Reach(shop(groups=groups)))).changed()
    change = changed["shop/deployment/api", "orders", "out"]
    assert (change.becomes, change.stops) == ((tcp(5433),), (tcp(5432),))


def change(before: int, after: int) -> Change:
    """A port before and after; 0 is none."""
    cells = [Cell((tcp(each),) if each else NOTHING) for each in (before, after)]
    return Change(*cells)


def test_groups() -> None:
    """Workloads with the same cells are one row, members one column; who reaches nothing comes last; few are left apart."""
    cells = {(w, m, "out"): change(443, 443) for w in "ab" for m in "xy"}
    found = Comparison(("_", "a", "b", "c"), ("x", "y", "z"), {**cells, ("c", "x", "in"): change(0, 80)})  # type: ignore[dict-item]
    small = grouped(found, always=True)
    assert list(small.rows) == [("a", "b"), ("c",), ("_",)]
    assert list(small.columns) == [("x",), ("y",), ("z",)]
    apart = grouped(found)
    assert list(apart.rows) == [("a",), ("b",), ("c",), ("_",)]
    assert len(apart.cells) == len(found.cells)
    assert list(grouped(found, most=3).rows) == list(small.rows)


ON_NODES = tuple(each for each in PODS if not each.pod.host_network)


def test_the_table() -> None:
    """A line for each two groups, with what passes; of a change, what becomes, what stops, and what is then open."""
    now = matrix(Reach(shop(pods=ON_NODES)))
    same = compare(now, now)
    assert "shop/deployment/api  batch, orders  tcp/5432" in as_table(same, previewed=False)
    assert as_table(same, previewed=True).startswith("Nothing changes.")
    gone = compare(now, matrix(Reach(shop(pods=tuple(each for each in ON_NODES if each.node != "node-2")))))
    assert as_table(gone, previewed=True).startswith("Nothing changes.")
    none = compare(now, matrix(Reach(shop(pods=()))))
    table = as_table(none, previewed=True)
    assert table.splitlines()[0].split() == ["FROM", "TO", "BECOMES", "STOPS", "THEN"]
    assert "shop/deployment/api  batch, orders  -        tcp/5432" in table
    assert as_table(compare(matrix(Reach(shop(pods=()))), matrix(Reach(shop(pods=())))), previewed=False).startswith(
        "Nobody"
    )


def test_the_json() -> None:
    """Every pair for itself, in the words of ports, with what is not known."""
    now = matrix(Reach(shop(pods=ON_NODES)))
    document = as_json(compare(now, now), previewed=True, notes=["a"], unknown=["b"])
    assert (document["notes"], document["unknown"]) == (["a"], ["b"])
    pair = next(each for each in document["pairs"] if each["destination"] == "orders")
    assert pair["before"] == pair["after"] == ["tcp/5432"]
    assert pair["becomes"] == pair["stops"] == []


def test_many_pods_that_are_alike_are_decided_once() -> None:
    """A thousand pods with the same groups cost as many decisions as one."""
    one, many = Reach(shop()), Reach(shop(pods=tuple(_pod(n) for n in range(1000))))
    matrix(one)
    matrix(many)
    assert len(many._reached) <= len(one._reached)


def _pod(n: int) -> RunningPod:
    return replace(
        running("api-1", API), addresses=(f"10.0.{100 + n // 250}.{n % 250}",), workload=f"deployment/api-{n % 9}"
    )
