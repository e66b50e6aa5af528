"""The types that the stand-in has."""

from __future__ import annotations

from typing import Final

from sg_integration.sandbox.plugins.aws.cluster import CLUSTER, CLUSTER_INSTANCE
from sg_integration.sandbox.plugins.aws.database import DATABASE
from sg_integration.sandbox.plugins.aws.instance import INSTANCE
from sg_integration.sandbox.plugins.aws.interface import NETWORK_INTERFACE
from sg_integration.sandbox.plugins.aws.kind import Kind
from sg_integration.sandbox.plugins.aws.network import SUBNET, VPC
from sg_integration.sandbox.plugins.aws.rules import EGRESS_RULE, INGRESS_RULE
from sg_integration.sandbox.plugins.aws.security_group import SECURITY_GROUP
from sg_integration.sandbox.plugins.aws.settings import SDK
from sg_integration.sandbox.plugins.aws.subnet_group import SUBNET_GROUP
from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.names import resource_names

KINDS: Final = {
    kind.token: kind
    for kind in (
        VPC,
        SUBNET,
        SECURITY_GROUP,
        INGRESS_RULE,
        EGRESS_RULE,
        INSTANCE,
        NETWORK_INTERFACE,
        SUBNET_GROUP,
        DATABASE,
        CLUSTER,
        CLUSTER_INSTANCE,
    )
}


def kind_of(token: str) -> Kind:
    """What the stand-in knows about a type.

    Raises:
        PluginError: it does not have the type, or its entry names an input that the installed SDK does not have.
    """
    kind = KINDS.get(token)
    if kind is None:
        has = ", ".join(sorted(KINDS))
        raise PluginError(
            f"the stand-in for pulumi-resource-aws has no resource type {token}; it has {has}. "
            "Install the official plugin for the others."
        )
    missing = sorted(kind.applied - resource_names(SDK, token).inputs)
    if missing:
        raise PluginError(f"the stand-in applies {', '.join(missing)} of {token}, which the installed pulumi_aws lacks")
    return kind
