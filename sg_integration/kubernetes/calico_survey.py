"""What a cluster has of Calico, and why that is not enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sg_integration.model.calico import API_VERSIONS, TIERS, Hosts

_OLDEST: Final = (3, 29)
_STAGED_SINCE: Final = "3.30"
_OPERATORS: Final = ("calico-system", "allow-tigera")
"""Tiers of Calico's operator, by their present and their former name: about the pods of Calico and of the cluster's DNS only."""
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")
_PATCH: Final = '{"spec":{"controllers":{"node":{"hostEndpoint":{"autoCreate":"Enabled"}}}}}'


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier.

    Args:
        name: its name.
        order: its place; None for the last.
        ours: whether it carries our label.
    """

    name: str
    order: float | None
    ours: bool


@dataclass(frozen=True, slots=True)
class HostEndpoint:
    """A host endpoint: a node's own interfaces, as Calico polices them.

    Args:
        name: its name.
        node: its node.
        automatic: whether Calico made it, and keeps it; policy for nodes selects only those.
    """

    name: str
    node: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """What a cluster has of Calico.

    Args:
        api_version: the group and version that serves Calico's objects; empty if there is no Calico.
        version: Calico's own version, `v3.30.0`; empty if it does not say.
        enterprise: whether it is Calico Enterprise or Calico Cloud, whose versions count otherwise.
        serves_tiers: whether tiers are served.
        serves_staged: whether staged policies are served.
        tiers: the tiers that exist, in their order.
        automatic_hosts: whether Calico makes a host endpoint for every node.
        host_endpoints: the host endpoints that exist, by name.
        enterprise_version: the version of Calico Enterprise; empty if it is not that.
    """

    api_version: str = ""
    version: str = ""
    enterprise: bool = False
    serves_tiers: bool = False
    serves_staged: bool = False
    tiers: tuple[Tier, ...] = ()
    automatic_hosts: bool = False
    host_endpoints: tuple[HostEndpoint, ...] = ()
    enterprise_version: str = ""

    @property
    def older(self) -> bool:
        """Whether it says that it is older than what has tiers; who does not say is judged by what is served."""
        found = _VERSION.match(self.version)
        return found is not None and not self.enterprise and (int(found[1]), int(found[2])) < _OLDEST


def refusal(survey: Survey, *, hosts: Hosts = "members", staged: bool = False, metadata: bool = False) -> str:
    """Why policy cannot be enforced there, and what to do; empty if it can.

    Args:
        survey: what the cluster has.
        hosts: whether nodes themselves are to be held to members' rules.
        staged: whether policies are to be staged.
        metadata: whether the tier `metadata` is wanted.
    """
    return (
        _lacking(survey)
        or _tiers_in_the_way(survey, [name for name in TIERS if metadata or name != "metadata"])
        or _not_staged(survey, staged=staged)
        or _no_hosts(survey, hosts)
        or _others_hosts(survey, hosts)
    )


def _lacking(survey: Survey) -> str:
    if not survey.api_version:
        return (
            f"Calico is missing: the cluster serves neither {API_VERSIONS[0]} nor {API_VERSIONS[1]}. "
            "Install Calico 3.29 or later, or choose another enforcement."
        )
    if survey.older:
        return f"Calico {survey.version} is too old: tiers came with 3.29. Upgrade it."
    if not survey.serves_tiers:
        said = f"Calico {survey.version or 'of unknown version'}"
        return (
            f"{said} does not serve tiers in {survey.api_version}: they came with 3.29. Upgrade it, and its API server."
        )
    return ""


def _tiers_in_the_way(survey: Survey, wanted: list[str]) -> str:
    taken = [tier.name for tier in survey.tiers if tier.name in wanted and not tier.ours]
    if taken:
        return (
            f"Tier {taken[0]} exists and is not ours, so its policies would be mixed with ours. "
            f"Delete it, or rename it; what Calico Enterprise's AWS integration made goes with its AmazonCloudIntegration."
        )
    for tier in survey.tiers:
        if (
            tier.order is not None
            and tier.order < max(TIERS.values())
            and not tier.ours
            and tier.name not in _OPERATORS
        ):
            return (
                f"Tier {tier.name} (order {tier.order:g}) comes before ours ({min(TIERS.values())} to {max(TIERS.values())}): "
                "what it allows, security groups would not be asked about. Give it an order of "
                f"{max(TIERS.values())} or more."
            )
    return ""


def _not_staged(survey: Survey, *, staged: bool) -> str:
    if staged and not survey.serves_staged:
        said = f"Calico {survey.version}" if survey.version else "This Calico"
        return f"{said} does not serve staged policies, which came with {_STAGED_SINCE}. Upgrade it, or leave out staged=True."
    return ""


def _no_hosts(survey: Survey, hosts: Hosts) -> str:
    if hosts == "members" and not survey.automatic_hosts:
        kind = f"kubecontrollersconfigurations.{survey.api_version.partition('/')[0]}"
        return (
            'hosts="members" needs automatic host endpoints, which are off. Switch them on: '
            f"kubectl patch {kind} default --type=merge --patch='{_PATCH}'. "
            'Or write hosts="off": then whatever runs in a node\'s own network reaches every member on every port.'
        )
    return ""


def _others_hosts(survey: Survey, hosts: Hosts) -> str:
    """A host endpoint for one interface beats the automatic one for all of them, and our policies do not select it."""
    nodes = {each.node for each in survey.host_endpoints if each.automatic}
    others = [each for each in survey.host_endpoints if not each.automatic and each.node in nodes]
    if hosts != "members" or not others:
        return ""
    first = others[0]
    return (
        f"Host endpoint {first.name} on node {first.node} is not Calico's own ({len(others)} such): it takes an interface out of "
        'the policies for nodes, so whatever runs there would reach every member. Delete it, or write hosts="off".'
    )


def intruding(names: Sequence[str]) -> str:
    """Why policies of others in our tiers are in the way; empty if there are none."""
    if not names:
        return ""
    return (
        f"Policy {names[0]} ({len(names)} such) is in one of our tiers and not ours: what it allows, security groups would not "
        "be asked about. Move it to a tier of order 107 or more, or delete it."
    )
