"""The fields whose change replaces an object instead of updating it.

The table is the official provider's (its list of properties that force a new object). A field that is immutable but not
listed is refused by the API server at the update, "field is immutable": like the official provider, the stand-in shows
that refusal and does not turn it into a replacement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sg_integration.sandbox.plugins.protocol import DiffKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.plugins.kubernetes.objects import Kind

Path: TypeAlias = tuple[str | int, ...]

_IDENTITY: Final = ("metadata.name", "metadata.namespace", "kind")
_SELECTOR: Final = ("spec.selector",)
_VOLUMES: Final = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath"
    " iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume"
)
_POD: Final = (
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID"
    " hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates"
    " restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace"
    " subdomain terminationGracePeriodSeconds volumes"
)
_CONTAINER: Final = (
    "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext stdin"
    " stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
)
_CONTAINERS: Final = tuple(
    f"spec.{where}.*.{name}" for where in ("containers", "initContainers") for name in _CONTAINER.split()
)


def _of_spec(names: str) -> tuple[str, ...]:
    return tuple(f"spec.{name}" for name in names.split())


_BY_KIND: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "PersistentVolume"): _of_spec(_VOLUMES),
    ("", "PersistentVolumeClaim"): _of_spec("accessModes selector storageClassName volumeName"),
    ("", "Pod"): (*_of_spec(_POD), *_CONTAINERS),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "StatefulSet"): _of_spec(
        "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates"
    ),
    ("batch", "Job"): _of_spec("completions parallelism selector template"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}
# Replaced too, unless the provider says that they may be changed in place.
_DATA: Final = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}


def forces_replacement(
    path: Path, how: DiffKind, kind: Kind, inputs: Mapping[str, Any], mutable: frozenset[str]
) -> bool:
    """Whether a change at a path needs a new object.

    Args:
        path: where the change is.
        how: what happens there; a whole property that comes or goes takes with it what is below it.
        kind: the object's kind.
        inputs: the new inputs; `immutable: true` of a ConfigMap or Secret is looked at.
        mutable: the kinds whose data may change in place.
    """
    patterns = _IDENTITY + _BY_KIND.get((kind.group, kind.name), ())
    if not kind.group and (kind.name not in mutable or inputs.get("immutable") is True):
        patterns += _DATA.get(kind.name, ())
    return any(_matches(path, pattern.split("."), above=how is not DiffKind.UPDATE) for pattern in patterns)


def _matches(path: Path, pattern: list[str], *, above: bool) -> bool:
    """Whether a path is at the pattern or below it, or, if wanted, above it."""
    if len(path) < len(pattern) and not above:
        return False
    return all(mask in ("*", step) for mask, step in zip(pattern, path, strict=False))
