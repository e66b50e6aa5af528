"""Calico Enterprise's AWS integration in a cluster: whether it can be had there, and whether it is live."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sg_integration.kubernetes.api import NOT_FOUND, Api, path
from sg_integration.kubernetes.calico import Calico
from sg_integration.kubernetes.calico_survey import Survey

API_VERSION: Final = "operator.tigera.io/v1"
KIND: Final = "AmazonCloudIntegration"
INTEGRATION: Final = "tigera-secure"
"""The name of the one object of that kind: the product looks at no other."""
CREDENTIALS: Final = ("tigera-operator", "amazon-cloud-integration-credentials")
"""Namespace and name of the secret that it reads."""

_TIERS: Final = ("sg-remote", "sg-local")
_COMPONENT: Final = "amazon-cloud-integration"
# They are told the node groups by the same object and restart for it: until they have, pods lack the labels of their groups.
_RESTARTED: Final = ("calico", "apiserver")
_REMOVED: Final = (3, 19)
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")
_GONE: Final = "it is not there; `pulumi up --refresh` makes it again"
_OTHERS: Final = "Write CalicoEnforcement() or SecurityGroupPolicyEnforcement()."


def refusal(survey: Survey, *, served: bool) -> str:
    """Why the product cannot enforce there, and what to do, in one line; empty if it can.

    Args:
        survey: what the cluster has of Calico.
        served: whether it serves AmazonCloudIntegration.
    """
    product = f"Calico Enterprise {survey.enterprise_version}".strip()
    if _removed(survey):
        left = ", so nobody acts on the one that is served still" if served else ""
        return f"{product} has no {KIND}: 3.19 removed it, and the vendor names no successor{left}. {_OTHERS}"
    if not served:
        return f"The cluster does not serve {KIND}: {_instead(survey, product)}"
    if any(tier.ours and tier.name in _TIERS for tier in survey.tiers):
        return (
            f"Tiers {' and '.join(_TIERS)} are those of CalicoEnforcement, and would go while the product uses them. "
            "Take CalicoEnforcement away first, in an update of its own."
        )
    return ""


def _removed(survey: Survey) -> bool:
    found = _VERSION.match(survey.enterprise_version)
    return found is not None and (int(found[1]), int(found[2])) >= _REMOVED


def _instead(survey: Survey, product: str) -> str:
    if survey.enterprise:
        return f"the definitions of the operator of {product} are not all there. Install them."
    if survey.api_version:
        said = f"open-source Calico {survey.version}".strip()
        return f"it has {said}, which never had it. Write CalicoEnforcement()."
    return "there is no Calico at all. Write SecurityGroupPolicyEnforcement(), or install Calico and write CalicoEnforcement()."


@dataclass(frozen=True)
class Tigera:
    """The AWS integration in one cluster. Every method raises `ServiceError` when the cluster says no.

    Args:
        api: its API server.
    """

    api: Api

    def refusal(self) -> str:
        """Why the product cannot enforce here, and what to do, in one line; empty if it can."""
        resources = self.api.served(API_VERSION) or []
        return refusal(self._calico.survey(), served=any(each["kind"] == KIND for each in resources))

    def pending(self) -> dict[str, str]:
        """What does not enforce yet, in its own words, by what it is about; empty if all does."""
        integration = self._read("amazoncloudintegrations", INTEGRATION)
        if integration is None or integration["metadata"].get("deletionTimestamp"):
            return {f"{KIND} {INTEGRATION}": _GONE if integration is None else "it is about to go"}
        generation = integration["metadata"].get("generation") or 0
        found = {f"TigeraStatus {_COMPONENT}": _unready(self._read("tigerastatuses", _COMPONENT), generation)}
        for component in _RESTARTED:
            status = self._read("tigerastatuses", component)
            found[f"TigeraStatus {component}"] = "" if status is None else _unready(status)
        tiers = {tier.name for tier in self._calico.survey().tiers if not tier.ours}
        found.update({f"tier {name}": "" if name in tiers else "it is not there" for name in _TIERS})
        return {about: words for about, words in found.items() if words}

    @cached_property
    def _calico(self) -> Calico:
        return Calico(self.api)

    def _read(self, plural: str, name: str) -> dict[str, Any] | None:
        where = path(f"/apis/{API_VERSION}", None, plural, name)
        answer = self.api.request(f"reading {plural} {name}", "GET", where, allow=NOT_FOUND)
        return None if answer.code in NOT_FOUND else dict(answer.read())


def _unready(status: Mapping[str, Any] | None, generation: int = 0) -> str:
    """What a TigeraStatus says against it; empty if the component is available.

    Args:
        status: the object; None if it is not there.
        generation: of the object that it must know; what it says of an older one says nothing.
    """
    if status is None:
        return "it is not there"
    conditions = {each["type"]: each for each in (status.get("status") or {}).get("conditions") or ()}
    available = conditions.get("Available") or {}
    known = available.get("observedGeneration") or generation
    if available.get("status") != "True" or (conditions.get("Degraded") or {}).get("status") == "True":
        return ", ".join(_words(each) for each in conditions.values()) or "it has no condition yet"
    return f"it knows generation {known} of {KIND}, not yet {generation}" if known < generation else ""


def _words(condition: Mapping[str, Any]) -> str:
    said = ": ".join(each for each in (condition.get("reason"), condition.get("message")) if each)
    return f"{condition['type']}={condition.get('status')}" + (f" ({said})" if said else "")
