"""Calico Enterprise's own controller as what enforces, for stacks that still run it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import dynamic

from sg_integration.components import inputs
from sg_integration.components.enforcement import Enforcement
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration

_ACCESS: Final = ("Denied", "Allowed")


@dataclass(frozen=True, kw_only=True, eq=False)  # outputs cannot be compared
class TigeraEnforcement(Enforcement):
    """Calico Enterprise, up to 3.18, enforces by its own controller: this declares what that controller reads, and waits for it.

    **The vendor deprecated it in Calico Enterprise 3.18 and removed it in 3.19 and in Calico Cloud 19.0.0, both in 2024, and names
    no successor.** It is here for stacks that still run it; new ones take `CalicoEnforcement` or
    `SecurityGroupPolicyEnforcement`. Bindings write the annotation that the controller reads, as for any other enforcement.

    * The controller adds every instance and database of the VPC to `trust` and every node to `enforced` by itself, whatever is
      enrolled here, and knows no exception. It reads events from a queue, which a second cluster must not share.
    * A pod cannot reach the instance metadata, and so its node's credentials, unless it is labelled
      `aws.tigera.io/allow-metadata-access: "true"`, or `default_pod_metadata_access="Allowed"`.
    * Nobody joins before the controller is available, Calico has restarted with its settings, and its tiers are there. Members
      and nodes leave before it is taken away; those that it had added itself are drained from the groups after that.
    * **It leaves its policies behind**, which go on denying, and neither we nor the vendor's operator delete them: afterwards
      delete GlobalNetworkPolicies by `projectcalico.org/tier in (sg-local, sg-remote, metadata)`, HostEndpoints by
      `tigera.io/managed-hep`, and then the three tiers.

    Args:
        sqs_url: the URL of the queue with the account's EC2 and RDS events.
        aws_access_key_id: of the controller's IAM user; kept as a secret, and never shown.
        aws_secret_access_key: likewise.
        default_pod_metadata_access: `Denied` or `Allowed`.
        aws_region: where queue and VPC are; by default the integration's region, else `AWS_REGION`.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
    """

    needs_trust: ClassVar[bool] = True

    sqs_url: pulumi.Input[str]
    aws_access_key_id: pulumi.Input[str] = field(repr=False)
    aws_secret_access_key: pulumi.Input[str] = field(repr=False)
    default_pod_metadata_access: str = "Denied"
    aws_region: pulumi.Input[str] | None = None

    def __post_init__(self) -> None:
        if self.default_pod_metadata_access not in _ACCESS:
            raise InvalidInput(
                "TigeraEnforcement: default_pod_metadata_access",
                f"{self.default_pod_metadata_access!r} is none of {', '.join(_ACCESS)}.",
            )
        self._checked("sqs_url", self.sqs_url, _url)
        self._checked("aws_access_key_id", self.aws_access_key_id)
        self._checked("aws_secret_access_key", self.aws_secret_access_key)
        if self.aws_region is not None:
            self._checked("aws_region", self.aws_region, _region)

    def declare(
        self, cluster: ClusterIntegration, node_security_group_ids: Sequence[pulumi.Input[str]]
    ) -> Sequence[pulumi.Resource]:
        """Declare the controller's credentials and its settings, and what waits until it is live."""
        from sg_integration.kubernetes.tigera import API_VERSION, INTEGRATION, KIND  # noqa: PLC0415  loaded by those only who declare one

        name, spec = f"{cluster.pulumi_resource_name}-enforcement", self._spec(cluster, node_security_group_ids)
        credentials = self._credentials(name, cluster)
        integration = kubernetes.apiextensions.CustomResource(
            f"{name}-integration",
            api_version=API_VERSION,
            kind=KIND,
            metadata={"name": INTEGRATION},
            spec=spec,
            # The groups are drained when it is gone: as long as it is there, the controller adds members again.
            opts=cluster.access.opts(cluster, [credentials, *cluster.integration.drains]),
        )
        # Other credentials are another object, of the same name.
        uid = credentials.metadata.apply(lambda known: known.get("uid"))
        props = {**cluster.access.props(), "integration": spec, "credentials_uid": uid}
        after = pulumi.ResourceOptions(parent=cluster, depends_on=[credentials, integration])
        live = TigeraLive(name, props, after)
        cluster.access.guards.append(live)
        return [live]

    def _spec(self, cluster: ClusterIntegration, nodes: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
        vpc = cluster.integration
        region = self.aws_region if self.aws_region is not None else vpc.reach.region
        return {
            "nodeSecurityGroupIDs": list(nodes),
            "podSecurityGroupID": cluster.pod_default.id,
            "vpcs": [vpc.vpc_id],
            "sqsURL": self._checked("sqs_url", self.sqs_url, _url),
            "awsRegion": self._checked("aws_region", region, _region),
            "enforcedSecurityGroupID": vpc.enforced.id,
            "trustEnforcedSecurityGroupID": vpc.trust.id,
            "defaultPodMetadataAccess": self.default_pod_metadata_access,
        }

    def _credentials(self, name: str, cluster: ClusterIntegration) -> kubernetes.core.v1.Secret:
        from sg_integration.kubernetes.tigera import CREDENTIALS  # noqa: PLC0415

        namespace, secret_name = CREDENTIALS
        # The SDK marks all of it as a secret.
        keys = {
            "key-id": self._checked("aws_access_key_id", self.aws_access_key_id),
            "key-secret": self._checked("aws_secret_access_key", self.aws_secret_access_key),
        }
        return kubernetes.core.v1.Secret(
            f"{name}-credentials",
            metadata={"name": secret_name, "namespace": namespace},
            string_data=keys,
            opts=cluster.access.opts(cluster),
        )

    def _checked(self, argument: str, value: Any, check: Any = None) -> pulumi.Input[str]:
        return inputs.checked(value, check or _text, f"TigeraEnforcement: {argument}")


class TigeraLive(dynamic.Resource, module="sg_integration", name="TigeraLive"):
    """That the controller is live; made by `ClusterIntegration`."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        from sg_integration.providers.tigera import TigeraLiveProvider  # noqa: PLC0415  loaded by those only who declare one

        super().__init__(TigeraLiveProvider(), name, {**props, "repair": None}, opts)


def _text(value: object, where: str) -> str:
    """Any text, which may be a secret, so that no message has it."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(where, "it is empty, or no text; the controller needs one.")
    if value != value.strip():
        raise InvalidInput(
            where, "it begins or ends with a space or a line break, which AWS would take for a part of it."
        )
    return value


def _url(value: object, where: str) -> str:
    known = _text(value, where)
    if not known.startswith(("https://", "http://")):
        raise InvalidInput(where, f"{known!r} is no URL; write the queue's, not its name or ARN.")
    return known


def _region(value: object, where: str) -> str:
    known = os.environ.get("AWS_REGION") if value is None else value  # as Pulumi's aws provider reads it
    if known is None:
        raise InvalidInput(
            where, 'nobody says the region; write aws_region="eu-central-1", or set aws:region or AWS_REGION.'
        )
    return identifiers.region(known, where)
