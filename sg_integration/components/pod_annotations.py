"""What a binding declares where pods get their groups by an annotation: the grant, what registers it, and the live pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import dynamic

from sg_integration.components.cluster_access import ClusterAccess
from sg_integration.model import admission
from sg_integration.model.bindings import binding

if TYPE_CHECKING:
    from sg_integration.components.pod_binding import PodGroupBinding


class PodGroupGrant(dynamic.Resource, module="sg_integration", name="PodGroupGrant"):
    """Lets the guard allow a binding's groups before any pod gets them; made by `PodGroupBinding`."""

    mode: pulumi.Output[str]
    """How later pods get their groups here: `admission`, `template` or `live`."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        from sg_integration.providers.pod_groups import PodGroupGrantProvider  # noqa: PLC0415  loaded by those only who declare one

        found = {"mode": None, "durability": None, "on_removal": None}
        super().__init__(PodGroupGrantProvider(), name, {**props, **found}, opts)


class PodGroups(dynamic.Resource, module="sg_integration", name="PodGroups"):
    """The live pods of a binding; made by `PodGroupBinding`."""

    failed: pulumi.Output[dict[str, str]]
    """Who is not as it should be: pod to reason. Not empty only in a failed update."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        from sg_integration.providers.pod_groups import PodGroupsProvider  # noqa: PLC0415  loaded by those only who declare one

        found = {"pods": None, "workloads": None, "skipped": None, "summary": None, "failed": None}
        super().__init__(PodGroupsProvider(), name, {**props, **found}, opts)


def by_annotation(
    owner: PodGroupBinding,
    access: ClusterAccess,
    document: Mapping[str, Any],
    groups: Sequence[pulumi.Output[str]],
    *,
    mode: str,
    on_conflict: str,
) -> pulumi.Output[str]:
    """Declare it all; returns how later pods get their groups.

    Args:
        owner: the binding.
        access: the cluster.
        document: the binding as the registry keeps it, without groups.
        groups: what its pods get.
        mode: how, or `auto`.
        on_conflict: what to do about a pod whose annotation another field manager owns.
    """
    name = owner.pulumi_resource_name
    props = {"binding": document, "security_group_ids": list(groups), "on_conflict": on_conflict, **access.props()}
    after = pulumi.ResourceOptions(parent=owner, depends_on=list(access.guards))
    grant = PodGroupGrant(f"{name}-grant", {**props, "wanted_mode": mode}, after)
    declared = _Declared(owner, name, access, document, groups, grant)
    # An explicit mode is known now; what `auto` picked, once the cluster was asked.
    registered: pulumi.Output[str] = grant.mode.apply(declared.of) if mode == "auto" else declared.of(mode)
    mine = pulumi.ResourceOptions(parent=owner)
    live = PodGroups(f"{name}-pods", {**props, "mode": grant.mode, "policy": registered}, mine)
    access.failures.declare(live.failed)
    access.bindings.append(live)
    return grant.mode


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
