"""Bindings of groups to pods: two resources, one before and one after the admission policy that acts on new pods.

FROZEN: the path of this module and the names of its provider classes stand in every stack's state.

The grant comes before the policy and goes after it: it lets the guard allow the groups before any pod gets them, and, when
the policy is gone, returns the live pods to what the bindings that remain give them. The pods' groups come after the policy:
once it acts, every live pod that lacks the groups gets them, and none is missed between the two.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ResourceProvider, UpdateResult

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import admission, guard
from sg_integration.model.bindings import Binding
from sg_integration.model.errors import IntegrationError, Refused
from sg_integration.providers import pod_grants
from sg_integration.providers.cluster_access import cluster, refused
from sg_integration.providers.pod_inputs import binding, differ, known, recorded, same
from sg_integration.providers.pod_modes import decided
from sg_integration.providers.pod_preview import FOUND, preview, warning
from sg_integration.providers.pod_sharing import Seen, Shared
from sg_integration.providers.pod_sight import Scope, decide, look
from sg_integration.providers.pod_waiting import Admission
from sg_integration.providers.pod_writing import PodWriter
from sg_integration.providers.reconcile import raise_if_failed
from sg_integration.providers.saying import say
from sg_integration.providers.settings import CLUSTER, can_reach, is_unknown
from sg_integration.providers.state import Props

_ON_REMOVAL: Final = "pods keep what other bindings give them; who has nothing left returns to the node groups, which can widen or cut access"
_DETECTED: Final = ("mode", "durability")


class PodGroupGrantProvider(ResourceProvider):
    """What comes before the admission policy and goes after it; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Find out how later pods can get their groups here, and show it."""
        olds = _olds or {}
        inputs = {**news, "on_removal": _ON_REMOVAL}
        try:
            binding(news)
            if not can_reach(news):
                return CheckResult(inputs, [])
            return CheckResult(decided(inputs, lambda: Shared(cluster(news)).serves_admission_policies()), [])
        except IntegrationError as error:
            return refused(error, olds, inputs, _DETECTED)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Another binding, another mode or another way to the cluster is an update; nothing replaces."""
        return DiffResult(changes=differ(_olds, _news, ("binding", "security_group_ids", "mode", *CLUSTER)))

    def create(self, props: Props) -> CreateResult:
        """Let the guard allow the groups."""
        props = decided(props)
        _grant(cluster(props), known(props))
        return CreateResult(f"grant/{uuid.uuid4().hex[:8]}", props)

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Let the guard allow the groups of before and of now, until all pods have those of now."""
        news = decided(_news)
        before, now, there = recorded(_olds), known(news), cluster(news)
        if before == now and now in there.registry():  # nothing but the way to the cluster is new
            pod_grants.refresh(there)
            return UpdateResult(news)
        if before is not None and before.key == now.key and before.namespaces == now.namespaces:
            now = replace(now, groups=now.groups | before.groups)
        _grant(there, now)
        return UpdateResult(news)

    def delete(self, _id: str, _props: Props) -> None:
        """The policy is gone: return the live pods to what remains, and let the guard allow the groups no more."""
        before, there = known(_props), cluster(_props)
        if any(each.key == before.key for each in there.registry()):
            raise Refused(
                f"removing binding {before.key}",
                "StillThere",
                f"{admission.name(before.key)} is still registered.",
                "It goes before this resource does; destroy the whole binding, or delete it by hand.",
            )
        if before.mode == "admission":
            Admission(there, say).wait_until_gone(before)
        scope = Scope(before.key, None, before)
        Shared(there).forget()
        # Taking back what bindings gave asks no other manager: what others gave stays.
        raise_if_failed(PodWriter(there, scope, force=True, say=say).run(), "returned to the groups that remain")
        pod_grants.settle(there, before.key)


class PodGroupsProvider(ResourceProvider):
    """The live pods of a binding; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Find the pods that gain or lose groups, and add them to the inputs."""
        olds, inputs = _olds or {}, {name: value for name, value in news.items() if name not in (*FOUND, "repair")}
        try:
            now = binding(inputs)
            if now is None or not can_reach(inputs) or is_unknown(inputs.get("mode")) or not inputs.get("mode"):
                return CheckResult(inputs, [])
            there = cluster(inputs)
            scope = Scope(now.key, now, recorded(olds))
            sight = look(Shared(there), scope)
            todo = decide(sight)
            if todo.pods or todo.workloads:
                # The registry that others saw may be older than the pods: see `look`.
                sight = replace(sight, bindings=scope.in_force(there.registry()))
                todo = decide(sight)
            unchanged = same(olds, inputs)
            repair = _repair(there, inputs, now, unchanged=unchanged)
            found = preview(sight, todo, now, olds, same=unchanged and not repair)
            if (why := warning(found)) and not (unchanged and not todo.pods):
                say(f"binding {now.key}: {why}")
            return CheckResult({**inputs, **found, **repair}, [])
        except IntegrationError as error:
            # What was done the last time is shown again only beside other news: by itself it would look like some.
            kept = FOUND if olds and not same(olds, inputs) else ("skipped", "summary")
            return refused(error, olds, inputs, kept)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Pods that must be written, pods that failed, or another binding; never the wording."""
        # Lines are there only if there is something to do, and then they differ from those of the last inputs; the outputs
        # may have the same ones from an update before that.
        if any(_news.get(name) for name in ("pods", "workloads", "repair")) or not same(_olds, _news):
            # Without a verdict the engine compares the inputs itself, and only then shows just the lines that differ.
            return DiffResult(changes=None, replaces=[])
        return DiffResult(changes=bool(_olds.get("failed")), replaces=[])

    def create(self, props: Props) -> CreateResult:
        """Wait until new pods get the groups, then bring the live ones there."""
        return CreateResult(f"pods/{uuid.uuid4().hex[:8]}", self._carry_out({}, props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """The same, also for pods that were selected before."""
        return UpdateResult(self._carry_out(_olds, _news))

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing: the pods keep their groups until the policy is gone, and then the grant takes them back."""

    def _carry_out(self, olds: Props, news: Props) -> Props:
        now, there = known(news), cluster(news)
        if not _is_registered(there, now):
            raise Refused(
                f"binding pods by {admission.name(now.key)}", "NotFound", f"it is not in the cluster of {there}.",
                "If somebody deleted it, `pulumi up --refresh` makes it again. If it never was there, the kubernetes provider "
                "of this program writes to another cluster: give both the same kubeconfig or context.",
            )  # fmt: skip
        pod_grants.refresh(there)  # a guard that came at the same time as the grant may know of neither
        before = recorded(olds)
        if now.mode == "admission":
            Admission(there, say).wait_until_given(now, before)
        Shared(there).forget()
        writer = PodWriter(there, Scope(now.key, now, before), force=_force(news), say=say)
        failed = writer.run()
        for key in {now.key, now.key if before is None else before.key}:
            pod_grants.settle(there, key)
        if failed.keys() & writer.left_behind:
            # Recorded as done, nobody would look at them again: so the state stays as it was, and the next run does it all.
            raise_if_failed(failed, "bound")
        return {**news, **{name: news.get(name, {}) for name in FOUND if name != "summary"}, "failed": failed}


def _grant(there: Cluster, wanted: Binding) -> None:
    if not pod_grants.grant(there, wanted):
        return
    try:
        Admission(there, say).wait_until_allowed(wanted, admission.annotations(wanted.groups))
    except IntegrationError:
        _withdraw(there, wanted.key)
        raise


def _withdraw(there: Cluster, key: str) -> None:
    """Allow no more what will not come now; a failure of it must not hide why."""
    try:
        pod_grants.settle(there, key)
    except IntegrationError as error:
        say(f"{error} The guard still allows the groups of {key}; the next run of the same binding settles that.")


def _is_registered(there: Seen, wanted: Binding) -> bool:
    return any(each.key == wanted.key for each in there.registry())


def _repair(there: Cluster, inputs: Props, wanted: Binding, *, unchanged: bool) -> Props:
    """What a preview says when somebody deleted what registers the binding: its pods look well until they are replaced.

    Or when the guard was compiled meanwhile without it: then it refuses them, although the binding is registered again.
    """
    policy, seen = inputs.get("policy"), Shared(there)
    if not policy or is_unknown(policy):  # it is about to be made
        return {}
    if not _is_registered(seen, wanted) and not _is_registered(there, wanted):
        said = f"{policy} was deleted, so NEW PODS GET NO GROUPS: run `pulumi up --refresh`, which makes it again"
        return {"repair": said}
    standing = seen.guard() if unchanged else None
    if standing is not None and not guard.allows(standing, wanted):
        return {"repair": "the guard does not know of this binding, so NEW PODS ARE REFUSED: it is told"}
    return {}


def _force(props: Mapping[str, Any]) -> bool:
    return props.get("on_conflict") == "force"
