"""Calico in a cluster: what there is of it, and our objects there, read, applied and deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sg_integration.kubernetes.api import JSON, NOT_FOUND, Api, path
from sg_integration.kubernetes.calico_spelling import differs, spelled
from sg_integration.kubernetes.calico_survey import HostEndpoint, Survey, Tier, intruding, refusal
from sg_integration.kubernetes.calico_writes import Write
from sg_integration.kubernetes.documents import Page, decoder
from sg_integration.model.admission import MANAGED_BY
from sg_integration.model.annotation import OURS
from sg_integration.model.calico import API_VERSIONS, TIERS, Manifest
from sg_integration.model.calico_objects import TIER_LABEL
from sg_integration.model.calico_state import Identity
from sg_integration.model.policy_memory import uncollected

__all__ = ["PLURALS", "Calico", "HostEndpoint", "Survey", "Tier", "differs", "intruding", "refusal", "spelled"]

PLURALS: Final = {
    "Tier": "tiers",
    "GlobalNetworkSet": "globalnetworksets",
    "GlobalNetworkPolicy": "globalnetworkpolicies",
    "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicies",
}
"""The kinds of our objects, and their resources."""
_INTRUDERS: Final = {"labelSelector": f"{TIER_LABEL} in ({', '.join(TIERS)}),{MANAGED_BY}!={OURS}"}
_SELECTOR: Final = {"labelSelector": f"{MANAGED_BY}={OURS}"}
_AUTOMATIC: Final = {"projectcalico.org/created-by": "calico-kube-controllers"}
_pages = decoder(Page[dict[str, Any]])


@dataclass(frozen=True)
class Calico:
    """Calico in one cluster. Every method raises `ServiceError` when the cluster says no.

    Args:
        api: its API server.
        sleep: waits for seconds.
    """

    api: Api
    sleep: Callable[[float], None] = time.sleep

    @property
    def api_version(self) -> str:
        """The group and version that serves Calico's objects; empty if there is no Calico. Asked once a survey."""
        return self._served[0]

    def survey(self) -> Survey:
        """What there is of Calico now."""
        self.__dict__.pop("_served", None)
        version, resources = self._served
        if not version:
            return Survey()
        said = self._spec("clusterinformations")
        hosts = self._list("hostendpoints") if "hostendpoints" in resources else []
        tiers = [_tier(each) for each in self._list("tiers")] if "tiers" in resources else []
        return Survey(
            api_version=version,
            version=said.get("calicoVersion") or "",
            enterprise=bool(said.get("cnxVersion")),
            serves_tiers="tiers" in resources,
            serves_staged=PLURALS["StagedGlobalNetworkPolicy"] in resources,
            tiers=tuple(sorted(tiers, key=_place)),
            automatic_hosts=_makes_host_endpoints(self._spec("kubecontrollersconfigurations")),
            host_endpoints=tuple(sorted((_host(each) for each in hosts), key=lambda each: each.name)),
            enterprise_version=said.get("cnxVersion") or "",
        )

    def intruders(self) -> list[str]:
        """The policies of others in our tiers, by name: what such a one allows, nobody is asked about any more."""
        found: list[str] = []
        for plural in ("globalnetworkpolicies", "networkpolicies"):
            if plural in self._served[1]:
                found += [each["metadata"]["name"] for each in self._list(plural, _INTRUDERS)]
        return sorted(found)

    def hosts(self) -> frozenset[str]:
        """The names of the nodes whose own network Calico polices: those that it has made a host endpoint for."""
        if "hostendpoints" not in self._served[1]:
            return frozenset()
        return frozenset(each.node for each in map(_host, self._list("hostendpoints")) if each.automatic)

    def objects(self) -> dict[Identity, Manifest]:
        """Our objects by kind and name, in the compiler's spelling; what is about to go is left out."""
        served = self._served[1]
        found: dict[Identity, Manifest] = {}
        with uncollected():
            for kind in (kind for kind, plural in PLURALS.items() if plural in served):
                for each in self._list(PLURALS[kind], _SELECTOR):
                    if not each["metadata"].get("deletionTimestamp"):
                        # Lists leave out what all of their items have in common.
                        whole = {"apiVersion": self.api_version, "kind": kind, **each}
                        found[kind, each["metadata"]["name"]] = spelled(whole)
        return found

    def apply(self, manifest: Manifest) -> None:
        """Make one of our objects what it should be, whoever has written it.

        Args:
            manifest: the object, as the compiler made it.

        Raises:
            MemberChanged: somebody else wrote it each time we did.
        """
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        where = path(f"/apis/{manifest['apiVersion']}", None, PLURALS[kind], name)
        Write(self.api, f"applying {kind} {name}", where, self.sleep).apply(manifest)

    def delete(self, kind: str, name: str) -> None:
        """Delete one of our objects; success if it is gone.

        Args:
            kind: its kind.
            name: its name.

        Raises:
            MemberChanged: it cannot go, as a tier that somebody else's policies are in.
        """
        where = path(f"/apis/{self.api_version}", None, PLURALS[kind], name)
        Write(self.api, f"deleting {kind} {name}", where, self.sleep).delete()

    @cached_property
    def _served(self) -> tuple[str, frozenset[str]]:
        """The first of Calico's APIs that is served, and its resources."""
        for version in API_VERSIONS:
            resources = self.api.served(version)
            if resources is not None:
                return version, frozenset(each["name"] for each in resources)
        return "", frozenset()

    def _list(self, plural: str, query: Mapping[str, str] | None = None) -> Iterable[dict[str, Any]]:
        where = path(f"/apis/{self.api_version}", None, plural)
        return self.api.everything(f"listing Calico's {plural}", where, _pages, query=query, accept=JSON)

    def _spec(self, plural: str) -> dict[str, Any]:
        """What the one object `default` of a kind says; nothing if it is not there."""
        where = path(f"/apis/{self.api_version}", None, plural, "default")
        answer = self.api.request(f"reading Calico's {plural}", "GET", where, allow=NOT_FOUND)
        found: Any = {} if answer.code in NOT_FOUND else answer.read()
        return found.get("spec") or {}


def _tier(found: Mapping[str, Any]) -> Tier:
    labels = found["metadata"].get("labels") or {}
    return Tier(found["metadata"]["name"], (found.get("spec") or {}).get("order"), labels.get(MANAGED_BY) == OURS)


def _place(tier: Tier) -> tuple[bool, float, str]:
    return tier.order is None, tier.order or 0, tier.name


def _host(found: Mapping[str, Any]) -> HostEndpoint:
    labels = found["metadata"].get("labels") or {}
    automatic = _AUTOMATIC.items() <= labels.items()
    return HostEndpoint(found["metadata"]["name"], (found.get("spec") or {}).get("node") or "", automatic)


def _makes_host_endpoints(spec: Mapping[str, Any]) -> bool:
    """Whether every node gets one for all of its interfaces: that can be switched off apart, since templates came."""
    node = (spec.get("controllers") or {}).get("node") or {}
    found = node.get("hostEndpoint") or {}
    return found.get("autoCreate") == "Enabled" and found.get("createDefaultHostEndpoint") != "Disabled"
