"""Whatever happens to bindings and pods between runs: each pod ends with what others gave it and what bindings give it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sg_integration.model.errors import IntegrationError, MemberChanged, Throttled
from sg_integration.model.label_selectors import LabelSelector, in_namespace, label_selector
from sg_integration.providers.pod_guard import PodGuardProvider

from .pod_stacks import Bound, Deployed, Resource, patch
from .pod_world import NAME, A, B, C, D, FakeCluster

NAMESPACES = {"shop": {NAME: "shop", "team": "x"}, "bank": {NAME: "bank", "team": "y"}}
PODS = [(namespace, f"{app}-{at}", app) for namespace in NAMESPACES for app in ("web", "api") for at in (1, 2)]
FOREIGN = ("sg-0eeeeeeeeeeeeeee1", "sg-0eeeeeeeeeeeeeee2")
WHERE: list[LabelSelector] = [
    in_namespace("shop"),
    in_namespace("bank"),
    label_selector({"team": "x"}, ""),
    LabelSelector(),
]
WHO: list[dict[str, Any]] = [{"app": "web"}, {"app": "api"}, {}]

a_pod = st.sampled_from(PODS)
a_binding = st.sampled_from(["one-a", "one-b", "two-a"])
some_groups = st.lists(st.sampled_from([A, B, C, D]), min_size=1, max_size=3, unique=True)


class Life(RuleBasedStateMachine):
    """Three bindings of two stacks over eight pods in two namespaces, and everything that others do."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.cluster = FakeCluster()
        self.cluster.spaces = {name: dict(labels) for name, labels in NAMESPACES.items()}
        patch(self.patch, self.cluster)
        self.theirs: dict[str, set[str]] = {}
        # D is on one pod before anybody binds it: it is foreign there.
        self.theirs[self.cluster.run("web-0", D, namespace="shop", app="web")] = {D}
        self.deployed = {key: Deployed(self.cluster) for key in ("one-a", "one-b", "two-a")}
        self.wanted: dict[str, tuple[Bound, str]] = {}
        self.guard = Resource(PodGuardProvider())

    @rule()
    def declare_the_guard(self) -> None:
        """The platform's stack declares the guard, or repairs it."""
        # What people write by hand is allowed besides, as everything is that once was D.
        allowed = {name: [*FOREIGN, D] for name in NAMESPACES}
        self.guard.up({"owner": "platform", "allowed_groups": allowed})

    @rule(pod=a_pod, foreign=st.sampled_from([(), FOREIGN[:1], FOREIGN]))
    def start(self, pod: tuple[str, str, str], foreign: tuple[str, ...]) -> None:
        """A pod is made, perhaps with groups of its author's; if there was one of the name it is gone."""
        namespace, name, app = pod
        self.theirs[self.cluster.run(name, *foreign, namespace=namespace, app=app)] = set(foreign)

    @rule(pod=a_pod)
    def kill(self, pod: tuple[str, str, str]) -> None:
        """A pod goes."""
        self.cluster.live.pop(f"{pod[0]}/{pod[1]}", None)
        self.theirs.pop(f"{pod[0]}/{pod[1]}", None)

    @rule(pod=a_pod, group=st.sampled_from(FOREIGN))
    def annotate(self, pod: tuple[str, str, str], group: str) -> None:
        """Somebody adds a group of his own."""
        if there := self.cluster.live.get(f"{pod[0]}/{pod[1]}"):
            self.cluster.annotate(str(there), *there.groups, group)
            self.theirs[str(there)].add(group)

    @rule(pod=a_pod)
    def strip(self, pod: tuple[str, str, str]) -> None:
        """Somebody takes the whole annotation away."""
        if there := self.cluster.live.get(f"{pod[0]}/{pod[1]}"):
            self.cluster.annotate(str(there))
            self.theirs[str(there)].clear()

    @rule(key=a_binding, groups=some_groups, where=st.sampled_from(WHERE), who=st.sampled_from(WHO),
          mode=st.sampled_from(["admission", "live"]))  # fmt: skip
    def bind(self, key: str, groups: list[str], where: LabelSelector, who: dict[str, Any], mode: str) -> None:
        """A program declares a binding, or another one under its name."""
        self.wanted[key] = (Bound(key, groups, pods=who, namespaces=where), mode)

    @rule(key=a_binding)
    def unbind(self, key: str) -> None:
        """A program declares it no more."""
        self.wanted.pop(key, None)

    @rule(pod=a_pod, times=st.integers(1, 9))
    def fail(self, pod: tuple[str, str, str], times: int) -> None:
        """The next writes of a pod are refused."""
        errors: list[Exception] = [MemberChanged("writing", "Conflict", "modified") for _ in range(times)]
        self.cluster.refusals[f"{pod[0]}/{pod[1]}"] = errors if times % 2 else [Throttled("writing", "x", "busy")]

    @rule(lag=st.integers(0, 6))
    def lag(self, lag: int) -> None:
        """Policies take longer or shorter to act."""
        self.cluster.lag = lag

    @rule(stack=st.sampled_from(["one", "two"]))
    def up(self, stack: str) -> None:
        """A stack is deployed, and perhaps fails."""
        self.deploy(stack)

    @rule()
    def everybody_up(self) -> None:
        """When every stack was deployed without a failure, each pod is as it should be, and nothing is left to do."""
        self.cluster.refusals.clear()
        assert self.deploy("one")
        assert self.deploy("two")
        registry = self.cluster.registered.values()
        assert {each.key for each in registry} == set(self.wanted)
        for name, pod in self.cluster.live.items():
            given = [each.groups for each in registry if each.matches(pod, NAMESPACES[pod.namespace])]
            found = self.cluster.groups(name) if given else pod.groups
            assert found == self.theirs[name].union(*given), name
        self.cluster.writes.clear()
        for key, (bound, mode) in self.wanted.items():
            assert self.deployed[key].up(bound, mode) == [], key
        assert self.cluster.writes == []

    def deploy(self, stack: str) -> bool:
        """Deploy what a stack wants, then delete what it wants no more; returns whether all went well."""
        mine = [
            self.carry_out(key) for key in self.deployed if key.startswith(stack)
        ]  # all of them, also after a failure
        return all(mine)

    def carry_out(self, key: str) -> bool:
        """Deploy or delete one binding; returns whether it went well."""
        each = self.deployed[key]
        try:
            if key in self.wanted:
                each.up(*self.wanted[key])
            elif each.grant.outs:
                each.destroy()
        except IntegrationError:
            return False
        return not each.failed

    @invariant()
    def nobody_lost_a_group(self) -> None:
        """Every foreign group is where its owner left it, and nothing but ours came."""
        for name, pod in self.cluster.live.items():
            assert self.theirs[name] <= pod.groups <= self.theirs[name] | {A, B, C, D}, name

    def teardown(self) -> None:
        """When all bindings are gone, every pod has exactly what others gave it, and the guard allows nothing more."""
        self.wanted.clear()
        self.cluster.refusals.clear()
        try:
            assert self.deploy("one")
            assert self.deploy("two")
            for name in self.cluster.live:
                assert self.cluster.live[name].groups == self.theirs[name], name
            if self.cluster.document:
                assert self.cluster.allowed("shop") == {*FOREIGN, D}
        finally:
            self.patch.undo()


TestLife: Any = Life.TestCase
TestLife.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)
