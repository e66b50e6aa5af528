"""Bad arguments of bindings, guards and the access to a cluster are refused by name, before anything is registered."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws import ec2

from sg_integration import ClusterAccess, InvalidInput, PodGroupGuard, SecurityGroup, VpcIntegration

from .pod_programs import A, binding, run


def existing() -> SecurityGroup:
    """A group."""
    return SecurityGroup.existing("orders-api", A)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": ""}, 'PodGroupBinding "": name: '),
        ({"cluster": "prod"}, "cluster: 'prod' is neither a ClusterIntegration nor a ClusterAccess"),
        ({"namespace_selector": {"a": "b"}}, "namespace: both are given; write one of"),
        ({"namespace": None}, "namespace: neither is given; write one of"),
        ({"namespace": "kube-system"}, "namespace: kube-system is never bound"),
        ({"namespace": "calico-system"}, "namespace: calico-system is never bound"),
        ({"namespace": "Shop"}, "namespace: 'Shop' is not a namespace"),
        ({"namespace": ""}, "namespace: '' is not a namespace"),
        ({"namespace": "a" * 64}, "is not a namespace"),
        ({"namespace": 5}, "namespace: 5 is not a namespace"),
        ({"namespace": None, "namespace_selector": "x"}, "namespace_selector: 'x' is no label selector"),
        (
            {"namespace": None, "namespace_selector": {"matchExpressions": [{"key": "a", "operator": "Exists"}, {"key": "a", "operator": "DoesNotExist"}]}},
            "namespace_selector: no namespace can match",
        ),
        ({"pod_selector": "app=web"}, "pod_selector: 'app=web' is no label selector"),
        ({"pod_selector": {"app": 5}}, 'pod_selector["app"]: 5 is no label\'s value'),
        ({"pod_selector": {"-": "x"}}, "pod_selector: '-' is no label's key"),
        ({"pod_selector": {"matchLabels": {}, "app": "x"}}, "pod_selector: labels and matchLabels are mixed"),
        ({"pod_selector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}, "pod_selector.matchExpressions[0].operator: 'Is'"),
        ({"pod_selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}, "pod_selector.matchExpressions[0].values"),
        (
            {"pod_selector": {"matchLabels": {"a": "x"}, "matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x"]}]}},
            "pod_selector: no pod can match",
        ),
        ({"security_groups": []}, "security_groups: no group at all; a binding gives at least one"),
        ({"security_groups": A}, f"security_groups: '{A}' is no list; write [orders_api]"),
        ({"security_groups": {"a": 1}}, "is no list"),
        ({"security_groups": [A]}, f"security_groups[0]: '{A}' is no SecurityGroup; write SecurityGroup.existing"),
        ({"security_groups": ["orders-api"]}, "'orders-api' is no SecurityGroup; write SecurityGroup.existing(\"name\", \"sg-…\")"),
        ({"mode": "magic"}, "mode: 'magic' is none of auto, admission, template, live"),
        ({"mode": ["live"]}, "mode: ['live'] is none of"),
        ({"on_conflict": "ignore"}, "on_conflict: 'ignore' is none of fail, force"),
    ],
)  # fmt: skip
def test_a_bad_argument_of_a_binding_is_refused(arguments: dict[str, Any], words: str) -> None:
    """InvalidInput names the binding and the argument, and nothing of the binding is registered."""

    def program() -> None:
        access = arguments.get("cluster") or ClusterAccess("prod")
        groups = arguments.get("security_groups", [existing()])
        given = {"name": "web", **arguments, "cluster": access, "security_groups": groups}
        with pytest.raises(InvalidInput) as caught:
            binding(**given)
        assert words in str(caught.value)
        assert str(caught.value).startswith('PodGroupBinding "')

    assert {one.name for one in run(program).registered} <= {"prod", "orders-api"}


@pytest.mark.parametrize("take", [lambda vpc: vpc.trust, lambda vpc: vpc.enforced, lambda vpc: vpc.trust.id])
def test_no_door_takes_a_reserved_group(take: Any) -> None:
    """A reserved group, or its id, is a TypeError in a binding and in what a guard allows."""

    def program() -> None:
        vpc, access = VpcIntegration("prod-vpc", vpc_id="vpc-0a1b2c3d"), ClusterAccess("prod")
        with pytest.raises(TypeError, match=r'PodGroupBinding "web": security_groups\[1\]: .* kept by the integration'):
            binding(cluster=access, security_groups=[existing(), take(vpc)])
        with pytest.raises(TypeError, match=r'PodGroupGuard "g": allowed_groups\["shop"\]\[0\]: .* kept by the'):
            PodGroupGuard("g", cluster=access, allowed_groups={"shop": [take(vpc)]})

    assert not [one for one in run(program).registered if one.name.startswith(("web", "g"))]


def test_a_group_of_the_aws_provider_is_told_what_to_write() -> None:
    """A plain aws group, or its id, is refused with the words that make it one of ours."""

    def program() -> None:
        theirs = ec2.SecurityGroup("theirs")
        for given in (theirs, theirs.id):
            with pytest.raises(InvalidInput, match=r'security_groups\[0\]: .*write SecurityGroup.existing\("name", "sg-…"\)'):  # fmt: skip
                binding(
                    cluster=ClusterAccess("prod") if given is theirs else ClusterAccess("b"), security_groups=[given]
                )

    run(program)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": ""}, 'PodGroupGuard "": name'),
        ({"cluster": None}, "cluster: None is neither"),
        ({"allowed_groups": ["x"]}, "allowed_groups: ['x'] is no mapping"),
        ({"allowed_groups": {"kube-system": []}}, 'allowed_groups["kube-system"]: kube-system is never bound'),
        ({"allowed_groups": {"Shop": []}}, "allowed_groups[\"Shop\"]: 'Shop' is not a namespace"),
        ({"allowed_groups": {"shop": []}}, 'allowed_groups["shop"]: [] is no list of groups'),
        ({"allowed_groups": {"shop": A}}, 'allowed_groups["shop"]: '),
        ({"allowed_groups": {"shop": [A]}}, f"allowed_groups[\"shop\"][0]: '{A}' is no SecurityGroup"),
        ({"subjects": "ci"}, "subjects: 'ci' is no list"),
        ({"subjects": {"kind": "User", "name": "ci"}}, "subjects: "),
        ({"subjects": ["ci"]}, "subjects[0]: 'ci' is no subject"),
        ({"subjects": [{"kind": "Robot", "name": "ci"}]}, "subjects[0]: "),
        ({"subjects": [{"kind": "User", "name": ""}]}, "subjects[0]: "),
        ({"subjects": [{"kind": "ServiceAccount", "name": "ci"}]}, "subjects[0]: a ServiceAccount has a namespace"),
        ({"subjects": [{"kind": "User", "name": "ci", "namespace": "x"}]}, "and only it has one"),
    ],
)
def test_a_bad_argument_of_a_guard_is_refused(arguments: dict[str, Any], words: str) -> None:
    """InvalidInput names the guard and the argument, and nothing of the guard is registered."""

    def program() -> None:
        given: dict[str, Any] = {"name": "guard", "cluster": ClusterAccess("prod"), **arguments}
        with pytest.raises(InvalidInput) as caught:
            PodGroupGuard(given.pop("name"), **given)
        assert words in str(caught.value)

    assert {one.name for one in run(program).registered} <= {"prod"}
