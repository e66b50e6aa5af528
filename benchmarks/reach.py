"""How long the matrix of a large VPC takes: 2,000 groups of 60 rules, 5,000 members, 300 workloads of 10 pods. Prints a table.

Run it with `python -m benchmarks.reach`.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from dataclasses import replace

from benchmarks.compile import GROUPS, MEMBERS, NODES, RULES, made, memory, timed
from sg_integration.model import annotation
from sg_integration.model.bindings import Pod
from sg_integration.model.explain import explain
from sg_integration.model.landscape import Landscape, RunningPod
from sg_integration.model.policy_inputs import SecurityGroup, SecurityGroupRule
from sg_integration.model.ports import tcp
from sg_integration.model.reach import Reach
from sg_integration.model.reach_find import Finder
from sg_integration.model.reach_matrix import compare, matrix
from sg_integration.model.reach_parties import Parties
from sg_integration.model.reach_picture import picture
from sg_integration.model.reach_words import as_json, as_table
from sg_integration.model.rules import Direction, PeerKind

WORKLOADS, PODS = 300, 10
TRUST, ENFORCED = "sg-aaaaaaaaaaaaaaaa1", "sg-aaaaaaaaaaaaaaaa2"
LIMIT_SECONDS = 30.0


def main() -> None:
    print(
        f"{GROUPS} groups of {RULES} rules, {MEMBERS} members, {WORKLOADS} workloads of {PODS} pods, {os.cpu_count()} cores\n"
    )
    print(f"{'':32}{'seconds':>8}{'of CPU':>8}{'peak MiB':>10}")
    landscape = timed("make the inputs", large)
    reach = Reach(landscape)
    started = time.process_time()
    timed("compile", lambda: reach.compiled)
    timed("find the ends", lambda: reach.ends)
    before = timed("the matrix", lambda: matrix(reach))
    changed = replace(landscape, inputs=replace(landscape.inputs, groups=without_some(landscape.inputs.groups)))
    after = timed("the matrix after a change", lambda: matrix(Reach(changed)))
    found = timed("what differs", lambda: compare(before, after))
    table = timed("the table", lambda: as_table(found, previewed=True))
    timed("the JSON", lambda: json.dumps(as_json(found, previewed=True, notes=(), unknown=())))
    drawn = timed("the picture", lambda: picture(found, previewed=True))
    took = time.process_time() - started
    finder = Finder(Parties(reach))
    ends = finder.find("shop/deployment/w7", "source"), finder.find("member-7", "destination")
    timed("explain one pair", lambda: explain(reach, *ends, tcp(443)))
    open_ = sum(1 for each in found.cells.values() if each.before.ports)
    print(
        f"\n{open_} pairs are open, {len(found.changed())} change; {len(table) >> 10} KiB of table, {len(drawn) >> 10} of picture"
    )
    print(f"all but explain: {took:.1f} s of CPU (limit {LIMIT_SECONDS:.0f}), {memory():.0f} MiB")
    sys.exit(0 if took <= LIMIT_SECONDS else 1)


def large() -> Landscape:
    """The VPC of the compiler's benchmark, with all members in trust and pods on its nodes."""
    inputs, chance = made(), random.Random(2)
    reserved = [reserved_group(TRUST, "trust", ENFORCED), reserved_group(ENFORCED, "enforced", TRUST)]
    ids = [each.id for each in inputs.groups]
    joined = replace(
        inputs,
        groups=(*(sending(each) if each.id == inputs.pod_default else each for each in inputs.groups), *reserved),
        members=tuple(replace(each, groups=each.groups | {TRUST}) for each in inputs.members),
        nodes=tuple(replace(each, groups=each.groups | {ENFORCED}) for each in inputs.nodes),
        reserved=frozenset({TRUST, ENFORCED}),
    )
    own = [frozenset(chance.sample(ids, chance.randint(1, 3))) for _ in range(WORKLOADS)]
    pods = tuple(pod(n, own[n // PODS]) for n in range(WORKLOADS * PODS))
    return Landscape(joined, pods, trust=frozenset({TRUST}), enforced=frozenset({ENFORCED}))


def pod(n: int, groups: frozenset[str]) -> RunningPod:
    metadata = Pod("shop", f"w{n // PODS}-{n}", labels=annotation.labels(groups))
    return RunningPod(metadata, f"deployment/w{n // PODS}", f"node-{n % NODES}", (f"10.201.{n // 250}.{n % 250 + 1}",))


def sending(group: SecurityGroup) -> SecurityGroup:
    """The pod default group, which lets everything out."""
    out = SecurityGroupRule("sgr-out", Direction.EGRESS, "-1", None, None, PeerKind.CIDR_IPV4, "0.0.0.0/0")
    return replace(group, rules=(out,))


def reserved_group(id_: str, name: str, other: str) -> SecurityGroup:
    rules = (
        SecurityGroupRule(f"sgr-{name}-{way.value}", way, "-1", None, None, PeerKind.SECURITY_GROUP, other)
        for way in Direction
    )
    return SecurityGroup(id_, name, tuple(rules))


def without_some(groups: tuple[SecurityGroup, ...]) -> tuple[SecurityGroup, ...]:
    """The groups, one in 50 of them without half of its rules."""
    return tuple(replace(each, rules=each.rules[::2]) if n % 50 == 0 else each for n, each in enumerate(groups))


if __name__ == "__main__":
    main()
