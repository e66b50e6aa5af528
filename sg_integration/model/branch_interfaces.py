"""Pods with network interfaces of their own, as EKS makes them: which policies name their groups, and what that comes to.

The VPC resource controller looks at the SecurityGroupPolicies of a pod's namespace once, when the pod is created. A pod that
some match gets a branch interface with all of their groups and no others; it keeps them as long as it lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sg_integration.model.admission import MANAGED_BY
from sg_integration.model.annotation import OURS
from sg_integration.model.bindings import Pod
from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.label_selectors import LabelSelector, label_selector

API_VERSION: Final = "vpcresources.k8s.aws/v1beta1"
KIND: Final = "SecurityGroupPolicy"
PLURAL: Final = "securitygrouppolicies"
MODE: Final = "security-group-policy"
"""How later pods get their groups: beside `admission`, `template` and `live`."""
MOST_GROUPS: Final = 16
"""AWS raises the quota of groups of a network interface no further."""
USUAL_GROUPS: Final = 5
"""The quota as every account has it at first."""
_GROUP: Final = "sg-"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a SecurityGroupPolicy says.

    Args:
        name: its name.
        pods: the pods.
        accounts: the service accounts that they must run as; None for any.
        groups: what they get.
    """

    name: str
    pods: LabelSelector
    groups: Groups
    accounts: LabelSelector | None = None

    def matches(self, pod: Pod, account: Mapping[str, str] | None = None) -> bool:
        """Whether a pod gets its groups.

        Args:
            pod: a pod of the same namespace.
            account: the labels of its service account; None if nobody knows them.
        """
        if self.accounts is not None and (account is None or not self.accounts.matches(account)):
            return False
        return self.pods.matches(pod.labels)

    def covers(self, other: Policy) -> bool:
        """Whether every pod that another one matches has its groups, too, as far as the conditions themselves say so."""
        return self.accounts is None and set(self.pods.requirements) <= set(other.pods.requirements)

    def __str__(self) -> str:
        """Name and groups."""
        return f"{KIND} {self.name} ({said(self.groups)})"


def policy(document: Mapping[str, Any]) -> Policy | None:
    """The policy in an object; None for one that the controller passes over, as it does with any that is malformed."""
    spec = document.get("spec") or {}
    pods, accounts = spec.get("podSelector"), spec.get("serviceAccountSelector")
    groups = (spec.get("securityGroups") or {}).get("groupIds") or ()
    if (pods is None and accounts is None) or not groups:
        return None
    name = document["metadata"]["name"]
    try:
        chosen = label_selector(pods or {}, name)
        running = None if accounts is None else label_selector(accounts, name)
    except InvalidInput:
        return None
    return Policy(name, chosen, frozenset(groups), running)


def metadata(name: str, namespace: object) -> dict[str, Any]:
    """The metadata of a policy of ours; the namespace may be known later."""
    return {
        "name": name,
        "namespace": namespace,
        "labels": {MANAGED_BY: OURS},
        # Nothing depends on a policy; in the foreground its end would wait for the garbage collector all the same.
        "annotations": {"pulumi.com/deletionPropagationPolicy": "background"},
    }


def spec(pods: LabelSelector, group_ids: object) -> dict[str, Any]:
    """The spec of a policy of ours; its groups, as `listed`, may be known later."""
    return {"podSelector": pods.document(), "securityGroups": {"groupIds": group_ids}}


def listed(groups: Iterable[str]) -> list[str]:
    """Groups in the one order that means nothing, each once."""
    return sorted(set(groups))


@dataclass(frozen=True)
class Sight:
    """A namespace as it is seen from one policy.

    Args:
        pods: the live pods that the policy matches, or matched before.
        others: the other policies.
        standing: the policy itself as it stands; None if it is not there.
        accounts: the labels of pods' service accounts, by the pod's name; only if others choose by them.
        unseen: why these are not known; empty if they are, or if nobody needs them.
    """

    pods: Sequence[Pod] = ()
    others: Sequence[Policy] = ()
    standing: Policy | None = None
    accounts: Mapping[str, Mapping[str, str]] | None = None
    unseen: str = ""

    def groups(self, pod: Pod, mine: Policy | None) -> Groups:
        """What a pod gets when it is created again."""
        account = (self.accounts or {}).get(pod.name)
        them = [*self.others, *([mine] if mine is not None else [])]
        return frozenset[str]().union(*(each.groups for each in them if each.matches(pod, account)))

    def crowded(self, mine: Policy, most: int) -> str:
        """Who would have more groups than an interface takes, and from which policies; empty if nobody would.

        Args:
            mine: the policy as it will be.
            most: how many groups an interface takes.
        """
        always = [each for each in self.others if each.covers(mine)]
        found = [(f"every pod that {mine.pods} matches", always)]
        for pod in self.pods:
            if mine.matches(pod) and not pod.left_alone:
                account = (self.accounts or {}).get(pod.name)
                found.append((f"pod {pod}", [each for each in self.others if each.matches(pod, account)]))
        for who, them in found:
            groups = mine.groups.union(*(each.groups for each in them))
            if len(groups) > most:
                by = " and ".join(["this binding", *map(str, them)])
                return f"{who} would have {len(groups)} groups ({by}), and its network interface takes {most}"
        return ""


def said(groups: Groups) -> str:
    """Groups in words; those that are not known yet are counted."""
    known = sorted(group for group in groups if group.startswith(_GROUP))
    unknown = len(groups) - len(known)
    return ", ".join([*known, *([f"{unknown} not known yet"] if unknown else [])])
