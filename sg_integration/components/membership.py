"""Membership declared where a member's list of groups is owned: it joins by its own inputs, and nobody overwrites anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, overload

import pulumi
from pulumi.runtime import rpc

from sg_integration.components import inputs, program
from sg_integration.components.enforced_by import require_enforcement
from sg_integration.components.enforcement_now import EnforcementNow
from sg_integration.components.enrollment import _check_groups
from sg_integration.components.reserved import refuse_reserved
from sg_integration.components.security_group import SecurityGroup
from sg_integration.components.vpc import VpcIntegration
from sg_integration.model import declared, identifiers
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration

Where: TypeAlias = "Callable[[pulumi.ResourceTransformArgs], bool]"

LISTS: Final[Mapping[str, str]] = {
    "aws:ec2/instance:Instance": "vpcSecurityGroupIds",
    "aws:ec2/networkInterface:NetworkInterface": "securityGroups",
    "aws:rds/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:rds/instance:Instance": "vpcSecurityGroupIds",
}
"""The types that a transform knows, and the input of each that has its groups."""
_SNAKE: Final[Mapping[str, str]] = {
    "vpcSecurityGroupIds": "vpc_security_group_ids",
    "securityGroups": "security_groups",
}
"""The names of those inputs in Python."""
_CLUSTER: Final = "clusterIdentifier"
_BORN_WITH_THEM: Final = "aws:rds/clusterInstance:ClusterInstance"
"""An instance of a cluster has its cluster's groups from the beginning, and no list of its own."""


class Membership:
    """Resources of this very program that join `trust` by their own list of groups.

    Where an enrollment attaches a group behind the back of the program that owns the list, this writes it into the list: no
    refresh sees drift, and no update of the owner takes it away.

    ```python
    members = Membership("databases", integration=vpc, enforced_by=[cluster], security_groups=[orders_db])
    aws.rds.Instance("orders", …, vpc_security_group_ids=[own.id], opts=pulumi.ResourceOptions(transforms=[members.transform()]))
    ```

    A member is created and changed only when enforcement is live, and is out of `trust`, or gone, before enforcement goes. One
    that is created has no address before, so the nodes cannot hold it before: they are told as soon as it is there, and until
    then it is open to them. An enrollment has no such moment.

    Args:
        name: what messages call it; one name, one membership.
        integration: the VPC's integration.
        enforced_by: the clusters whose nodes enforce the rules.
        unenforced_ok: join although nothing enforces, so that members are open to every node in `enforced`.
        security_groups: groups that members get besides `trust`.

    Raises:
        Unenforced: nothing enforces, or one of the clusters does not, and `unenforced_ok` was not said.
        InvalidInput: an argument is wrong, or another membership of the program has the name; nothing was called.
    """

    @overload
    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        enforced_by: Sequence[ClusterIntegration],
        unenforced_ok: bool = False,
        security_groups: Sequence[SecurityGroup] = (),
    ) -> None: ...

    @overload
    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        unenforced_ok: Literal[True],
        security_groups: Sequence[SecurityGroup] = (),
    ) -> None: ...

    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        enforced_by: Sequence[ClusterIntegration] = (),
        unenforced_ok: bool = False,
        security_groups: Sequence[SecurityGroup] = (),
    ) -> None:
        self._where = f'Membership "{identifiers.name(name, "Membership: name")}"'
        _check_groups(self._where, integration, security_groups)
        require_enforcement(self._where, integration, enforced_by, unenforced_ok=unenforced_ok)
        self._take_name(name)
        self._before: list[pulumi.Resource] = [*integration.drains, *enforced_by]
        ids = pulumi.Output.all(integration.trust.id, *(group.id for group in security_groups))
        # Nobody is told the group before enforcement is live: whoever has it in his list comes after, and goes first.
        live = pulumi.Output.all(*(each.urn for each in integration.drains))
        self._ids: pulumi.Output[list[str]] = pulumi.Output.all(ids, live).apply(lambda known: list(known[0]))
        self._now = EnforcementNow(name, integration, self._ids) if enforced_by else None

    def _take_name(self, name: str) -> None:
        taken = program.declared().memberships
        if name in taken:
            raise InvalidInput(
                self._where,
                "another Membership of the program has this name; one name, one membership. Give one of them another name, or "
                "take the transform of the one for all members.",
            )
        taken.append(name)

    def security_group_ids(self, own: Sequence[pulumi.Input[str] | SecurityGroup]) -> pulumi.Output[Sequence[str]]:
        """A list of groups with ours in it, for a type that the transform does not know.

        Enforcement is live when it is known, but nobody tells the nodes of a member that is created with it: its address is
        unknown to them until the next update, and it is open to them till then. Where there is a transform, take that.

        Args:
            own: the member's own groups: ids or groups.

        Raises:
            InvalidInput: it is no list, or there is nothing in it.
            TypeError: a group in it is one that the integration keeps for itself.
        """
        at = f"{self._where}: security_group_ids"
        if isinstance(own, str) or not isinstance(own, Sequence) or not own:
            raise InvalidInput(at, f"{own!r} is no list with groups; a member keeps those that it has of its own.")
        ids = []
        for index, each in enumerate(own):
            refuse_reserved(each, f"{at}[{index}]")
            value = each.id if isinstance(each, SecurityGroup) else each
            ids.append(inputs.checked(value, identifiers.security_group_id, f"{at}[{index}]"))
        return pulumi.Output.all(pulumi.Output.all(*ids), self._ids).apply(lambda known: _together(*known))

    def transform(
        self, *, tags: Mapping[str, str] | None = None, where: Where | None = None
    ) -> pulumi.ResourceTransform:
        """A transform that puts our groups into the lists of instances, network interfaces and databases.

        Give it to one resource, or to a component for those in it: `opts=pulumi.ResourceOptions(transforms=[…])`. Others than
        `aws.ec2.Instance`, `aws.ec2.NetworkInterface`, `aws.rds.Instance` and `aws.rds.Cluster` are left as they are; of an
        `aws.rds.ClusterInstance`, which is born with its cluster's groups, the nodes are told as soon as it is there.
        A member also gets the tag `sg-integration:declared`, by which enrollments know that the groups in it are its owner's.

        Args:
            tags: only those that have all of these tags.
            where: only those for which it answers True, by type, name, inputs and options.

        Raises:
            InvalidInput: a member declares no groups of its own: AWS would take its VPC's default group away. Or it ignores
                changes of its list, so that what we write there would not arrive.
        """
        wanted = dict(tags or {})

        async def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
            if args.type_ not in {*LISTS, _BORN_WITH_THEM} or not self._is_meant(args, where):
                return None
            if wanted and not await self._has_tags(args, wanted):
                return None
            props = {**args.props, **await self._joined(args)}
            ours = pulumi.ResourceOptions(depends_on=self._before, hooks=self._now.hooks if self._now else None)
            return pulumi.ResourceTransformResult(props, pulumi.ResourceOptions.merge(args.opts, ours))

        return transform

    def _is_meant(self, args: pulumi.ResourceTransformArgs, where: Where | None) -> bool:
        answer: object = True if where is None else where(args)
        if not isinstance(answer, bool):  # a coroutine, for one, is true
            raise InvalidInput(
                f"{self._where}: where", f"it answered {answer!r} for {_called(args)}; True or False is meant."
            )
        return answer

    async def _has_tags(self, args: pulumi.ResourceTransformArgs, wanted: Mapping[str, str]) -> bool:
        tags: Any = args.props.get("tags") or {}
        # Another tag may be unknown, as that of another membership is in the first preview.
        asked = {key: tags.get(key) for key in wanted} if isinstance(tags, Mapping) else tags
        given: Any = pulumi.Output.from_input(asked)
        if not await given.is_known():
            raise InvalidInput(
                f"{self._where}: {_called(args)}",
                "its tags are not known in this preview, so that nobody can tell whether it joins. Select by where=, or give "
                "the transform to the resource itself.",
            )
        found = await given.future()
        return all(found.get(key) == value for key, value in wanted.items())

    async def _joined(self, args: pulumi.ResourceTransformArgs) -> dict[str, Any]:
        """The inputs that are other than before."""
        name = LISTS.get(args.type_)
        if name is None:
            after = pulumi.Output.all(args.props.get(_CLUSTER), self._ids).apply(lambda known: known[0])
            return {_CLUSTER: await _with_dependencies(after, _CLUSTER)}
        self._refuse_ignored(args, name)
        own, given = args.props.get(name), args.props.get("tags") or {}

        def together(known: Sequence[Any]) -> list[str]:
            if not known[0]:
                raise InvalidInput(
                    f"{self._where}: {_called(args)}",
                    f"it declares no {name}, so AWS would take its VPC's default group away. Declare its own groups there; "
                    "an instance with interfaces of its own has none, they do.",
                )
            return _together(*known)

        if own is None:
            together([own, []])
        return {
            name: await _with_dependencies(pulumi.Output.all(own, self._ids).apply(together), name),
            "tags": _tagged(given, self._ids),
        }

    def _refuse_ignored(self, args: pulumi.ResourceTransformArgs, name: str) -> None:
        """A list that the engine does not update would keep a member out, and nobody would say so."""
        for ignored in args.opts.ignore_changes or ():
            # A path may go on (`vpcSecurityGroupIds[0]`), and has Python's name when a transform has put it there.
            if ignored.partition("[")[0] in {name, _SNAKE[name], "*"}:
                raise InvalidInput(
                    f"{self._where}: {_called(args)}",
                    f"its ignore_changes has {ignored!r}, so an update would not write our groups into {name}, and it would not "
                    "join. Take that out of ignore_changes, or use an enrollment instead of the transform.",
                )


async def _with_dependencies(value: pulumi.Output[Any], name: str) -> Any:
    """The value with what it depends on, as it is sent to the engine.

    For a transform that comes from a component, the engine (3.259) drops `depends_on`, and the SDK sends values without their
    dependencies: then enforcement could go before the member does.
    """
    return await rpc.serialize_property(value, [], name, keep_output_values=True)


def _called(args: pulumi.ResourceTransformArgs) -> str:
    return f'{args.type_.rpartition(":")[2]} "{args.name}"'


def _together(own: Sequence[Any], ours: Sequence[str]) -> list[str]:
    """The owner's groups in their order, then those of ours that are not among them."""
    return list(dict.fromkeys([*own, *ours]))


def _tagged(tags: Any, ours: pulumi.Output[list[str]]) -> Any:
    """A member's tags with ours, which names the groups of other memberships of the same member, too; known ones stay known."""
    if not isinstance(tags, Mapping):
        return pulumi.Output.all(tags, ours).apply(lambda known: {**known[0], declared.TAG: _tag(*known)})
    said = {key: value for key, value in tags.items() if key == declared.TAG}
    return {**tags, declared.TAG: pulumi.Output.all(said, ours).apply(lambda known: _tag(*known))}


def _tag(tags: Mapping[str, str], ours: Sequence[str]) -> str:
    """What our tag says then: the groups that it names already, and ours."""
    return declared.tag_value(declared.declared(tags).union(ours))
