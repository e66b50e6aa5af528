"""Who may join `trust`: those alone behind whom a cluster enforces, unless the program says that none needs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sg_integration.components.enforcement import unenforced
from sg_integration.components.vpc import VpcIntegration
from sg_integration.model.errors import InvalidInput, Unenforced

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration


def require_enforcement(
    where: str, integration: VpcIntegration, enforced_by: Sequence[ClusterIntegration], *, unenforced_ok: bool
) -> None:
    """Refuse members that nothing would hold.

    Args:
        where: who joins, as in `Ec2Enrollment "members"`.
        integration: the VPC's integration.
        enforced_by: the clusters whose nodes enforce.
        unenforced_ok: let them join all the same.

    Raises:
        Unenforced: nothing enforces, or one of the clusters does not.
        InvalidInput: what is said to enforce is no cluster of this integration.
    """
    open_ = "every member that joins would be open to every node in enforced, on every port"
    if not enforced_by:
        if unenforced_ok:
            return
        raise Unenforced(
            f"{where}: enforced_by",
            f"nothing enforces the rules, so {open_}. Pass enforced_by=[cluster], or unenforced_ok=True if that is what "
            "you want.",
        )
    from sg_integration.components.cluster import ClusterIntegration  # noqa: PLC0415  it imports those who join

    if isinstance(enforced_by, ClusterIntegration):
        raise InvalidInput(f"{where}: enforced_by", "it is one cluster and no list; write enforced_by=[cluster].")
    for index, cluster in enumerate(enforced_by):
        if not isinstance(cluster, ClusterIntegration) or cluster.integration is not integration:
            raise InvalidInput(
                f"{where}: enforced_by[{index}]", f"{cluster!r} is no ClusterIntegration of this integration."
            )
    if unenforced_ok:
        return
    for index, cluster in enumerate(enforced_by):
        if why := unenforced(cluster.enforcement):
            raise Unenforced(
                f"{where}: enforced_by[{index}]",
                f'ClusterIntegration "{cluster.pulumi_resource_name}": {why}, so {open_}. {_instead(cluster)}',
            )


def _instead(cluster: ClusterIntegration) -> str:
    if cluster.enforcement is not None and not cluster.enforcement.needs_trust:
        return "No member needs trust there: admit the pods' groups in the members' own groups, and leave this cluster out."
    if cluster.enforcement is not None:
        return "Leave staged=True out, or pass unenforced_ok=True if that is what you want."
    return "Give the cluster an enforcement=CalicoEnforcement(), or pass unenforced_ok=True if that is what you want."
