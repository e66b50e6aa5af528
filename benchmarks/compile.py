"""How long compiling a large VPC takes, and how much memory: 2,000 groups of 60 rules, 5,000 members. Prints a table."""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sg_integration.model import calico
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind

GROUPS, RULES, MEMBERS, NODES = 2_000, 60, 5_000, 200
LIMIT_SECONDS, LIMIT_MIB = 2.0, 300.0
GROUP_PEERS = 0.6  # the rest name networks
T = TypeVar("T")


def main() -> None:
    print(
        f"{GROUPS} groups of {RULES} rules, {MEMBERS} members, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n"
    )
    print(f"{'':32}{'seconds':>8}{'of CPU':>8}{'peak MiB':>10}")
    inputs = timed("make the inputs", made)
    started = time.process_time()
    compiled = timed("compile", lambda: compile_policy(inputs))
    objects = timed("objects for Calico", lambda: calico.objects(compiled))
    took, peak = time.process_time() - started, memory()
    timed("order, no change", lambda: calico.write_order(objects, objects))
    changed = calico.objects(compile_policy(replace(inputs, groups=other(inputs.groups))))
    writes = timed("order, a group in 50 differs", lambda: calico.write_order(objects, changed))
    rules = sum(len(each["spec"].get(way, ())) for each in objects.values() for way in ("ingress", "egress"))
    print(f"\n{len(objects)} objects, {rules} rules of Calico; {len(writes)} writes if a group in 50 has other rules")
    print(f"compile and objects: {took:.2f} s of CPU (limit {LIMIT_SECONDS}), {peak:.0f} MiB (limit {LIMIT_MIB:.0f})")
    sys.exit(0 if took <= LIMIT_SECONDS and peak <= LIMIT_MIB else 1)


def timed(name: str, work: Callable[[], T]) -> T:
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    print(f"{name:32}{time.perf_counter() - started:8.2f}{time.process_time() - cpu:8.2f}{memory():10.0f}", flush=True)
    return result


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def made(seed: int = 1) -> PolicyInputs:
    chance = random.Random(seed)
    ids = [f"sg-{n:017x}" for n in range(GROUPS)]
    groups = tuple(
        SecurityGroup(each, f"group-{n}", tuple(rule(chance, ids, n * RULES + k) for k in range(RULES)))
        for n, each in enumerate(ids)
    )
    return PolicyInputs(
        groups=groups,
        default_groups=frozenset(ids[:1]),
        pod_default=ids[1],
        in_use=frozenset(ids),
        members=tuple(
            Member(f"eni-{n:017x}", f"member-{n}", addresses(n), frozenset(chance.sample(ids, chance.randint(1, 5))))
            for n in range(MEMBERS)
        ),
        nodes=tuple(Node(f"node-{n}", (f"10.200.{n // 250}.{n % 250 + 1}",), frozenset(ids[:1])) for n in range(NODES)),
        vpc_cidrs=("10.0.0.0/8",),
    )


def other(groups: tuple[SecurityGroup, ...]) -> tuple[SecurityGroup, ...]:
    """The same groups, but one in 50 has half of its rules, and those of its neighbour."""
    changed = list(groups)
    for n in range(0, len(groups) - 1, 50):
        changed[n] = replace(groups[n], rules=groups[n].rules[: RULES // 2] + groups[n + 1].rules[: RULES // 2])
    return tuple(changed)


def addresses(n: int) -> tuple[str, ...]:
    return f"10.1.{n // 250}.{n % 250 + 1}", f"2001:db8:1::{n:x}"


def rule(chance: random.Random, ids: list[str], n: int) -> SecurityGroupRule:
    direction = chance.choice((Direction.INGRESS, Direction.INGRESS, Direction.EGRESS))
    port = chance.randint(1, 65_000)
    ports = ("tcp", port, port + chance.choice((0, 0, 10)))
    if chance.random() < GROUP_PEERS:
        return SecurityGroupRule(f"sgr-{n:017x}", direction, *ports, PeerKind.SECURITY_GROUP, chance.choice(ids))
    block = f"10.{chance.randint(0, 255)}.{chance.randint(0, 255)}.0/24"
    return SecurityGroupRule(f"sgr-{n:017x}", direction, *ports, PeerKind.CIDR_IPV4, block)


if __name__ == "__main__":
    main()
