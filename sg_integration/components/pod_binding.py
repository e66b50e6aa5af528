"""Which pods get which security groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pulumi

from sg_integration.components import inputs
from sg_integration.components.branch_pods import by_policy
from sg_integration.components.cluster_access import ClusterAccess
from sg_integration.components.pod_annotations import by_annotation
from sg_integration.components.security_group import SecurityGroup, listed
from sg_integration.components.security_group_policy import SecurityGroupPolicyEnforcement
from sg_integration.model import identifiers
from sg_integration.model.bindings import EXCLUDED_NAMESPACES, binding_key
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import in_namespace, label_selector, namespace_name

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration

_MODES: Final = ("auto", "admission", "template", "live")
_CONFLICTS: Final = ("fail", "force")


class PodGroupBinding(pulumi.ComponentResource):
    """Gives security groups to pods: to those that live, without a rollout, and to every one that comes later.

    A pod gets the union of all bindings that match it, of this stack and of others, and keeps the groups that somebody else
    wrote. With groups of its own it has no longer those of the nodes. The preview lists every pod that gains or loses a
    group (`pods`), and who is left alone and why (`skipped`). When the binding goes, its pods keep what other bindings give
    them; a pod that has nothing left returns to the node groups, which can widen or cut its access.

    Behind `SecurityGroupPolicyEnforcement` a binding is a SecurityGroupPolicy of its namespace instead: AWS gives the groups to
    pods when they are created, and those that run keep what they have until then.

    Args:
        name: the binding's name in the program.
        cluster: the cluster: its integration, or, in another stack, the access to it.
        namespace: the pods' namespace; it may come later.
        namespace_selector: the namespaces, by their labels, instead of one by its name.
        pod_selector: the pods, by their labels: `{"app": "orders-api"}`, or with `matchLabels` and `matchExpressions`;
            `{}` is every pod.
        security_groups: what they get; at least one.
        mode: how later pods get their groups. `admission`: from the API server, on Kubernetes 1.36 and newer. `template`:
            from the templates of their workloads, which rolls those out. `live`: not until the next update. `auto`:
            `admission` where it is served, else `template`; the preview shows which.
        on_conflict: what to do about a pod whose annotation another field manager owns, such as `kubectl annotate`:
            `fail` for this pod, or `force`. Groups that are there are kept either way.
        opts: options of the component.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
        TypeError: a group is one that the integration keeps for itself.
    """

    mode: pulumi.Output[str]
    """How later pods get their groups: what `auto` picked, or `security-group-policy`."""

    def __init__(
        self,
        name: str,
        *,
        cluster: ClusterIntegration | ClusterAccess,
        pod_selector: Mapping[str, Any],
        security_groups: Sequence[SecurityGroup],
        namespace: pulumi.Input[str] | None = None,
        namespace_selector: Mapping[str, Any] | None = None,
        mode: str = "auto",
        on_conflict: str = "fail",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'PodGroupBinding "{name}"'
        identifiers.name(name, f"{where}: name")
        access = accessed(cluster, where)
        namespaces = _namespaces(namespace, namespace_selector, where)
        pods = label_selector(pod_selector, f"{where}: pod_selector")
        if pods.example() is None:
            raise InvalidInput(f"{where}: pod_selector", f"no pod can match {pods}: it contradicts itself.")
        groups = _groups(security_groups, where)
        _one_of(mode, _MODES, f"{where}: mode")
        _one_of(on_conflict, _CONFLICTS, f"{where}: on_conflict")
        enforcement = access.enforcement
        if isinstance(enforcement, SecurityGroupPolicyEnforcement):
            _refuse_without_annotation(where, namespace_selector, mode, on_conflict)
            every = enforcement.all_groups(groups, f"{where}: security_groups")
        super().__init__("sg-integration:index:PodGroupBinding", name, {}, opts)
        key = cluster_wide_name(self)
        if isinstance(enforcement, SecurityGroupPolicyEnforcement):
            known = inputs.checked(namespace or "", bindable, f"{where}: namespace")
            self.mode = by_policy(self, access, key, known, pods, every, enforcement.max_groups)
        else:
            document = {"key": key, "namespaces": namespaces, "pods": pods.document()}
            self.mode = by_annotation(self, access, document, _ids(groups), mode=mode, on_conflict=on_conflict)
        access.bound.extend(_ids(groups))
        self.register_outputs({"mode": self.mode})


def cluster_wide_name(component: pulumi.Resource) -> str:
    """What tells a component from those of other stacks; where Pulumi is mocked there is no organization."""
    organization: str | None = pulumi.get_organization()
    return binding_key(organization or "", pulumi.get_project(), pulumi.get_stack(), component.pulumi_resource_name)


def accessed(cluster: object, where: str) -> ClusterAccess:
    """The access to what a user gave as the cluster; raises `InvalidInput`."""
    from sg_integration.components.cluster import ClusterIntegration  # noqa: PLC0415  it imports the guard, which imports this

    if isinstance(cluster, ClusterAccess):
        return cluster
    if isinstance(cluster, ClusterIntegration):
        return cluster.access
    raise InvalidInput(f"{where}: cluster", f"{cluster!r} is neither a ClusterIntegration nor a ClusterAccess.")


def _namespaces(namespace: pulumi.Input[str] | None, selector: Mapping[str, Any] | None, where: str) -> Any:
    """The namespaces as the document of a selector, later if the name is known later."""
    if (namespace is None) == (selector is None):
        both = "both are given" if selector is not None else "neither is given"
        raise InvalidInput(f"{where}: namespace", f"{both}; write one of namespace and namespace_selector.")
    if selector is not None:
        found = label_selector(selector, f"{where}: namespace_selector")
        if found.example() is None:
            raise InvalidInput(
                f"{where}: namespace_selector", f"no namespace can match {found}: it contradicts itself."
            )
        return found.document()
    name = inputs.checked(namespace or "", bindable, f"{where}: namespace")
    if inputs.is_known(name):
        return in_namespace(str(name)).document()
    return pulumi.Output.from_input(name).apply(lambda known: in_namespace(known).document())


def bindable(value: object, where: str) -> str:
    """A namespace whose pods may be bound; raises `InvalidInput`."""
    name = namespace_name(value, where)
    if name in EXCLUDED_NAMESPACES:
        raise InvalidInput(
            where, f"{name} is never bound: what the cluster and its network run on must start whatever we do."
        )
    return name


def _groups(values: object, where: str) -> list[SecurityGroup]:
    at = f"{where}: security_groups"
    found = listed(values, at, "orders_api")
    if not found:
        raise InvalidInput(at, "no group at all; a binding gives at least one.")
    return found


def _ids(groups: Sequence[SecurityGroup]) -> list[pulumi.Output[str]]:
    return [group.id for group in groups]


def _refuse_without_annotation(where: str, selector: object, mode: str, on_conflict: str) -> None:
    """Refuse what means something only where pods get their groups by an annotation."""
    by = "SecurityGroupPolicyEnforcement"
    if selector is not None:
        raise InvalidInput(
            f"{where}: namespace_selector",
            f"behind {by} a binding is a SecurityGroupPolicy, which is of one namespace; write a binding for each.",
        )
    if mode != "auto":
        raise InvalidInput(
            f"{where}: mode", f"behind {by} pods get their groups from AWS when they are created; leave {mode!r} out."
        )
    if on_conflict != "fail":
        raise InvalidInput(
            f"{where}: on_conflict",
            f"behind {by} no pod is written, so nobody is in the way; leave {on_conflict!r} out.",
        )


def _one_of(value: object, allowed: Sequence[str], where: str) -> None:
    if value not in allowed:
        raise InvalidInput(where, f"{value!r} is none of {', '.join(allowed)}.")
