"""Which pods get which security groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import dynamic

from sg_integration.components import inputs
from sg_integration.components.cluster_access import ClusterAccess
from sg_integration.components.reserved import refuse_reserved
from sg_integration.components.security_group import SecurityGroup
from sg_integration.model import admission, identifiers
from sg_integration.model.bindings import EXCLUDED_NAMESPACES, binding, binding_key
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import in_namespace, label_selector, namespace_name
from sg_integration.providers.pod_groups import PodGroupGrantProvider, PodGroupsProvider

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration

_MODES: Final = ("auto", "admission", "template", "live")
_CONFLICTS: Final = ("fail", "force")


class PodGroupGrant(dynamic.Resource, module="sg_integration", name="PodGroupGrant"):
    """Lets the guard allow a binding's groups before any pod gets them; made by `PodGroupBinding`."""

    mode: pulumi.Output[str]
    """How later pods get their groups here: `admission`, `template` or `live`."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        found = {"mode": None, "durability": None, "on_removal": None}
        super().__init__(PodGroupGrantProvider(), name, {**props, **found}, opts)


class PodGroups(dynamic.Resource, module="sg_integration", name="PodGroups"):
    """The live pods of a binding; made by `PodGroupBinding`."""

    failed: pulumi.Output[dict[str, str]]
    """Who is not as it should be: pod to reason. Not empty only in a failed update."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        found = {"pods": None, "workloads": None, "skipped": None, "summary": None, "failed": None}
        super().__init__(PodGroupsProvider(), name, {**props, **found}, opts)


class PodGroupBinding(pulumi.ComponentResource):
    """Gives security groups to pods: to those that live, without a rollout, and to every one that comes later.

    A pod gets the union of all bindings that match it, of this stack and of others, and keeps the groups that somebody else
    wrote. With groups of its own it has no longer those of the nodes. The preview lists every pod that gains or loses a
    group (`pods`), and who is left alone and why (`skipped`). When the binding goes, its pods keep what other bindings give
    them; a pod that has nothing left returns to the node groups, which can widen or cut its access.

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
    """How later pods get their groups: what `auto` picked."""

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
        super().__init__("sg-integration:index:PodGroupBinding", name, {}, opts)
        self._key: Final = cluster_wide_name(self)
        document = {"key": self._key, "namespaces": namespaces, "pods": pods.document()}
        props = {"binding": document, "security_group_ids": groups, "on_conflict": on_conflict, **access.props()}
        mine = pulumi.ResourceOptions(parent=self)
        grant = PodGroupGrant(
            f"{name}-grant",
            {**props, "wanted_mode": mode},
            pulumi.ResourceOptions(parent=self, depends_on=list(access.guards)),
        )
        self.mode = grant.mode
        self._declared = _Declared(self, name, access, document, groups, grant)
        # An explicit mode is known now; what `auto` picked, once the cluster was asked.
        registered: pulumi.Output[str] = (
            grant.mode.apply(self._declared.of) if mode == "auto" else self._declared.of(mode)
        )
        live = PodGroups(f"{name}-pods", {**props, "mode": grant.mode, "policy": registered}, mine)
        access.failures.declare(live.failed)
        access.bindings.append(self)
        access.bound.extend(groups)
        self.register_outputs({"mode": grant.mode})


class _Declared:
    """The objects that register a binding with the cluster, as resources of the kubernetes provider."""

    def __init__(
        self,
        owner: PodGroupBinding,
        name: str,
        access: ClusterAccess,
        document: Mapping[str, Any],
        groups: Sequence[pulumi.Input[str]],
        grant: PodGroupGrant,
    ) -> None:
        self._name = name
        self._key = str(document["key"])
        self._opts = access.opts(owner, [grant])
        self._document = pulumi.Output.all(document=pulumi.Output.from_input(document), groups=list(groups))

    def of(self, mode: str) -> pulumi.Output[str]:
        """Declare what registers the binding in a mode; returns the name of it, once it is there."""
        return self._policy() if mode == "admission" else self._entry(mode)

    def _policy(self) -> pulumi.Output[str]:
        policy = kubernetes.admissionregistration.v1.MutatingAdmissionPolicy(
            self._name,
            metadata=self._part("admission", lambda one: admission.policy(one)["metadata"]),
            spec=self._part("admission", lambda one: admission.policy(one)["spec"]),
            opts=self._opts,
        )
        # Both come after the grant; the binding goes before the policy, or the API server would meet one without the other.
        bound = kubernetes.admissionregistration.v1.MutatingAdmissionPolicyBinding(
            self._name,
            metadata=self._part("admission", lambda one: admission.policy_binding(one)["metadata"]),
            spec=self._part("admission", lambda one: admission.policy_binding(one)["spec"]),
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=[policy])),
        )
        return pulumi.Output.all(policy.id, bound.id).apply(lambda _: admission.name(self._key))

    def _entry(self, mode: str) -> pulumi.Output[str]:
        entry = kubernetes.core.v1.ConfigMap(
            self._name,
            metadata=self._part(mode, lambda one: admission.entry(one)["metadata"]),
            data=self._part(mode, lambda one: admission.entry(one).get("data", {})),
            opts=self._opts,
        )
        return entry.id.apply(lambda _: admission.name(self._key))

    def _part(self, mode: str, make: Any) -> Any:
        """Part of a manifest, made when namespace and groups are known."""
        return self._document.apply(
            lambda known: make(binding({**known["document"], "groups": known["groups"], "mode": mode}))
        )


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


def _groups(values: object, where: str) -> list[pulumi.Output[str]]:
    at = f"{where}: security_groups"
    if isinstance(values, (str, Mapping)) or not isinstance(values, Sequence):
        raise InvalidInput(at, f"{values!r} is no list; write [orders_api].")
    if not values:
        raise InvalidInput(at, "no group at all; a binding gives at least one.")
    for index, value in enumerate(values):
        refuse_reserved(value, f"{at}[{index}]")
        if not isinstance(value, SecurityGroup):
            raise InvalidInput(
                f"{at}[{index}]",
                f'{value!r} is no SecurityGroup; write SecurityGroup.existing("name", "sg-…") for an id.',
            )
    return [group.id for group in values]


def _one_of(value: object, allowed: Sequence[str], where: str) -> None:
    if value not in allowed:
        raise InvalidInput(where, f"{value!r} is none of {', '.join(allowed)}.")
