"""Definitions of the kinds by which AWS and Calico Enterprise tie pods to security groups."""

from __future__ import annotations

from collections.abc import Iterator

from sg_integration.sandbox.kubernetes.schemas import (
    Definition,
    Schema,
    choice,
    definition,
    fields,
    items,
    text,
    texts,
)

SECURITY_GROUP_POLICY = "vpcresources.k8s.aws/v1beta1"
AMAZON_CLOUD_INTEGRATION = TIGERA_STATUS = "operator.tigera.io/v1"


def aws() -> Iterator[Definition]:
    """SecurityGroupPolicy of the VPC resource controller (EKS), and what Calico Enterprise to 3.18 has for AWS.

    That is AmazonCloudIntegration, by which its controller is set up, and TigeraStatus, in which its operator says how it is.
    """
    yield definition(
        SECURITY_GROUP_POLICY, "SecurityGroupPolicy", "securitygrouppolicies", _group_policy(), namespaced=True
    )
    yield definition(
        AMAZON_CLOUD_INTEGRATION, "AmazonCloudIntegration", "amazoncloudintegrations", _integration(), status=True
    )
    yield definition(TIGERA_STATUS, "TigeraStatus", "tigerastatuses", fields({}), status=True)


def _group_policy() -> Schema:
    """How many groups it names is not limited since 2025; before it was 5. What a network interface takes is AWS's affair."""
    return fields(
        {
            "podSelector": _label_selector(),
            "serviceAccountSelector": _label_selector(),
            "securityGroups": fields({"groupIds": items(text(), minItems=1)}),
        }
    )


def _label_selector() -> Schema:
    values = items(text())
    requirement = fields({"key": text(), "operator": text(), "values": values}, "key", "operator")
    whole: Schema = {"x-kubernetes-map-type": "atomic"}
    return fields({"matchLabels": texts(), "matchExpressions": items(requirement)}, **whole)


def _integration() -> Schema:
    """All but the last are required and not empty; Calico's operator checks that, here the API server does."""
    some = items(text(minLength=1), minItems=1)
    one = text(minLength=1)
    required = {
        "nodeSecurityGroupIDs": some,
        "podSecurityGroupID": one,
        "vpcs": items(text(minLength=1), 1, minItems=1),
        "sqsURL": one,
        "awsRegion": one,
        "enforcedSecurityGroupID": one,
        "trustEnforcedSecurityGroupID": one,
    }
    access = {"defaultPodMetadataAccess": choice("Allowed", "Denied", default="Denied")}
    return fields({**required, **access}, *required)
