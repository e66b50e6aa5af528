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

from sg_integration.model import admission, annotation
from sg_integration.model.bindings import Binding
from sg_integration.model.bindings import binding as decoded
from sg_integration.model.errors import IntegrationError, InvalidInput, Refused
from sg_integration.providers import pod_grants
from sg_integration.providers.cluster_access import cluster, refused
from sg_integration.providers.pod_preview import FOUND, preview
from sg_integration.providers.pod_sight import Scope, decide, look
from sg_integration.providers.pod_waiting import Admission
from sg_integration.providers.pod_writing import PodWriter
from sg_integration.providers.reconcile import raise_if_failed
from sg_integration.providers.saying import say
from sg_integration.providers.settings import CLUSTER, PLACEHOLDER, can_reach, is_unknown
from sg_integration.providers.state import Props

_MODES: Final = ("admission", "template", "live")
_DURABILITY: Final = {
    "admission": "new pods get the groups from the API server (MutatingAdmissionPolicy); no rollout",
    "template": "THIS ROLLS OUT the workloads: their templates get the groups, since this API server serves no "
    "MutatingAdmissionPolicy v1 (Kubernetes 1.36 does)",
    "live": "a pod that is replaced HAS NO GROUPS until the next update: nothing acts on new pods",
}
_ON_REMOVAL: Final = "pods keep what other bindings give them; who has nothing left returns to the node groups, which can widen or cut access"
_DETECTED: Final = ("mode", "durability")


class PodGroupGrantProvider(ResourceProvider):
    """What comes before the admission policy and goes after it; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Find out how later pods can get their groups here, and show it."""
        olds = _olds or {}
        wanted = news.get("wanted_mode") or "auto"
        inputs = {**news, "on_removal": _ON_REMOVAL}
        try:
            _binding(news)
            if not can_reach(news):
                return CheckResult(inputs, [])
            mode = _mode(news, wanted)
        except IntegrationError as error:
            return refused(error, olds, inputs, _DETECTED)
        return CheckResult({**inputs, "mode": mode, "durability": _DURABILITY[mode]}, [])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Another binding, another mode or another way to the cluster is an update; nothing replaces."""
        return DiffResult(changes=_differ(_olds, _news, ("binding", "security_group_ids", "mode", *CLUSTER)))

    def create(self, props: Props) -> CreateResult:
        """Let the guard allow the groups."""
        _grant(props, _known(props))
        return CreateResult(f"grant/{uuid.uuid4().hex[:8]}", dict(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Let the guard allow the groups of before and of now, until all pods have those of now."""
        before, now = _known(_olds), _known(_news)
        same = before.key == now.key and before.namespaces == now.namespaces
        _grant(_news, replace(now, groups=now.groups | before.groups) if same else now)
        return UpdateResult(dict(_news))

    def delete(self, _id: str, _props: Props) -> None:
        """The policy is gone: return the live pods to what remains, and let the guard allow the groups no more."""
        before, there = _known(_props), cluster(_props)
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
        # Taking back what bindings gave asks no other manager: what others gave stays.
        raise_if_failed(PodWriter(there, scope, force=True, say=say).run(), "returned to the groups that remain")
        pod_grants.settle(there, before.key)


class PodGroupsProvider(ResourceProvider):
    """The live pods of a binding; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Find the pods that gain or lose groups, and add them to the inputs."""
        olds, inputs = _olds or {}, {name: value for name, value in news.items() if name not in FOUND}
        try:
            now = _binding(inputs)
            if now is None or not can_reach(inputs) or is_unknown(inputs.get("mode")) or not inputs.get("mode"):
                return CheckResult(inputs, [])
            scope = Scope(now.key, now, _recorded(olds))
            sight = look(cluster(inputs), scope)
            return CheckResult({**inputs, **preview(sight, decide(sight), now, olds, _same(olds, inputs))}, [])
        except IntegrationError as error:
            return refused(error, olds, inputs, FOUND)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Pods that must be written, pods that failed, or another binding; never the wording."""
        fresh = any((_olds.get(name) or {}).get(one) != line for name in ("pods", "workloads")
                    for one, line in (_news.get(name) or {}).items())  # fmt: skip
        changed = fresh or bool(_olds.get("failed")) or not _same(_olds, _news)
        shown = any(_olds.get(name) != value for name, value in _news.items())
        # Without a verdict the engine compares the inputs itself, and only then shows just the lines that differ.
        return DiffResult(changes=None if changed and shown else changed, replaces=[])

    def create(self, props: Props) -> CreateResult:
        """Wait until new pods get the groups, then bring the live ones there."""
        return CreateResult(f"pods/{uuid.uuid4().hex[:8]}", self._carry_out({}, props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """The same, also for pods that were selected before."""
        return UpdateResult(self._carry_out(_olds, _news))

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing: the pods keep their groups until the policy is gone, and then the grant takes them back."""

    def _carry_out(self, olds: Props, news: Props) -> Props:
        there, now = cluster(news), _known(news)
        if not any(each.key == now.key for each in there.registry()):
            raise Refused(
                f"binding pods by {admission.name(now.key)}", "NotFound", f"it is not in the cluster of {there}.",
                "The kubernetes provider of this program writes to another cluster: give both the same kubeconfig or context.",
            )  # fmt: skip
        pod_grants.refresh(there)  # a guard that came at the same time as the grant may know of neither
        if now.mode == "admission":
            Admission(there, say).wait_until_given(now)
        scope = Scope(now.key, now, _recorded(olds))
        failed = PodWriter(there, scope, force=_force(news), say=say).run()
        pod_grants.settle(there, now.key)
        return {**news, **{name: news.get(name, {}) for name in FOUND if name != "summary"}, "failed": failed}


def _mode(props: Props, wanted: str) -> str:
    if wanted not in ("auto", *_MODES):
        raise InvalidInput("wanted_mode", f"{wanted!r} is none of auto, {', '.join(_MODES)}.")
    if wanted not in ("auto", "admission"):
        return wanted
    if cluster(props).serves_admission_policies():
        return "admission"
    if wanted == "auto":
        return "template"
    raise InvalidInput(
        "wanted_mode",
        "this API server serves no MutatingAdmissionPolicy v1 (Kubernetes 1.36 does); "
        'write mode="template", which rolls out the workloads, or mode="live", which does not survive a reschedule.',
    )


def _binding(props: Props) -> Binding | None:
    """The binding in the inputs, with placeholders for groups that are not known yet; None while it is not known itself."""
    document = props.get("binding")
    if document is None or is_unknown(document) or any(is_unknown(value) for value in document.values()):
        return None
    mode, groups = props.get("mode"), props.get("security_group_ids") or []
    listed = [
        f"{PLACEHOLDER} {at}" if is_unknown(one) else one for at, one in enumerate([] if is_unknown(groups) else groups)
    ]
    if is_unknown(groups):
        listed = [PLACEHOLDER]
    return replace(decoded(document), groups=frozenset(listed), mode="" if is_unknown(mode) or not mode else mode)


def _known(props: Props) -> Binding:
    found = _binding(props)
    if found is None:
        raise InvalidInput("binding", "it is missing from the state; remove the resource with `pulumi state delete`.")
    return found


def _recorded(olds: Props) -> Binding | None:
    return _binding(olds) if olds.get("binding") else None


def _grant(props: Props, binding: Binding) -> None:
    there = cluster(props)
    if pod_grants.grant(there, binding):
        Admission(there, say).wait_until_allowed(binding, {annotation.GROUPS: annotation.render(binding.groups)})


def _force(props: Mapping[str, Any]) -> bool:
    return props.get("on_conflict") == "force"


def _same(olds: Props, news: Props) -> bool:
    """Whether the binding is the one of before."""
    return not _differ(olds, news, ("binding", "security_group_ids", "mode", "on_conflict"))


def _differ(olds: Props, news: Props, names: tuple[str, ...]) -> bool:
    def plain(props: Props, name: str) -> Any:
        value = props.get(name)
        return sorted(map(str, value)) if name == "security_group_ids" and isinstance(value, list) else value

    return any(is_unknown(news.get(name)) or plain(olds, name) != plain(news, name) for name in names)
