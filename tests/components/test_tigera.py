"""What Calico Enterprise's controller is given, and which arguments are refused before anything is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from sg_integration import ClusterIntegration, InvalidInput, VpcIntegration
from sg_integration.components.tigera import TigeraEnforcement

from .conftest import Declared, Program
from .test_integrations import NODES, VPC, Declare

QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/tigera"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI-never-shown"
GIVEN: dict[str, Any] = {"sqs_url": QUEUE, "aws_access_key_id": KEY, "aws_secret_access_key": SECRET}


def program(
    region: str | None = "eu-central-1", *, later: Mapping[str, Any] | None = None, **arguments: Any
) -> Program:
    """A program whose cluster enforces so; some arguments are known only later."""

    def declare() -> None:
        outputs = {name: pulumi.Output.from_input(value) for name, value in (later or {}).items()}
        ClusterIntegration(
            "eks",
            integration=VpcIntegration("prod", vpc_id=VPC, region=region),
            node_security_group_ids=[NODES],
            control_plane_security_group_id=None,
            guard=False,
            enforcement=TigeraEnforcement(**{**GIVEN, **arguments, **outputs}),
        )

    return declare


def credentials(declared: Declared) -> dict[str, Any]:
    """What is in the secret; all of it must be marked as one."""
    _, inputs = declared.resources["eks-enforcement-credentials"]
    marked = inputs["stringData"]
    assert marked[rpc._special_sig_key] == rpc._special_secret_sig
    return dict(marked["value"])


def integration(declared: Declared) -> dict[str, Any]:
    """The spec of the AmazonCloudIntegration."""
    kind, inputs = declared.resources["eks-enforcement-integration"]
    assert kind == "kubernetes:operator.tigera.io/v1:AmazonCloudIntegration"
    assert inputs["metadata"] == {"name": "tigera-secure"}
    return dict(inputs["spec"])


def test_the_controller_is_told_all_that_it_requires(declare: Declare) -> None:
    """Each field has its value, lists are lists, and every group is in its own place."""
    declared = declare(program())
    spec = integration(declared)
    groups = [spec.pop(f"{one}SecurityGroupID") for one in ("pod", "enforced", "trustEnforced")]
    assert spec == {
        "nodeSecurityGroupIDs": [NODES],
        "vpcs": [VPC],
        "sqsURL": QUEUE,
        "awsRegion": "eu-central-1",
        "defaultPodMetadataAccess": "Denied",
    }
    rules = declared.rules()
    names = ("eks-pod-default-from-itself-all", "prod-enforced-to-trust-all", "prod-trust-to-enforced-all")
    assert groups == [rules[name]["securityGroupId"] for name in names]


def test_the_credentials_are_under_the_names_that_the_controller_reads(declare: Declare) -> None:
    """The secret has its namespace, its name and its two keys."""
    declared = declare(program())
    kind, inputs = declared.resources["eks-enforcement-credentials"]
    assert kind == "kubernetes:core/v1:Secret"
    assert inputs["metadata"] == {"name": "amazon-cloud-integration-credentials", "namespace": "tigera-operator"}
    assert credentials(declared) == {"key-id": KEY, "key-secret": SECRET}


def test_what_waits_comes_last_and_knows_what_it_waits_for(declare: Declare) -> None:
    """The resource that waits is declared after both objects; other settings would be other inputs of it."""
    declared = declare(program())
    names = list(declared.resources)
    live = names.index("eks-enforcement")
    assert live > max(names.index(f"eks-enforcement-{one}") for one in ("credentials", "integration"))
    kind, inputs = declared.resources["eks-enforcement"]
    assert kind == "pulumi-python:dynamic/sg_integration:TigeraLive"
    assert inputs["integration"] == integration(declared)
    assert SECRET not in str(inputs)


def test_arguments_reach_the_controller(declare: Declare) -> None:
    """Another region than the integration's, pods that may reach the instance metadata, and values that come later."""
    declared = declare(program(aws_region="eu-west-1", default_pod_metadata_access="Allowed", later=GIVEN))
    spec = integration(declared)
    assert (spec["awsRegion"], spec["defaultPodMetadataAccess"]) == ("eu-west-1", "Allowed")
    assert spec["sqsURL"] == QUEUE
    assert credentials(declared) == {"key-id": KEY, "key-secret": SECRET}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sqs_url": ""}, "sqs_url: it is empty"),
        ({"sqs_url": "arn:aws:sqs:eu-central-1:1:q"}, "is no URL; write the queue's, not its name or ARN"),
        ({"aws_access_key_id": " "}, "aws_access_key_id: it is empty"),
        ({"aws_secret_access_key": None}, "aws_secret_access_key: it is empty, or no text"),
        ({"aws_secret_access_key": f"{SECRET}\n"}, "aws_secret_access_key: it begins or ends with a space or a line"),
        ({"default_pod_metadata_access": "denied"}, "default_pod_metadata_access: 'denied' is none of Denied, Allowed"),
        ({"aws_region": "Frankfurt"}, "aws_region: 'Frankfurt' is not a region"),
        ({"aws_region": ""}, "aws_region: '' is not a region"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], words: str) -> None:
    """Each is refused by name, at once; what may be a secret is in no message."""
    with pytest.raises(InvalidInput, match=f"TigeraEnforcement: .*{words}") as refusal:
        TigeraEnforcement(**{**GIVEN, **arguments})
    assert SECRET not in str(refusal.value)


def test_wrong_values_that_come_later_are_refused_then(declare: Declare) -> None:
    """A secret that is known later is checked later, and is in no message either."""
    with pytest.raises(ValueError, match="aws_secret_access_key: it begins or ends") as refusal:
        declare(program(later={"aws_secret_access_key": f" {SECRET}"}))
    assert SECRET not in str(refusal.value)


def test_without_a_region_anywhere_it_says_where_to_write_one(
    declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller needs one, and nothing guesses it."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(InvalidInput, match='aws_region: nobody says the region; write aws_region="eu-cent'):
        declare(program(region=None))


def test_the_region_of_the_environment_counts(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has set AWS_REGION for Pulumi means the controller, too; one that is written wins, and an empty one is refused."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert integration(declare(program(region=None)))["awsRegion"] == "eu-west-1"
    assert integration(declare(program()))["awsRegion"] != "eu-west-1"
    with pytest.raises(InvalidInput, match="aws_region: '' is not a region"):
        declare(program(aws_region=""))


def test_its_repr_shows_no_credentials() -> None:
    """Whoever prints it, or sees it in a traceback, sees neither half of the key."""
    shown = repr(TigeraEnforcement(**GIVEN))
    assert QUEUE in shown
    assert KEY not in shown
    assert SECRET not in shown
