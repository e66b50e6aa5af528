"""Enrollments: who in a VPC joins the integration, one resource for a whole fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypedDict, TypeVar, overload

import pulumi
from pulumi import dynamic

from sg_integration.aws.pacing import Pace
from sg_integration.components import inputs, program
from sg_integration.components.enforced_by import require_enforcement
from sg_integration.components.reach import Reach
from sg_integration.components.security_group import SecurityGroup, listed
from sg_integration.components.vpc import VpcIntegration
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput
from sg_integration.model.selectors import Databases, Instances, Nodes, as_document
from sg_integration.providers.enrollment import Ec2EnrollmentProvider, EnrollmentProvider, RdsEnrollmentProvider

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from sg_integration.components.cluster import ClusterIntegration
    from sg_integration.components.cluster_access import ClusterAccess

Select = TypeVar("Select", Instances, Databases)


class Enrollment(dynamic.Resource, module="sg_integration", name="Enrollment"):
    """What enrollments have in common."""

    members: pulumi.Output[dict[str, str]]
    """Who is in: id to name."""
    skipped: pulumi.Output[dict[str, str]]
    """Who was selected but is passed over: id to name and reason."""
    deferred: pulumi.Output[dict[str, str]]
    """Who joins later: id to name and what it waits for."""
    attached: pulumi.Output[dict[str, list[str]]]
    """What of ours is on each member: id to groups."""
    failed: pulumi.Output[dict[str, str]]
    """Who is not as it should be: id to reason. Not empty only in a failed update."""

    def __init__(
        self, provider: EnrollmentProvider, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        found = {"members": None, "skipped": None, "deferred": None, "repair": None}
        done = {"attached": None, "originals": None, "failed": None}
        # A forced replacement would attach first (nothing to do) and then take away what is still wanted.
        ours = pulumi.ResourceOptions(delete_before_replace=True)
        super().__init__(provider, name, {**props, **found, **done}, pulumi.ResourceOptions.merge(ours, opts))


class _Options(TypedDict, total=False):
    """What every enrollment may be given; see `_MemberEnrollment`."""

    security_groups: Sequence[SecurityGroup]
    fallback_security_group_id: pulumi.Input[str] | None
    pace: Pace | None
    region: pulumi.Input[str] | None
    profile: pulumi.Input[str] | None
    role_arn: pulumi.Input[str] | None
    endpoint_url: pulumi.Input[str] | None
    opts: pulumi.ResourceOptions | None


# Generic comes first: a dynamic resource of older SDKs does not pass on that it has a subclass.
class _MemberEnrollment(Generic[Select], Enrollment, module="sg_integration", name="MemberEnrollment"):  # noqa: PYI059
    """Members of the VPC that join `trust`; subclasses say of which kind."""

    _selected_by: ClassVar[type]
    _provided_by: ClassVar[type[EnrollmentProvider]]
    _usual_pace: ClassVar[Pace]

    @overload
    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        select: Select,
        enforced_by: Sequence[ClusterIntegration],
        unenforced_ok: bool = False,
        **options: Unpack[_Options],
    ) -> None: ...

    @overload
    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        select: Select,
        unenforced_ok: Literal[True],
        **options: Unpack[_Options],
    ) -> None: ...

    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        select: Select,
        enforced_by: Sequence[ClusterIntegration] = (),
        unenforced_ok: bool = False,
        security_groups: Sequence[SecurityGroup] = (),
        fallback_security_group_id: pulumi.Input[str] | None = None,
        pace: Pace | None = None,
        region: pulumi.Input[str] | None = None,
        profile: pulumi.Input[str] | None = None,
        role_arn: pulumi.Input[str] | None = None,
        endpoint_url: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare who joins.

        Args:
            name: the enrollment's name in the program.
            integration: the VPC's integration.
            select: who.
            enforced_by: the clusters whose nodes enforce the rules; they come first and go last.
            unenforced_ok: join although nothing enforces, so that members are open to every node in `enforced`.
            security_groups: groups that members get besides `trust`.
            fallback_security_group_id: the group for a member that leaves when ours is the only one left on it.
            pace: how fast to write; by default half of what AWS allows for interfaces, and one a second for databases.
            region: by default the integration's; so are `profile`, `role_arn` and `endpoint_url`.
            profile: a profile of the AWS configuration.
            role_arn: a role to assume.
            endpoint_url: another endpoint for AWS.
            opts: options of the resource.

        Raises:
            Unenforced: nothing enforces, or one of the clusters does not, and `unenforced_ok` was not said.
            InvalidInput: an argument is wrong; nothing was called.
        """
        where = f'{type(self).__name__} "{name}"'
        identifiers.name(name, f"{where}: name")
        _check(where, integration, select, self._selected_by, security_groups)
        require_enforcement(where, integration, enforced_by, unenforced_ok=unenforced_ok)
        at = f"{where}: fallback_security_group_id"
        fallback = fallback_security_group_id
        props = {
            "vpc_id": integration.vpc_id,
            "security_group_ids": [integration.trust.id, *(group.id for group in security_groups)],
            "reserved_group_ids": [integration.trust.id],
            "enforced_security_group_id": integration.enforced.id,
            "select": as_document(select),
            "beside": integration.selections.add(select, security_groups),
            "pace": _as_data(pace or self._usual_pace),
            "fallback_security_group_id": fallback and inputs.checked(fallback, identifiers.security_group_id, at),
            **Reach(region, profile, role_arn, endpoint_url).over(integration.reach).props(),
            # A member of this very program may not have existed when enforcement was written.
            "holding": program.at_its_end(lambda: pulumi.Output.from_input(integration.holding)),
            **program.previewing(),
        }
        super().__init__(self._provided_by(), name, props, _after(integration, type(select), enforced_by, opts))
        integration.selections.declared(type(select), self, self.failed)


class Ec2Enrollment(_MemberEnrollment[Instances], module="sg_integration", name="Ec2Enrollment"):
    """Instances of the VPC, whose network interfaces join `trust`.

    The preview lists who joins (`+ members.eni-…`), who leaves (`- members.eni-…`), who lost our group and gets it again
    (`repair`), and who is passed over and why (`skipped`). A member keeps all groups of others; when it leaves, it is as it
    was found. Members that fail hold up nobody: the update records the rest, fails with a list, and the next one retries.
    """

    _selected_by = Instances
    _provided_by = Ec2EnrollmentProvider
    _usual_pace = Pace()


class RdsEnrollment(_MemberEnrollment[Databases], module="sg_integration", name="RdsEnrollment"):
    """Databases of the VPC that join `trust`: clusters, and instances that are in no cluster.

    As `Ec2Enrollment`; a database that is stopped is `deferred`, and joins with the next update after it was started.
    """

    _selected_by = Databases
    _provided_by = RdsEnrollmentProvider
    # RDS publishes no limits; people meet "Rate exceeded" after a handful of calls.
    _usual_pace = Pace(capacity=10, refill=1.0)


class NodeEnrollment(Enrollment, module="sg_integration", name="NodeEnrollment"):
    """The nodes of a cluster, whose interfaces join `enforced`; made by `ClusterIntegration`."""

    node_instance_ids: pulumi.Output[list[str]]
    """The instances behind the cluster's nodes that are not left alone, when the selection asks the cluster."""

    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        select: Nodes,
        pace: Pace | None,
        access: ClusterAccess,
        sources: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        # Where Calico enforces, only nodes join on which it is ready, by whatever they are selected.
        enforcement = access.enforcement
        calico = {}
        if enforcement is not None and enforcement.needs_trust:
            calico = {"calico": "nodes" if enforcement.holds_hosts else "pods"}
        asked = {**access.props(), **calico, "node_instance_ids": None} if calico or select.cluster else {}
        props = {
            **asked,
            "vpc_id": integration.vpc_id,
            "security_group_ids": [integration.enforced.id],
            "reserved_group_ids": [integration.enforced.id],
            "nodes": True,
            "source_security_group_ids": list(sources),
            "select": as_document(select),
            "beside": integration.selections.add(select),
            "pace": _as_data(pace or Pace()),
            **integration.reach.props(),
            **program.previewing(),
        }
        super().__init__(Ec2EnrollmentProvider(), name, props, _after(integration, Nodes, (), opts))
        integration.selections.declared(Nodes, self, self.failed)
        if asked:
            integration.selections.ask(self.node_instance_ids)


def _check(where: str, integration: object, select: object, kind: type, security_groups: Sequence[object]) -> None:
    if not isinstance(integration, VpcIntegration):
        raise InvalidInput(f"{where}: integration", f"{integration!r} is no VpcIntegration.")
    if not isinstance(select, kind):
        raise InvalidInput(f"{where}: select", f"{select!r} is no selection; write {kind.__name__}(…).")
    _check_groups(where, integration, security_groups)


def _check_groups(where: str, integration: object, security_groups: Sequence[object]) -> None:
    if not isinstance(integration, VpcIntegration):
        raise InvalidInput(f"{where}: integration", f"{integration!r} is no VpcIntegration.")
    listed(security_groups, f"{where}: security_groups", "orders_db")


def _as_data(pace: Pace) -> dict[str, float]:
    data: dict[str, float] = {"capacity": pace.capacity}
    return data if pace.refill is None else {**data, "refill": pace.refill}


def _after(
    integration: VpcIntegration,
    kind: type,
    clusters: Sequence[ClusterIntegration],
    opts: pulumi.ResourceOptions | None,
) -> pulumi.ResourceOptions:
    """After enforcement and enrollments of the kind that were declared before, and before the drain goes."""
    order = pulumi.ResourceOptions(depends_on=[*integration.drains, *clusters, *integration.selections.earlier(kind)])
    return pulumi.ResourceOptions.merge(order, opts or pulumi.ResourceOptions())
