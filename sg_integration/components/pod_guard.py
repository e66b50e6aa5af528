"""The guard of a cluster: nobody gives himself a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import dynamic

from sg_integration.components.cluster_access import ClusterAccess
from sg_integration.components.pod_binding import accessed, bindable, cluster_wide_name
from sg_integration.components.security_group import SecurityGroup, listed
from sg_integration.model import guard, identifiers
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration

_SUBJECTS = ("User", "Group", "ServiceAccount")


class PodGuard(dynamic.Resource, module="sg_integration", name="PodGuard"):
    """The policy that says which namespace may use which groups; made by `PodGroupGuard`."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        from sg_integration.providers.pod_guard import PodGuardProvider  # noqa: PLC0415  loaded by those only who declare one

        super().__init__(PodGuardProvider(), name, {**props, "rules": None, "repair": None}, opts)


class PodGroupGuard(pulumi.ComponentResource):
    """Refuses pods that carry groups which nobody gave to their namespace.

    Whoever may create pods, or anything that creates pods, could otherwise write the annotation or a label and so choose his
    groups. Which groups a namespace may use follows from the bindings of all stacks (`rules` in the preview), and from
    `allowed_groups`. The groups of a running pod may be changed only by those who have the verb `use` on `podgroups` in
    the API group `sg-integration`: administrators, and the subjects named here. `kube-system` and Calico's own namespaces are
    not guarded. A cluster has one guard; a `ClusterIntegration` declares it unless told otherwise.

    Args:
        name: the guard's name in the program.
        cluster: the cluster.
        allowed_groups: groups that a namespace may use although no binding gives them, as in annotations that people
            write: namespace to groups.
        subjects: who else runs this program or binds pods, as RBAC says it: `{"kind": "User", "name": "ci"}`, `Group`, or
            `ServiceAccount` with its `namespace`. They get the least that bindings need.
        template_mode: let the subjects write the templates of workloads, too, as bindings in mode `template` do.
        opts: options of the component.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
        TypeError: a group is one that the integration keeps for itself.
    """

    def __init__(
        self,
        name: str,
        *,
        cluster: ClusterIntegration | ClusterAccess,
        allowed_groups: Mapping[str, Sequence[SecurityGroup]] | None = None,
        subjects: Sequence[Mapping[str, str]] = (),
        template_mode: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'PodGroupGuard "{name}"'
        identifiers.name(name, f"{where}: name")
        access = accessed(cluster, where)
        allowed = _allowed(allowed_groups or {}, f"{where}: allowed_groups")
        _check_subjects(subjects, f"{where}: subjects")
        super().__init__("sg-integration:index:PodGroupGuard", name, {}, opts)
        props = {"owner": cluster_wide_name(self), "allowed_groups": allowed, **access.props()}
        policy = PodGuard(f"{name}-policy", props, pulumi.ResourceOptions(parent=self))
        after = access.opts(
            self, [policy]
        )  # which refuses a second guard; the names of the others are the cluster's, too
        v1, rbac = kubernetes.admissionregistration.v1, kubernetes.rbac.v1
        v1.ValidatingAdmissionPolicyBinding(f"{name}-policy", **_parts(guard.policy_binding()), opts=after)
        routes = v1.ValidatingAdmissionPolicy(f"{name}-routes", **_parts(guard.routes_policy()), opts=after)
        v1.ValidatingAdmissionPolicyBinding(
            f"{name}-routes", **_parts(guard.routes_binding()), opts=access.opts(self, [routes])
        )
        rights = guard.rights(subjects, templates=template_mode)
        for at, manifest in enumerate(rights):
            kind = getattr(rbac, manifest["kind"])
            kind(f"{name}-rights-{at}", **_parts(manifest), opts=after)
        access.guards.append(self)
        self.register_outputs({})


def _parts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest as arguments of its resource."""
    renamed = {"roleRef": "role_ref"}
    return {renamed.get(key, key): value for key, value in manifest.items() if key not in ("apiVersion", "kind")}


def _allowed(values: object, where: str) -> dict[str, list[pulumi.Output[str]]]:
    if not isinstance(values, Mapping):
        raise InvalidInput(where, f'{values!r} is no mapping; write {{"shop": [legacy]}}.')
    found = {}
    for namespace, groups in values.items():
        at = f'{where}["{namespace}"]'
        bindable(namespace, at)
        if isinstance(groups, str) or not isinstance(groups, Sequence) or not groups:
            raise InvalidInput(at, f"{groups!r} is no list of groups.")
        found[namespace] = [group.id for group in listed(groups, at, "legacy")]
    return found


def _check_subjects(values: object, where: str) -> None:
    if isinstance(values, (str, Mapping)) or not isinstance(values, Sequence):
        raise InvalidInput(where, f'{values!r} is no list; write [{{"kind": "User", "name": "ci"}}].')
    for index, value in enumerate(values):
        at = f"{where}[{index}]"
        if not isinstance(value, Mapping) or value.get("kind") not in _SUBJECTS or not value.get("name"):
            raise InvalidInput(at, f"{value!r} is no subject: a kind ({', '.join(_SUBJECTS)}) and a name.")
        if (value["kind"] == "ServiceAccount") != bool(value.get("namespace")):
            raise InvalidInput(at, "a ServiceAccount has a namespace, and only it has one.")
