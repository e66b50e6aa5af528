"""The cluster of the seeded VPC: a namespace with workloads, and the nodes that they would run on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from lightkube import Client

_NAMESPACE: Final = "shop"
_REPLICAS: Final[Mapping[str, int]] = {"orders-api": 2, "storefront": 1}
_PATIENCE: Final = 15.0  # seconds until the controllers have made the pods; usually half a second
_POLL: Final = 0.1
# What a Deployment's controller needs; without it there is nothing to wait for.
_NEEDED: Final = "deployment-controller and replicaset-controller"


def seed_cluster(kubeconfig: str, *, region: str, zone: str, nodes: Mapping[str, str]) -> None:
    """Make the namespace with its Deployments, wait for their pods, and make the nodes, with what Calico leaves in a cluster.

    There is no kubelet, so the pods stay Pending; and no Calico, only its objects. Doing it twice is fine: the nodes are then those of the second VPC.

    Args:
        kubeconfig: the path of the sandbox's kubeconfig.
        region: the region of the VPC.
        zone: the zone of the instances.
        nodes: the instance behind each node, by the node's name.

    Raises:
        SandboxError: no pods came.
    """
    from lightkube import Client, KubeConfig  # noqa: PLC0415  a heavy import, for this command alone
    from lightkube.models.meta_v1 import ObjectMeta  # noqa: PLC0415
    from lightkube.resources.core_v1 import Namespace  # noqa: PLC0415

    client = Client(config=KubeConfig.from_file(kubeconfig).get(), field_manager="seed")
    client.apply(Namespace(metadata=ObjectMeta(name=_NAMESPACE)))
    for app, replicas in _REPLICAS.items():
        client.apply(_deployment(app, replicas))
    for name, instance_id in nodes.items():
        _node(client, name, f"aws:///{zone}/{instance_id}", {**_LABELS, **_places(name, region, zone)})
    _calico(kubeconfig, nodes)
    _wait_for_pods(client)


def _calico(kubeconfig: str, nodes: Iterable[str]) -> None:
    """What an installation of Calico leaves: its kinds, its settings, and a pod on each node that says it is ready."""
    from sg_integration.sandbox.kubernetes.calico_pods import seed_calico_pod  # noqa: PLC0415
    from sg_integration.sandbox.kubernetes.definitions import install, seed_calico, seed_host_endpoints  # noqa: PLC0415
    from sg_integration.sandbox.plugins.kubernetes.api import Api  # noqa: PLC0415
    from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access  # noqa: PLC0415

    api = Api(access(kubeconfig, context=None, cluster=None, environ={}))
    install(api)
    seed_calico(api)
    for name in nodes:
        seed_calico_pod(api, name)
    seed_host_endpoints(api, {name: [] for name in nodes})


def _deployment(app: str, replicas: int) -> Any:
    from lightkube.models.apps_v1 import DeploymentSpec  # noqa: PLC0415
    from lightkube.models.core_v1 import Container, PodSpec, PodTemplateSpec  # noqa: PLC0415
    from lightkube.models.meta_v1 import LabelSelector, ObjectMeta  # noqa: PLC0415
    from lightkube.resources.apps_v1 import Deployment  # noqa: PLC0415

    labels = {"app": app}
    pod = PodSpec(containers=[Container(name=app, image="registry.k8s.io/pause:3.10")])
    template = PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod)
    spec = DeploymentSpec(selector=LabelSelector(matchLabels=labels), template=template, replicas=replicas)
    return Deployment(metadata=ObjectMeta(name=app, namespace=_NAMESPACE), spec=spec)


# Those that EKS and its kubelets put on every node of a managed node group.
_LABELS: Final[Mapping[str, str]] = {
    "eks.amazonaws.com/nodegroup": "shop",
    "eks.amazonaws.com/capacityType": "ON_DEMAND",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/os": "linux",
    "node.kubernetes.io/instance-type": "t3.micro",
}


def _places(name: str, region: str, zone: str) -> dict[str, str]:
    return {
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
    }


def _node(client: Client, name: str, provider_id: str, labels: Mapping[str, str]) -> None:
    """A node; one of that name is replaced, because nobody may change which instance is behind it."""
    from lightkube import ApiError  # noqa: PLC0415
    from lightkube.models.core_v1 import NodeSpec  # noqa: PLC0415
    from lightkube.models.meta_v1 import ObjectMeta  # noqa: PLC0415
    from lightkube.resources.core_v1 import Node  # noqa: PLC0415

    try:
        client.delete(Node, name)
    except ApiError as error:
        if error.status.reason != "NotFound":
            raise
    client.create(Node(metadata=ObjectMeta(name=name, labels=dict(labels)), spec=NodeSpec(providerID=provider_id)))


def _wait_for_pods(client: Client) -> None:
    from lightkube.resources.core_v1 import Pod  # noqa: PLC0415

    until = time.monotonic() + _PATIENCE
    for app, replicas in _REPLICAS.items():
        while len(list(client.list(Pod, namespace=_NAMESPACE, labels={"app": app}))) < replicas:
            if time.monotonic() > until:
                raise SandboxError(
                    f"seeding namespace {_NAMESPACE}: the pods of Deployment {app} did not come within "
                    f"{_PATIENCE:.0f} s. Run the sandbox with {_NEEDED} among its controllers."
                )
            time.sleep(_POLL)
