"""What the providers of branch interfaces say: of the cluster, and of the pods that wait for their interfaces."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.dynamic import CheckResult

from sg_integration.model.errors import AccessDenied, Unreachable
from sg_integration.model.nodes import Node
from sg_integration.providers import cluster_access
from sg_integration.providers.branch_interfaces import BranchInterfacesProvider, BranchPodsProvider

from .branch_world import Eks
from .pod_stacks import Resource
from .pod_world import UNKNOWN, A, B, C, D

DENIED = AccessDenied("reading", "Forbidden", "no", 'Grant the verb "get".')
DOWN = Unreachable("listing", "ConnectError", "no answer", "Look.")


@pytest.fixture
def eks(monkeypatch: pytest.MonkeyPatch) -> Eks:
    """The cluster that providers find."""
    made = Eks()
    monkeypatch.setattr(cluster_access, "connect", lambda _: made)
    return made


def bound(*groups: Any, **more: Any) -> dict[str, Any]:
    """The inputs of a binding of pods `app=web`."""
    found = {"namespace": "shop", "pod_selector": {"matchLabels": {"app": "web"}}, "policy": "ours", "max_groups": 5.0}
    return {**found, "cluster_unreachable": "fail", "security_group_ids": list(groups), **more}


def checked(provider: Any, news: dict[str, Any], olds: dict[str, Any] | None = None) -> CheckResult:
    """The whole answer of a check."""
    found: CheckResult = provider.check(olds or {}, news)
    return found


def refusal(provider: Any, news: dict[str, Any], olds: dict[str, Any] | None = None) -> str:
    """The one reason for which a check refuses; it names another input than the kubeconfig."""
    [failure] = checked(provider, news, olds).failures
    assert failure.property != "kubeconfig"
    return str(failure.reason)


def deploy(eks: Eks, resource: Resource, news: dict[str, Any]) -> bool:
    """Deploy the pods' resource, and after it the policy."""
    done = resource.up(news)
    eks.write_policy(news)
    return done


def test_live_pods_get_their_groups_when_they_are_created_again(eks: Eks) -> None:
    """All that policies give, by name; who has the node's interface is skipped; nothing is written."""
    eks.run("web-1", app="web")
    eks.run("web-host", app="web", host=True)
    eks.run("api", app="api")
    eks.add("all", {}, C)
    found = checked(BranchPodsProvider(), bound(B, A)).inputs
    assert found["pods"] == {"shop/web-1": f"gets {A}, {B}, {C} when it is created again"}
    assert found["skipped"] == {"shop/web-host": "hostNetwork: it has the node's own interface and groups"}
    assert found["summary"].endswith("until they are created again (kubectl rollout restart): 1; 1 are left alone")
    assert not eks.writes


def test_no_live_pod(eks: Eks) -> None:
    """Then it says so, and for whom it is."""
    eks.run("api", app="api")
    found = checked(BranchPodsProvider(), bound(A)).inputs
    assert found["pods"] == {}
    assert found["summary"] == "no live pod matches app=web in shop; pods that come later get their groups from AWS"


def test_pods_that_come_and_go_are_no_change(eks: Eks) -> None:
    """Only the binding is: its groups, whatever their order, its selector, its namespace."""
    made = Resource(BranchPodsProvider())
    eks.run("web-1", app="web")
    assert deploy(eks, made, bound(A, B))
    assert not deploy(eks, made, bound(B, A))
    eks.run("web-2", app="web")
    assert not deploy(eks, made, bound(A, B))
    assert deploy(eks, made, bound(A))
    assert not deploy(eks, made, bound(A))
    assert deploy(eks, made, bound(A, pod_selector={"matchLabels": {"app": "api"}}))
    assert (made.outs or {})["pods"]["shop/web-1"] == "returns to the groups of its node when it is created again"
    assert deploy(eks, made, bound(A, namespace="other"))
    assert not deploy(eks, made, bound(A, namespace="other"))


def test_a_pod_in_another_namespace_than_before(eks: Eks) -> None:
    """A binding that moves leaves the pods of the former namespace, and they are named."""
    made = Resource(BranchPodsProvider())
    eks.run("web-1", app="web")
    deploy(eks, made, bound(A))
    eks.run("web-2", app="web", namespace="other")
    found = made.check(bound(A, namespace="other"))
    assert found["pods"] == {
        "other/web-2": f"gets {A} when it is created again",
        "shop/web-1": "gets the groups of this binding no more when it is created again",
    }


def test_groups_that_are_not_known_yet_are_counted(eks: Eks) -> None:
    """In words, and as groups that an interface has to take; with an unknown namespace nothing is looked at."""
    eks.run("web-1", app="web")
    made = Resource(BranchPodsProvider())
    found = made.check(bound(A, UNKNOWN, UNKNOWN))
    assert found["pods"] == {"shop/web-1": f"gets {A}, 2 not known yet when it is created again"}
    assert made.check(bound(A, security_group_ids=UNKNOWN))["pods"]["shop/web-1"].startswith("gets 1 not known yet")
    assert "would have 3 groups" in refusal(BranchPodsProvider(), bound(A, UNKNOWN, UNKNOWN, max_groups=2))
    for unknown in ("namespace", "kubeconfig"):
        assert "pods" not in made.check(bound(A, **{unknown: UNKNOWN}))


def test_more_groups_than_an_interface_takes_are_refused(eks: Eks) -> None:
    """Together with the other policies that match, which are named; ours of before do not count."""
    eks.run("web-1", app="web", tier="shop")
    eks.add("by-tier", {"tier": "shop"}, B, C)
    assert checked(BranchPodsProvider(), bound(A, max_groups=3)).failures == []
    reason = refusal(BranchPodsProvider(), bound(A, D, max_groups=3))
    assert f"pod shop/web-1 would have 4 groups (this binding and SecurityGroupPolicy by-tier ({B}, {C}))" in reason
    assert "max_groups" in reason
    eks.add("ours", {"app": "web"}, "sg-0e", "sg-0f")
    assert checked(BranchPodsProvider(), bound(A, max_groups=3)).failures == []


def test_policies_by_service_account(eks: Eks) -> None:
    """They count for the pods that run as such an account; what we may not see is said and refuses nothing."""
    eks.run("web-1", app="web")
    eks.add("by-account", {}, B, C, accounts={"team": "a"})
    eks.branch_interfaces.accounts = {"web-1": {"team": "b"}}
    assert checked(BranchPodsProvider(), bound(A, max_groups=2)).failures == []
    eks.branch_interfaces.accounts = {"web-1": {"team": "a"}}
    assert "would have 3 groups" in refusal(BranchPodsProvider(), bound(A, max_groups=2))
    eks.branch_interfaces.broken = DENIED
    found = checked(BranchPodsProvider(), bound(A, max_groups=2))
    assert found.failures == []
    assert "policies that choose by service account were not counted: reading: Forbidden" in found.inputs["summary"]


def test_a_policy_that_is_lost_is_said(eks: Eks, capsys: pytest.CaptureFixture[str]) -> None:
    """Deleted or changed by hand, it shows in each preview until it stands again as it was made."""
    made = Resource(BranchPodsProvider())
    deploy(eks, made, bound(A))
    for lose in (eks.branch_interfaces.standing.clear, lambda: eks.add("ours", {"app": "web"}, A, B)):
        lose()
        for words in ("writes it again", "writes it again (once more)"):
            assert made.up(bound(A))
            assert made.inputs["repair"].endswith(words)
            assert "Until then new pods do not get the groups" in capsys.readouterr().out
        eks.write_policy(bound(A))
        assert not made.up(bound(A))
        assert "repair" not in made.inputs


def test_whoever_keeps_the_groups_is_counted_at_the_end(eks: Eks, capsys: pytest.CaptureFixture[str]) -> None:
    """Deleting writes nothing, and so nothing of it can fail: neither without pods nor without the cluster."""
    eks.run("web-1", app="web")
    eks.run("web-host", app="web", host=True)
    provider, outs = BranchPodsProvider(), bound(A)
    provider.delete("branch-pods/1", outs)
    said = "live pods of app=web in shop that keep their groups until they are created again: 1"
    assert capsys.readouterr().out == f"{said}\n"
    eks.broken["pods"] = DOWN
    provider.delete("branch-pods/1", outs)
    assert "no answer. Look. Pods that run keep their groups until they are created again." in capsys.readouterr().out
    eks.broken.clear()
    eks.live.clear()
    provider.delete("branch-pods/1", outs)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("provider", [BranchInterfacesProvider(), BranchPodsProvider()])
def test_a_cluster_that_knows_no_policies_is_refused(eks: Eks, provider: Any) -> None:
    """In one line that says what brings them."""
    eks.branch_interfaces.serves = False
    reason = refusal(provider, bound(A, kubeconfig="secret"))
    assert "it serves no SecurityGroupPolicy of vpcresources.k8s.aws/v1beta1" in reason
    assert "every EKS cluster has" in reason
    assert "\n" not in reason


@pytest.mark.parametrize("provider", [BranchInterfacesProvider(), BranchPodsProvider()])
def test_a_cluster_that_does_not_answer(eks: Eks, provider: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It stops a preview, or, as the program wants, shows what was known at the last update."""
    eks.broken = {"nodes": DOWN, "pods": DOWN}
    assert "no answer" in refusal(provider, bound(A, kubeconfig="secret"))
    olds = bound(A, warnings={"x": "y"}, pods={"x": "y"})
    found = checked(provider, bound(A, cluster_unreachable="warn"), olds)
    assert found.failures == []
    assert {"x": "y"} in found.inputs.values()
    assert "as of the last update" in capsys.readouterr().out


def test_what_stands_in_the_way_is_shown_and_said_once(eks: Eks, capsys: pytest.CaptureFixture[str]) -> None:
    """A new warning is a change, and so is one that goes; how many nodes there are is none."""
    made, news = Resource(BranchInterfacesProvider()), {"besides": True, "cluster_unreachable": "fail"}
    small = {"node.kubernetes.io/instance-type": "t3.small"}
    eks.members = [Node("n-1", labels=small)]
    assert made.up(news)
    assert set(made.inputs["warnings"]) == {"ENABLE_POD_ENI", "nodes t3.small"}
    assert "ENABLE_POD_ENI: not true on aws-node" in capsys.readouterr().out
    eks.members.append(Node("n-2", labels=small))
    assert not made.up(news)
    assert capsys.readouterr().out == ""
    eks.branch_interfaces.plugin = {"ENABLE_POD_ENI": "true", "DISABLE_TCP_EARLY_DEMUX": "true"}
    assert made.up(news)
    assert set(made.inputs["warnings"]) == {"POD_SECURITY_GROUP_ENFORCING_MODE=strict", "nodes t3.small"}
    assert not made.up(news)
    assert made.up({**news, "besides": False})
    assert "security_groups" in made.inputs["warnings"]
    made.destroy()


def test_what_we_may_not_see_is_said(eks: Eks) -> None:
    """Without the right to read nodes or the plugin, that is what stands in the preview; it stops nothing."""
    eks.broken["nodes"] = DENIED
    eks.branch_interfaces.broken = DENIED
    found = checked(BranchInterfacesProvider(), {"besides": True})
    assert found.failures == []
    assert set(found.inputs["warnings"]) == {"nodes", "aws-node"}
    assert 'Grant the verb "get"' in found.inputs["warnings"]["nodes"]


def test_an_unknown_way_to_the_cluster_asks_nothing(eks: Eks) -> None:
    """A cluster that is made by the same program is looked at when it is there."""
    assert checked(BranchInterfacesProvider(), {"kubeconfig": UNKNOWN}).inputs == {"kubeconfig": UNKNOWN}
    assert not eks.asked
