"""Network interfaces of pods' own: what stands in their way in a cluster, and which live pods of a binding wait for theirs.

FROZEN: the path of this module and the names of its provider classes stand in every stack's state.

Neither writes anything. The SecurityGroupPolicy of a binding is a resource of the kubernetes provider; it comes after the
binding's pods were looked at here, so that one that would give a pod too many groups is not written.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ResourceProvider, UpdateResult

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import branch_nodes
from sg_integration.model.branch_interfaces import API_VERSION, KIND, USUAL_GROUPS
from sg_integration.model.errors import AccessDenied, IntegrationError, InvalidInput, Refused
from sg_integration.providers.branch_pods import FOUND, Bound, bound, look, preview, repair, waiting
from sg_integration.providers.cluster_access import cluster, refused
from sg_integration.providers.pod_inputs import differ
from sg_integration.providers.saying import say
from sg_integration.providers.settings import CLUSTER, can_reach
from sg_integration.providers.state import Props

_WARNINGS: Final = ("warnings",)
_BINDING: Final = ("namespace", "pod_selector", "security_group_ids", "policy", "max_groups")


class BranchInterfacesProvider(ResourceProvider):
    """Whether a cluster gives pods network interfaces of their own; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Refuse a cluster that knows no SecurityGroupPolicy, and warn of what stands in their way."""
        olds, inputs = _olds or {}, {name: value for name, value in news.items() if name not in _WARNINGS}
        if not can_reach(inputs):
            return CheckResult(inputs, [])
        try:
            there = cluster(inputs)
            _demand_served(there)
            found = _warnings(there, besides=bool(inputs.get("besides")))
        except IntegrationError as error:
            return refused(error, olds, inputs, _WARNINGS)
        for about in found.keys() - (olds.get("warnings") or {}).keys():
            say(f"{about}: {found[about]}")
        return CheckResult({**inputs, "warnings": found}, [])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Something new to be warned of, or no more, or another way to the cluster; not that nodes come and go."""
        about = [set(props.get("warnings") or {}) for props in (_olds, _news)]
        changed = about[0] != about[1] or differ(_olds, _news, ("besides", *CLUSTER))
        return DiffResult(changes=None if changed else False, replaces=[])

    def create(self, props: Props) -> CreateResult:
        """Record what `check` found."""
        return CreateResult(f"branch-interfaces/{uuid.uuid4().hex[:8]}", dict(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Record what `check` found."""
        return UpdateResult(dict(_news))

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing: nothing was written."""


class BranchPodsProvider(ResourceProvider):
    """The live pods of a binding, which have the groups of before until they are created again; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Show whom a change of the binding concerns, and refuse more groups than a network interface takes."""
        olds, inputs = _olds or {}, {name: value for name, value in news.items() if name not in FOUND}
        try:
            now, before = bound(inputs), bound(olds) if olds.get("namespace") else None
            if now is None or not can_reach(inputs):
                return CheckResult(inputs, [])
            there = cluster(inputs)
            _demand_served(there)
            sight = look(there, now, before)
            _demand_room(now, sight.crowded(now.policy, _most(inputs)))
            found = preview(sight, now, olds) if differ(olds, inputs, _BINDING) else repair(sight, before, olds)
        except IntegrationError as error:
            return refused(error, olds, inputs, FOUND)
        return CheckResult({**inputs, **found}, [])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Another binding, another way to the cluster, or a policy that is lost; not that pods come and go."""
        changed = "repair" in _news or differ(_olds, _news, (*_BINDING, *CLUSTER))
        # Without a verdict the engine compares the inputs itself, and only then shows just the lines that differ.
        return DiffResult(changes=None if changed else False, replaces=[])

    def create(self, props: Props) -> CreateResult:
        """Say whom it concerns; the policy itself comes after this."""
        return CreateResult(f"branch-pods/{uuid.uuid4().hex[:8]}", _told(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """The same of the changed binding."""
        return UpdateResult(_told(_news))

    def delete(self, _id: str, _props: Props) -> None:
        """The policy is gone: say who keeps its groups. Nothing is written, so nothing of it can stop a destroy."""
        try:
            before = bound(_props)
            left = 0 if before is None else waiting(cluster(_props), before)
        except IntegrationError as error:
            say(f"{error} Pods that run keep their groups until they are created again.")
            return
        if before is not None and left:
            say(f"live pods of {before} that keep their groups until they are created again: {left}")


def _demand_served(there: Cluster) -> None:
    if not there.branch_interfaces.served():
        raise Refused(
            f"enforcing by {KIND} in the cluster of {there}",
            "NotServed",
            f"it serves no {KIND} of {API_VERSION}.",
            "The VPC resource controller brings it, which every EKS cluster has: look whether this is one, and the right one.",
        )


def _warnings(there: Cluster, *, besides: bool) -> dict[str, str]:
    """What stands in the way, as far as we may see it."""
    unseen: dict[str, str] = {}
    settings, nodes = None, []
    try:
        nodes = there.nodes()
    except AccessDenied as error:
        unseen["nodes"] = str(error)
    try:
        settings = there.branch_interfaces.plugin_settings()
    except AccessDenied as error:
        unseen["aws-node"] = str(error)
    return {**branch_nodes.warnings(settings, nodes, besides=besides), **unseen}


def _demand_room(now: Bound, crowded: str) -> None:
    if crowded:
        raise InvalidInput(
            "security_group_ids",
            f"binding {now}: {crowded}. AWS makes no such interface, so the pods would never start. Give fewer groups, or raise "
            "the quota of groups per network interface and say so by max_groups.",
        )


def _most(inputs: Mapping[str, Any]) -> int:
    found = inputs.get("max_groups")
    return int(found) if isinstance(found, (int, float)) else USUAL_GROUPS


def _told(props: Props) -> Props:
    if props.get("repair"):
        say(f"{props['repair']}. Until then new pods do not get the groups of this binding.")
    elif props.get("pods"):
        say(f"{props.get('policy')}: {props.get('summary')}")
    return {**props, **{name: props.get(name, {}) for name in ("pods", "skipped")}}
