"""The arguments of a `kubernetes.Provider` that the stand-in takes; every other one is refused by name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.kubernetes.kubeconfig import Access, access
from sg_integration.sandbox.plugins.protocol import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS: Final = ("kubeconfig", "context", "cluster", "namespace")
_FLAGS: Final = {
    "enableServerSideApply": "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
    "enablePatchForce": "PULUMI_K8S_ENABLE_PATCH_FORCE",
    "upsertExistingObjects": "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    "enableConfigMapMutable": "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    "enableSecretMutable": "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    "skipUpdateUnreachable": "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
}
# They only silence warnings, and the stand-in has none.
_HARMLESS: Final = frozenset({"suppressDeprecationWarnings", "suppressHelmHookWarnings"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What a provider was configured with; the flags are described at `pulumi_kubernetes.ProviderArgs`.

    Args:
        access: the cluster.
        namespace: where namespaced objects go that name no namespace.
        patch_force: whether an apply takes fields from other field managers.
        upsert: whether creating an object that exists applies to it instead of failing.
        mutable: the kinds, of ConfigMap and Secret, whose data changes in place instead of replacing the object.
        skip_unreachable: whether objects of a cluster that does not answer count as unchanged.
    """

    access: Access
    namespace: str
    patch_force: bool
    upsert: bool
    mutable: frozenset[str]
    skip_unreachable: bool


def failures(variables: Mapping[str, Any]) -> tuple[Failure, ...]:
    """What is wrong with a provider's arguments."""
    found = [
        Failure(name, f"the kubernetes stand-in does not apply the provider argument {name!r}")
        for name, value in variables.items()
        if value is not None and name not in _TEXTS and name not in _FLAGS and name not in _HARMLESS
    ]
    if not _flag(variables, "enableServerSideApply", default=True):
        found.append(Failure("enableServerSideApply", "the kubernetes stand-in only works by server-side apply"))
    return tuple(found)


def settings(variables: Mapping[str, Any]) -> Settings:
    """The settings that checked arguments amount to.

    Raises:
        PluginError: there is no usable kubeconfig, see `kubeconfig.access`.
    """
    way = access(
        variables.get("kubeconfig"),
        context=variables.get("context"),
        cluster=variables.get("cluster"),
        environ=os.environ,
    )
    mutable = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}
    return Settings(
        access=way,
        namespace=variables.get("namespace") or way.namespace,
        patch_force=_flag(variables, "enablePatchForce"),
        upsert=_flag(variables, "upsertExistingObjects"),
        mutable=frozenset(kind for kind, name in mutable.items() if _flag(variables, name)),
        skip_unreachable=_flag(variables, "skipUpdateUnreachable"),
    )


def _flag(variables: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    """A yes or no: the argument (a bool, or its JSON text), else the environment variable that the provider documents."""
    value = variables.get(name)
    if value is None:
        value = os.environ.get(_FLAGS[name], default)
    return value is True or str(value).lower() in {"true", "t", "1"}
