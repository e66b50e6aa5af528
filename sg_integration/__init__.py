"""AWS security groups that govern Kubernetes pods, declared in a Pulumi program.

Importing the package loads nothing but this file: each name loads its module when it is first used, so that
the process of a dynamic provider does not pay for components, and a component not for boto3.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from sg_integration._version import __version__

if TYPE_CHECKING:
    from sg_integration.aws.iam_policy import iam_policy
    from sg_integration.aws.pacing import Pace
    from sg_integration.components import peers
    from sg_integration.components.adoption import adopted
    from sg_integration.components.cluster import ClusterIntegration
    from sg_integration.components.cluster_access import ClusterAccess
    from sg_integration.components.enforcement import CalicoEnforcement
    from sg_integration.components.enrollment import Ec2Enrollment, RdsEnrollment
    from sg_integration.components.membership import Membership
    from sg_integration.components.peer import Peer
    from sg_integration.components.pod_binding import PodGroupBinding
    from sg_integration.components.pod_guard import PodGroupGuard
    from sg_integration.components.reserved import ReservedGroup
    from sg_integration.components.security_group import SecurityGroup
    from sg_integration.components.security_group_policy import SecurityGroupPolicyEnforcement
    from sg_integration.components.tigera import TigeraEnforcement
    from sg_integration.components.vpc import VpcIntegration
    from sg_integration.model import ports
    from sg_integration.model.errors import IntegrationError, InvalidAnnotation, InvalidInput, MissingPort, Unenforced
    from sg_integration.model.ports import Port
    from sg_integration.model.selectors import Databases, Instances, Nodes

__all__ = [
    "CalicoEnforcement",
    "ClusterAccess",
    "ClusterIntegration",
    "Databases",
    "Ec2Enrollment",
    "Instances",
    "IntegrationError",
    "InvalidAnnotation",
    "InvalidInput",
    "Membership",
    "MissingPort",
    "Nodes",
    "Pace",
    "Peer",
    "PodGroupBinding",
    "PodGroupGuard",
    "Port",
    "RdsEnrollment",
    "ReservedGroup",
    "SecurityGroup",
    "SecurityGroupPolicyEnforcement",
    "TigeraEnforcement",
    "Unenforced",
    "VpcIntegration",
    "__version__",
    "adopted",
    "iam_policy",
    "peers",
    "ports",
]

_MODULES: Final = {
    "CalicoEnforcement": "components.enforcement",
    "ClusterAccess": "components.cluster_access",
    "ClusterIntegration": "components.cluster",
    "Databases": "model.selectors",
    "Ec2Enrollment": "components.enrollment",
    "Instances": "model.selectors",
    "IntegrationError": "model.errors",
    "InvalidAnnotation": "model.errors",
    "InvalidInput": "model.errors",
    "Membership": "components.membership",
    "MissingPort": "model.errors",
    "Nodes": "model.selectors",
    "Pace": "aws.pacing",
    "Peer": "components.peer",
    "PodGroupBinding": "components.pod_binding",
    "PodGroupGuard": "components.pod_guard",
    "Port": "model.ports",
    "RdsEnrollment": "components.enrollment",
    "ReservedGroup": "components.reserved",
    "SecurityGroup": "components.security_group",
    "SecurityGroupPolicyEnforcement": "components.security_group_policy",
    "TigeraEnforcement": "components.tigera",
    "Unenforced": "model.errors",
    "VpcIntegration": "components.vpc",
    "adopted": "components.adoption",
    "iam_policy": "aws.iam_policy",
    "peers": "components.peers",
    "ports": "model.ports",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_MODULES[name]}")
    except ModuleNotFoundError:
        import_module(f"{__name__}.model.extras").require("kubernetes", name)
        raise
    value = getattr(module, name, module)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
