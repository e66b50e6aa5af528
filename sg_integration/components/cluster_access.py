"""How a program reaches a Kubernetes cluster: one way for its own resources and for those of the kubernetes provider."""

from __future__ import annotations

import json

import pulumi
import pulumi_kubernetes as kubernetes

from sg_integration.components.enforcement import Enforcement
from sg_integration.components.failures import Failures
from sg_integration.components.reach import Reach
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput

_UNREACHABLE = ("fail", "warn")


class ClusterAccess(pulumi.ComponentResource):
    """Access to one Kubernetes cluster, for stacks that add bindings to a cluster which another stack integrates.

    A kubeconfig cannot be read back from a `kubernetes.Provider`, so it is given here; the kubernetes provider that the
    policies are declared with is made from the same one, unless `opts` brings a provider. With no argument at all both use
    what the environment says ($KUBECONFIG, ~/.kube/config), and so does the stack's configuration
    `kubernetes:kubeconfig` and `kubernetes:context`.

    Args:
        name: the cluster's name in the program.
        kubeconfig: the text of a kubeconfig, or its path; kept as a secret.
        context: the context in it; by default its current one.
        eks_cluster_name: an EKS cluster, reached by AWS credentials alone: its address from DescribeCluster, and a token
            that is renewed before it expires. No kubeconfig then.
        cluster_unreachable: what a preview does when the cluster cannot be reached: `fail`, or `warn` and show what was
            known at the last update.
        enforcement: what the stack that integrates the cluster declares there, where bindings must know it:
            `SecurityGroupPolicyEnforcement()`. It is only looked at; nothing of it is declared here.
        region: for `eks_cluster_name`, as are `profile`, `role_arn` and `endpoint_url`; by default the aws provider's.
        reach: how else AWS is reached, where this says nothing; an integration passes its own.
        opts: options of the component; an explicit kubernetes provider is used for the policies.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
    """

    def __init__(
        self,
        name: str,
        *,
        kubeconfig: pulumi.Input[str] | None = None,
        context: pulumi.Input[str] | None = None,
        eks_cluster_name: pulumi.Input[str] | None = None,
        cluster_unreachable: str = "fail",
        enforcement: Enforcement | None = None,
        region: pulumi.Input[str] | None = None,
        profile: pulumi.Input[str] | None = None,
        role_arn: pulumi.Input[str] | None = None,
        endpoint_url: pulumi.Input[str] | None = None,
        reach: Reach | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'ClusterAccess "{name}"'
        identifiers.name(name, f"{where}: name")
        if cluster_unreachable not in _UNREACHABLE:
            raise InvalidInput(
                f"{where}: cluster_unreachable", f'{cluster_unreachable!r} is neither "fail" nor "warn".'
            )
        if eks_cluster_name is not None and (kubeconfig is not None or context is not None):
            raise InvalidInput(
                f"{where}: eks_cluster_name", "it needs no kubeconfig and no context; give one or the other."
            )
        if isinstance(kubeconfig, str) and not kubeconfig.strip():
            raise InvalidInput(f"{where}: kubeconfig", "it is empty; give its text or its path, or leave it out.")
        if enforcement is not None and not isinstance(enforcement, Enforcement):
            raise InvalidInput(f"{where}: enforcement", f"{enforcement!r} is no enforcement.")
        super().__init__("sg-integration:index:ClusterAccess", name, {}, opts)
        config = pulumi.Config("kubernetes")
        if eks_cluster_name is None and kubeconfig is None and context is None:
            kubeconfig, context = config.get_secret("kubeconfig"), config.get("context")
        self.failures = Failures("bound")
        self.bindings: list[pulumi.Resource] = []
        """The bindings that are declared with it."""
        self.bound: list[pulumi.Output[str]] = []
        """The groups that they give."""
        self.guards: list[pulumi.Resource] = []
        """The guard, once it is declared: bindings come after it and go before it."""
        self.cluster_unreachable = cluster_unreachable
        self.enforcement = enforcement
        self._reach = Reach(region, profile, role_arn, endpoint_url).over(reach or Reach()).completed(self)
        self._kubeconfig = None if kubeconfig is None else pulumi.Output.secret(kubeconfig)
        self._context, self._eks = context, eks_cluster_name
        self._provider = self._own_provider(name)
        self.register_outputs({})

    def props(self) -> dict[str, object]:
        """As inputs of a dynamic resource."""
        return {
            "kubeconfig": self._kubeconfig,
            "context": self._context,
            "eks_cluster_name": self._eks,
            "cluster_unreachable": self.cluster_unreachable,
            **(self._reach.props() if self._eks is not None else {}),
        }

    def opts(self, parent: pulumi.Resource, depends_on: list[pulumi.Resource] | None = None) -> pulumi.ResourceOptions:
        """Options of a resource of the kubernetes provider that goes to this cluster."""
        return pulumi.ResourceOptions(parent=parent, provider=self._provider, depends_on=depends_on)

    def _own_provider(self, name: str) -> pulumi.ProviderResource | None:
        """The provider that the program gave, or one made from the same access; None: the default one reaches the same."""
        given = self.get_provider("kubernetes:core/v1:ConfigMap")
        if given is not None or (self._kubeconfig is None and self._context is None and self._eks is None):
            return given
        kubeconfig = self._kubeconfig if self._eks is None else _eks_kubeconfig(self._eks, self._reach, self)
        return kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=kubeconfig,
            context=self._context,
            skip_update_unreachable=True if self.cluster_unreachable == "warn" else None,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _eks_kubeconfig(name: pulumi.Input[str], reach: Reach, parent: pulumi.Resource) -> pulumi.Output[str]:
    """A kubeconfig for the kubernetes provider, whose tokens come from our own command instead of the aws CLI."""
    from pulumi_aws import eks  # noqa: PLC0415  half a second, for those only who need it

    arguments = {flag: value for flag, value in (
        ("--region", reach.region), ("--profile", reach.profile), ("--role-arn", reach.role_arn),
    ) if value is not None}  # fmt: skip
    cluster = eks.get_cluster_output(name=name, opts=pulumi.InvokeOutputOptions(parent=parent))
    known = pulumi.Output.all(
        name=name, endpoint=cluster.endpoint, authority=cluster.certificate_authorities[0].data, arguments=arguments
    )
    return known.apply(lambda found: _exec_kubeconfig(**found))


def _exec_kubeconfig(name: str, endpoint: str, authority: str, arguments: dict[str, str]) -> str:
    flags = [part for flag, value in sorted(arguments.items()) if value for part in (flag, value)]
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sg-integration",
            "args": ["eks-token", "--cluster-name", name, *flags],
            "interactiveMode": "Never",
        }
    }
    cluster = {"server": endpoint, "certificate-authority-data": authority}
    return json.dumps({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    })  # fmt: skip
