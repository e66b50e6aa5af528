"""The kinds of others that a cluster serves: Calico's, EKS's and Karpenter's, by definitions of our own.

They are served and their limits hold, but nobody acts on them: there is no node, and no Calico.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.kubernetes.definitions_aws import aws
from sg_integration.sandbox.kubernetes.definitions_calico import CRD_V1, V3, calico
from sg_integration.sandbox.kubernetes.definitions_karpenter import karpenter
from sg_integration.sandbox.plugins.kubernetes.api import APPLY, Api, Refused

if TYPE_CHECKING:
    from sg_integration.sandbox.kubernetes.schemas import Definition

__all__ = ["CRD_V1", "V3", "install", "remove", "seed_calico", "seed_host_endpoints"]

_WHERE = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_FORCE = {"fieldManager": "calico", "force": "true"}
_POLL = 0.05
_NOT_YET = (HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_RENAMED = (3, 32)
_BEFORE = ("adminnetworkpolicy", "baselineadminnetworkpolicy")
_SINCE = ("kube-admin", "kube-baseline")


def install(
    api: Api, *, calico_in: Collection[str] = (V3,), without: Collection[str] = (), timeout: float = 30.0
) -> None:
    """Define the kinds, and wait until they are served.

    Args:
        api: the cluster, as an administrator.
        calico_in: the groups and versions in which Calico's kinds are served; none for a cluster without Calico.
        without: resources that are not served, `tiers` for a Calico before 3.29.
        timeout: seconds to wait.

    Raises:
        SandboxError: they are not served in time.
        Refused: the API server takes no definition.
    """
    wanted = [*(each for version in calico_in for each in calico(version)), *aws(), *karpenter()]
    wanted = [each for each in wanted if each["spec"]["names"]["plural"] not in without]
    for each in wanted:
        api.request("PATCH", f"{_WHERE}/{each['metadata']['name']}", query=_FORCE, body=each, content_type=APPLY)
    end = time.monotonic() + timeout
    for each in wanted:
        while not _is_served(api, each):
            if time.monotonic() > end:
                raise SandboxError(f"defining {each['metadata']['name']}: it is not served after {timeout:g} s.")
            time.sleep(_POLL)


def remove(api: Api, *, calico_in: Collection[str], timeout: float = 30.0) -> None:
    """Take Calico's kinds away, with all of their objects, and wait until they are not served any more.

    Args:
        api: the cluster, as an administrator.
        calico_in: the groups and versions.
        timeout: seconds to wait.

    Raises:
        SandboxError: they are still served then.
    """
    gone = [each for version in calico_in for each in calico(version)]
    for each in gone:
        with _missing_allowed():
            api.request("DELETE", f"{_WHERE}/{each['metadata']['name']}")
    end = time.monotonic() + timeout
    while any(_is_served(api, each) for each in gone):
        if time.monotonic() > end:
            raise SandboxError(f"taking away {', '.join(calico_in)}: it is still served after {timeout:g} s.")
        time.sleep(_POLL)


def seed_calico(
    api: Api,
    *,
    version: str = "v3.30.0",
    auto_host_endpoints: bool = True,
    api_version: str = V3,
    enterprise: bool = False,
) -> None:
    """Make what an installation of Calico makes: its version, its settings, and its own tiers. Again changes them.

    Args:
        api: the cluster, as an administrator.
        version: Calico's version; empty for one that does not say.
        auto_host_endpoints: whether Calico makes host endpoints for nodes.
        api_version: where its objects are.
        enterprise: whether it is Calico Enterprise.
    """
    said = {"calicoVersion": version, "datastoreReady": True} if version else {"datastoreReady": True}
    _apply(api, api_version, "ClusterInformation", "default", said | ({"cnxVersion": version} if enterprise else {}))
    switch = {"autoCreate": "Enabled" if auto_host_endpoints else "Disabled"}
    settings = {"controllers": {"node": {"hostEndpoint": switch}}}
    _apply(api, api_version, "KubeControllersConfiguration", "default", settings)
    admin, baseline = _SINCE if _numbers(version) >= _RENAMED else _BEFORE
    _apply(api, api_version, "Tier", "default", {"order": 1_000_000, "defaultAction": "Deny"})
    _apply(api, api_version, "Tier", admin, {"order": 1_000, "defaultAction": "Pass"})
    _apply(api, api_version, "Tier", baseline, {"order": 10_000_000, "defaultAction": "Pass"})


def seed_host_endpoints(api: Api, nodes: Mapping[str, Sequence[str]], *, api_version: str = V3) -> None:
    """Make the host endpoints that Calico makes for nodes.

    Args:
        api: the cluster, as an administrator.
        nodes: the addresses of each node, by its name.
        api_version: where Calico's objects are.
    """
    for name, addresses in nodes.items():
        spec = {
            "node": name,
            "interfaceName": "*",
            "expectedIPs": list(addresses),
            "profiles": ["projectcalico-default-allow"],
        }
        labels = {"kubernetes.io/hostname": name, "projectcalico.org/created-by": "calico-kube-controllers"}
        _apply(api, api_version, "HostEndpoint", f"{name}-auto-hep", spec, labels)


def _apply(
    api: Api, api_version: str, kind: str, name: str, spec: Mapping[str, Any], labels: Mapping[str, str] | None = None
) -> None:
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "labels": labels or {}}, "spec": spec}
    plurals = {each["spec"]["names"]["kind"]: each["spec"]["names"]["plural"] for each in calico(api_version)}
    where = f"/apis/{api_version}/{plurals[kind]}/{name}"
    api.request("PATCH", where, query=_FORCE, body=body, content_type=APPLY)


@contextmanager
def _missing_allowed() -> Iterator[None]:
    """Something that is not there need not go."""
    try:
        yield
    except Refused as refusal:
        if refusal.code != HTTPStatus.NOT_FOUND:
            raise


def _is_served(api: Api, each: Definition) -> bool:
    """Whether its objects can be listed: the API server says "established" a moment before."""
    spec = each["spec"]
    try:
        api.request("GET", f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}")
    except Refused as refusal:
        if refusal.code not in _NOT_YET:
            raise
        return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.removeprefix("v").split(".")[:2] if each.isdigit())
