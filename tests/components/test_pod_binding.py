"""What a binding of groups to pods declares in each mode, in which order, and with which secrets."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from sg_integration import ClusterAccess, ClusterIntegration, PodGroupGuard, SecurityGroup, VpcIntegration
from sg_integration.model.admission import DOCUMENT
from sg_integration.model.bindings import binding as decoded

from .pod_programs import ENTRY, GRANT, GUARD, KUBERNETES, PODS, POLICY, A, B, binding, run

KUBECONFIG = "apiVersion: v1"


def two_groups() -> list[SecurityGroup]:
    """Groups in an order that is not theirs."""
    return [SecurityGroup.existing("b", B), SecurityGroup.existing("a", A)]


@pytest.mark.parametrize("mode", ["auto", "admission"])
def test_admission_declares_a_policy_and_its_binding_between_grant_and_pods(mode: str) -> None:
    """Grant, policy, the policy's binding, pods: each after the one before, all children of the component."""
    made = run(lambda: binding(mode=mode, security_groups=two_groups()))
    assert ENTRY not in made.kinds()
    chain = [made.of(GRANT), made.of(POLICY), made.of(f"{POLICY}Binding"), made.of(PODS)]
    assert [one.name for one in chain] == ["web-grant", "web", "web", "web-pods"]
    assert {one.parent for one in chain} == {"web"}
    for before, after in itertools.pairwise(chain):
        assert (before.kind, before.name) in after.after, after.kind
    policy, bound, pods = chain[1:]
    said = decoded(policy.inputs["metadata"]["annotations"][DOCUMENT])
    assert said.groups == {A, B}
    assert said.mode == "admission"
    name = f"sg-integration-{said.key}"
    assert {policy.inputs["metadata"]["name"], bound.inputs["spec"]["policyName"], pods.inputs["policy"]} == {name}
    assert pods.inputs["mode"] == "admission"
    assert said.namespaces.matches({"kubernetes.io/metadata.name": "shop"})


@pytest.mark.parametrize("mode", ["live", "template"])
@pytest.mark.parametrize("found", [True, False])
def test_other_modes_declare_an_entry_of_the_registry(mode: str, found: bool) -> None:
    """Without a policy a ConfigMap registers the binding, whether the mode was picked or said."""
    made = run(lambda: binding(mode="auto" if found else mode), finds=mode)
    assert not {POLICY, f"{POLICY}Binding"} & made.kinds()
    entry, pods = made.of(ENTRY), made.of(PODS)
    assert (GRANT, "web-grant") in entry.after
    assert (ENTRY, "web") in pods.after
    assert entry.inputs["metadata"]["namespace"] == "kube-system"
    said = decoded(entry.inputs["metadata"]["annotations"][DOCUMENT])
    assert said.groups == {A}
    assert said.mode == mode
    assert pods.inputs["policy"] == entry.inputs["metadata"]["name"] == f"sg-integration-{said.key}"


def test_a_preview_of_an_explicit_mode_shows_its_objects() -> None:
    """An explicit mode is known in the first preview, so what it declares is shown before any cluster was asked."""
    assert {POLICY, f"{POLICY}Binding", PODS} <= run(lambda: binding(mode="admission"), preview=True).kinds()


def test_namespace_and_groups_may_be_known_later() -> None:
    """An Output namespace and groups that are created in the same program end up in the policy."""

    def program() -> None:
        group = SecurityGroup("fresh", vpc_id="vpc-0a1b2c3d")
        binding(namespace=pulumi.Output.from_input("shop"), security_groups=[group])

    made = run(program)
    (group,) = made.of(PODS).inputs["security_group_ids"]
    said = decoded(made.of(POLICY).inputs["metadata"]["annotations"][DOCUMENT])
    assert said.groups == {group}
    assert said.namespaces.matches({"kubernetes.io/metadata.name": "shop"})
    assert ("aws:ec2/securityGroup:SecurityGroup", "fresh") in made.of(GRANT).after


@pytest.mark.parametrize("namespace", ["kube-system", "No", 5])
def test_a_namespace_that_is_known_later_is_checked_then(namespace: Any) -> None:
    """A bad one fails the program with the argument's name, and no policy is declared."""
    with pytest.raises(Exception, match='PodGroupBinding "web": namespace: ') as caught:
        run(lambda: binding(namespace=pulumi.Output.from_input(namespace)))
    assert "never bound" in str(caught.value) or "is not a namespace" in str(caught.value)


def test_namespaces_by_label() -> None:
    """A selector of namespaces goes into the policy's binding, without those that are never bound."""
    made = run(lambda: binding(namespace=None, namespace_selector={"team": "x"}, pod_selector={}))
    selector = made.of(f"{POLICY}Binding").inputs["spec"]["matchResources"]
    assert selector["namespaceSelector"]["matchLabels"] == {"team": "x"}
    assert "kube-system" in selector["namespaceSelector"]["matchExpressions"][0]["values"]


@pytest.mark.parametrize("arguments", [{}, {"context": "prod"}, {"kubeconfig": KUBECONFIG}])
def test_the_kubeconfig_is_a_secret_wherever_it_stands(arguments: dict[str, str]) -> None:
    """In the provider and in each dynamic resource it is secret; without one nothing has it."""

    def program() -> None:
        access = ClusterAccess("prod", **arguments)  # type: ignore[arg-type]
        PodGroupGuard("guard", cluster=access)
        binding(cluster=access)

    made = run(program)
    holders = [one for one in made.registered if "kubeconfig" in one.inputs]
    if "kubeconfig" not in arguments:
        assert not holders
        return
    assert {one.kind for one in holders} == {KUBERNETES, GRANT, PODS, GUARD}
    assert all("kubeconfig" in one.secret for one in holders)


def test_one_way_to_the_cluster_for_all() -> None:
    """A kubeconfig makes a provider of its own; a provider that is given is used; with neither it is the default one."""

    def providers(access: Any) -> set[str]:
        made = run(lambda: binding(cluster=access()))
        found = {made.of(POLICY).provider, made.of(f"{POLICY}Binding").provider}
        return {provider.rpartition("::")[0].rpartition("::")[2] for provider in found}

    assert providers(lambda: ClusterAccess("prod")) == {""}
    assert providers(lambda: ClusterAccess("prod", kubeconfig=KUBECONFIG)) == {"prod-kubernetes"}
    assert providers(lambda: ClusterAccess("prod", context="x")) == {"prod-kubernetes"}

    def given(options: Callable[[kubernetes.Provider], pulumi.ResourceOptions]) -> ClusterAccess:
        mine = kubernetes.Provider("mine", kubeconfig="theirs")
        return ClusterAccess("prod", kubeconfig=KUBECONFIG, opts=options(mine))

    assert providers(lambda: given(lambda mine: pulumi.ResourceOptions(provider=mine))) == {"mine"}
    assert providers(lambda: given(lambda mine: pulumi.ResourceOptions(providers=[mine]))) == {"mine"}


def test_a_binding_comes_after_the_guard_of_its_cluster() -> None:
    """The guard is there before any group is given, and goes after the last."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id="vpc-0a1b2c3d")
        nodes = {"node_security_group_ids": ["sg-0000000a"], "control_plane_security_group_id": None}
        binding(cluster=ClusterIntegration("eks", integration=vpc, **nodes))  # type: ignore[arg-type]

    made = run(program)
    assert (GUARD, "eks-guard-policy") in made.of(GRANT).after


def test_keys_tell_bindings_apart() -> None:
    """Each binding has a key of its own, which is the same in each run."""

    def program() -> None:
        access = ClusterAccess("prod")
        for name in ("one", "two"):
            binding(name, cluster=access, security_groups=[SecurityGroup.existing(f"g-{name}", A)])

    def keys() -> dict[str, str]:
        return {one.name: one.inputs["binding"]["key"] for one in run(program).registered if one.kind == PODS}

    assert len(set(keys().values())) == 2
    assert keys() == keys()


def test_a_renamed_binding_says_what_it_was() -> None:
    """Aliases are those of the component, which the engine hands down to its children, whose names begin with its own."""
    opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])
    made = run(lambda: binding("new", opts=opts))
    assert made.of("sg-integration:index:PodGroupBinding").aliases == ("old",)
    assert {one.name for one in made.registered if one.parent == "new"} == {"new", "new-grant", "new-pods"}
