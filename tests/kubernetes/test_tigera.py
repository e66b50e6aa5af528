"""What Calico Enterprise's AWS integration lacks is one clear line, and whether it is live is read from what it says itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sg_integration.kubernetes.calico import Calico, Survey, Tier
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.tigera import Tigera, refusal
from sg_integration.model.errors import AccessDenied
from tests.sandbox.plugin_kubernetes_world import Server

from .scripted import Script, no, ok
from .tigera_product import Product

pytest_plugins = ("tests.kubernetes.calico_fixtures",)

V3 = "projectcalico.org/v3"
OPEN = Survey(V3, "v3.30.0", serves_tiers=True)
ENTERPRISE = Survey(V3, "v3.28.1", enterprise=True, serves_tiers=True, enterprise_version="v3.18.2")
LACKS = "The cluster does not serve AmazonCloudIntegration: "


@pytest.mark.parametrize(
    ("survey", "served", "words"),
    [
        (Survey(), False, f"{LACKS}there is no Calico at all. Write SecurityGroupPolicyEnforcement()"),
        (OPEN, False, f"{LACKS}it has open-source Calico v3.30.0, which never had it. Write CalicoEnforcement()."),
        (replace(OPEN, version=""), False, f"{LACKS}it has open-source Calico, which never had it."),
        (ENTERPRISE, False, f"{LACKS}the definitions of the operator of Calico Enterprise v3.18.2 are not all there."),
        (replace(ENTERPRISE, enterprise_version="v3.19.0-1.0"), False, "Calico Enterprise v3.19.0-1.0 has no AmazonC"),
        (replace(ENTERPRISE, enterprise_version="v3.22.1"), True, "Calico Enterprise v3.22.1 has no AmazonCloudInteg"),
        (replace(ENTERPRISE, enterprise_version="v4.0.0"), True, "Calico Enterprise v4.0.0 has no AmazonCloudIntegr"),
        (
            replace(ENTERPRISE, tiers=(Tier("sg-local", 106, True),)),
            True,
            "Tiers sg-remote and sg-local are those of C",
        ),
    ],
)
def test_what_it_lacks_is_one_line(survey: Survey, served: bool, words: str) -> None:
    """Each says what there is instead, and what to write."""
    said = refusal(survey, served=served)
    assert said.startswith(words)
    assert "\n" not in said


def test_what_3_19_removed_is_said_so() -> None:
    """The version that removed it, what became of a definition that is served still, and what else there is."""
    survey = replace(ENTERPRISE, enterprise_version="v3.19.4")
    said = refusal(survey, served=True)
    assert "3.19 removed it, and the vendor names no successor, so nobody acts on the one that is served still" in said
    assert said.endswith("Write CalicoEnforcement() or SecurityGroupPolicyEnforcement().")
    assert "is served still" not in refusal(survey, served=False)


def test_the_versions_that_have_it_are_not_refused() -> None:
    """Up to 3.18, also where the version is no number, and where tiers of those names are the product's own."""
    theirs = (Tier("sg-remote", 105, False), Tier("sg-local", 106, False))
    for version in ("v3.18.2", "v2.8.0", "v3.9.1", "master", ""):
        assert refusal(replace(ENTERPRISE, enterprise_version=version, tiers=theirs), served=True) == ""


@pytest.fixture
def product(kubernetes_server: Server, calico: Calico) -> Iterator[Product]:
    """Calico Enterprise 3.18 in the real cluster, not set up yet."""
    made = Product(kubernetes_server)
    made.install()
    assert calico.survey().enterprise_version == "v3.18.2"
    yield made
    made.remove()


@pytest.fixture
def tigera(cluster: Cluster) -> Tigera:
    """The product, as we see it."""
    return Tigera(cluster.api)


def test_it_is_found_in_a_real_cluster(tigera: Tigera, product: Product) -> None:
    """Where the kind is served it can be had; without its definition it is refused."""
    assert tigera.refusal() == ""
    with product.without_definition():
        assert "definitions of the operator of Calico Enterprise v3.18.2 are not all there" in tigera.refusal()


def test_until_it_is_live_each_part_says_what_it_lacks(tigera: Tigera, product: Product) -> None:
    """From nothing to live in a real cluster: the object, the component, the tiers."""
    assert list(tigera.pending()) == ["AmazonCloudIntegration tigera-secure"]
    product.configure()
    missing = "it is not there"
    tiers = {"tier sg-remote": missing, "tier sg-local": missing}
    assert tigera.pending() == {"TigeraStatus amazon-cloud-integration": missing, **tiers}
    product.say()
    assert tigera.pending()["TigeraStatus amazon-cloud-integration"] == "it has no condition yet"
    product.say(Available="False", Degraded="True")
    words = "Available=False (Reason: some message), Degraded=True (Reason: some message)"
    assert tigera.pending() == {"TigeraStatus amazon-cloud-integration": words, **tiers}
    product.say(Available="True", Degraded="False")
    product.tier("sg-remote", 105)
    assert tigera.pending() == {"tier sg-local": missing}
    product.tier("sg-local", 106)
    assert tigera.pending() == {}


def test_available_and_degraded_is_not_live(tigera: Tigera, product: Product) -> None:
    """The operator says both for a moment; then it enforces nothing new."""
    product.configure()
    product.go_live()
    product.say(Available="True", Degraded="True")
    assert "Degraded=True" in tigera.pending()["TigeraStatus amazon-cloud-integration"]


def test_what_it_says_of_older_settings_says_nothing(tigera: Tigera, product: Product) -> None:
    """Available for the object as it was is not available for what it is now; the operator catches up."""
    product.configure()
    product.go_live()
    product.configure(sqsURL="https://sqs.eu-central-1.amazonaws.com/1/other")
    assert tigera.pending() == {
        "TigeraStatus amazon-cloud-integration": "it knows generation 1 of AmazonCloudIntegration, not yet 2"
    }
    product.go_live()
    assert tigera.pending() == {}


@pytest.mark.parametrize("component", ["calico", "apiserver"])
def test_calico_itself_must_have_restarted(tigera: Tigera, product: Product, component: str) -> None:
    """Nodes and API server are told the groups by their environment: while they restart, pods lack their labels."""
    product.configure()
    product.go_live()
    product.say(component, Available="False", Progressing="True")
    assert list(tigera.pending()) == [f"TigeraStatus {component}"]
    product.say(component, Available="True")
    assert tigera.pending() == {}


def test_tiers_of_ours_are_not_the_products(tigera: Tigera, product: Product) -> None:
    """What CalicoEnforcement left is no sign of life, and is refused where the product is to be live."""
    product.configure()
    product.go_live()
    product.tier("sg-remote", 105, ours=True)
    assert tigera.pending() == {"tier sg-remote": "it is not there"}
    assert tigera.refusal().startswith("Tiers sg-remote and sg-local are those of CalicoEnforcement")


def test_one_that_is_about_to_go_is_not_live() -> None:
    """Somebody deletes it: what its status says is over soon."""
    metadata: dict[str, Any] = {"name": "tigera-secure", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    script = Script([ok({"metadata": metadata})])
    assert Tigera(script.api()).pending() == {"AmazonCloudIntegration tigera-secure": "it is about to go"}


def test_a_missing_right_names_what_to_grant() -> None:
    """To look needs rights; the message is RBAC's rule."""
    words = (
        'User "u" cannot get resource "amazoncloudintegrations" in API group "operator.tigera.io" at the cluster scope'
    )
    with pytest.raises(AccessDenied, match='Grant the verb "get" on "amazoncloudintegrations"'):
        Tigera(Script([no(403, "Forbidden", words)]).api()).pending()
