"""The live pods of a binding whose groups AWS itself attaches: what each gets when it is created again, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.bindings import Pod
from sg_integration.model.branch_interfaces import Policy, Sight, said
from sg_integration.model.errors import AccessDenied
from sg_integration.model.label_selectors import label_selector
from sg_integration.providers.pod_preview import listed, told_again
from sg_integration.providers.settings import PLACEHOLDER, is_unknown
from sg_integration.providers.state import Props

FOUND: Final = ("pods", "skipped", "summary", "repair")
"""What `check` finds and adds to the inputs."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding as it is declared.

    Args:
        namespace: its namespace.
        policy: what registers it with the cluster.
    """

    namespace: str
    policy: Policy

    def __str__(self) -> str:
        """Which pods."""
        return f"{self.policy.pods} in {self.namespace}"


def bound(props: Props) -> Bound | None:
    """The binding in the inputs or outputs, with placeholders for groups that are not known yet; None while it is not known."""
    namespace, selector, groups = props.get("namespace"), props.get("pod_selector"), props.get("security_group_ids")
    if any(each is None or is_unknown(each) for each in (namespace, selector, props.get("policy"))):
        return None
    values = [PLACEHOLDER] if groups is None or is_unknown(groups) else groups
    known = frozenset(f"{PLACEHOLDER} {at}" if is_unknown(each) else str(each) for at, each in enumerate(values))
    return Bound(str(namespace), Policy(str(props["policy"]), label_selector(selector, "pod_selector"), known))


def look(there: Cluster, now: Bound, before: Bound | None) -> Sight:
    """What stands in the namespace, and in the one of before, of pods that the binding matches or matched.

    Args:
        there: the cluster.
        now: the binding as it will be.
        before: the binding as it was.

    Raises:
        ServiceError: the cluster said no.
    """
    ours = {each.policy.name for each in (now, before) if each is not None}
    policies = there.branch_interfaces.listed(now.namespace)
    others = tuple(each for each in policies if each.name not in ours)
    standing = next((each for each in policies if each.name == now.policy.name), None)
    pods = {str(pod): pod for one in (now, before) if one is not None for pod in _pods(there, one)}
    sight = Sight(tuple(pods.values()), others, standing)
    if all(each.accounts is None for each in others):
        return sight
    same = before is None or before.policy.pods == now.policy.pods
    try:
        accounts = there.branch_interfaces.service_accounts(now.namespace, _query(now) if same else "")
    except AccessDenied as error:
        return replace(sight, unseen=str(error))
    return replace(sight, accounts=accounts)


def waiting(there: Cluster, before: Bound) -> int:
    """How many live pods a binding matches."""
    return sum(not pod.left_alone for pod in _pods(there, before))


def preview(sight: Sight, now: Bound, olds: Props) -> Props:
    """The inputs that show whom a change concerns.

    Args:
        sight: what was seen.
        now: the binding as it will be.
        olds: the inputs of the last update.
    """
    pods = {str(pod): _words(sight, pod, now) for pod in sight.pods if not pod.left_alone}
    skipped = {str(pod): pod.left_alone for pod in sight.pods if pod.left_alone}
    return {
        "pods": told_again(listed(list(pods.items())), olds.get("pods") or {}, quiet=False),
        "skipped": listed(list(skipped.items())),
        "summary": _summary(sight, now, len(pods), len(skipped)),
    }


def repair(sight: Sight, before: Bound | None, olds: Props) -> Props:
    """What a preview says when somebody deleted or changed the policy: only the kubernetes provider can write it again."""
    if before is None or sight.standing == before.policy:
        return {}
    said = f"{before.policy.name} is gone or not as it was made: `pulumi up --refresh` writes it again"
    return {"repair": f"{said} (once more)" if olds.get("repair") == said else said}


def _words(sight: Sight, pod: Pod, now: Bound) -> str:
    if pod.namespace != now.namespace:  # what else is there was not looked at
        return "gets the groups of this binding no more when it is created again"
    groups = sight.groups(pod, now.policy)
    return f"{'gets ' + said(groups) if groups else 'returns to the groups of its node'} when it is created again"


def _summary(sight: Sight, now: Bound, pods: int, skipped: int) -> str:
    words = [f"live pods that keep what they have until they are created again (kubectl rollout restart): {pods}"]
    if not pods:
        words = [f"no live pod matches {now}; pods that come later get their groups from AWS"]
    if skipped:
        words.append(f"{skipped} are left alone")
    if sight.unseen:
        words.append(f"policies that choose by service account were not counted: {sight.unseen}")
    return "; ".join(words)


def _pods(there: Cluster, one: Bound) -> list[Pod]:
    found = there.pods(one.namespace, _query(one))
    return [pod for pod in found if one.policy.pods.matches(pod.labels)]


def _query(one: Bound) -> str:
    return str(one.policy.pods) if one.policy.pods.requirements else ""
