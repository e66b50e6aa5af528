"""What tells the nodes at once of a member that joins by its own list: hooks of the engine around its creation and update."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from sg_integration.components import program
from sg_integration.components.vpc import VpcIntegration
from sg_integration.model.errors import IntegrationError, InvalidInput

_ENGINE: Final = ">=3.238.0"
"""Older ones only warn when a hook after a step has failed (pulumi/pulumi#22935): an open member would be a line in a log."""


class EnforcementNow:
    """The nodes of every cluster hold whoever is there, before a member joins, and once more when it is created.

    A member that is created has its address only then. What fails before stops the step, so that it does not join; what fails
    afterwards fails the update, which says who is open.

    Args:
        name: the membership.
        integration: the VPC's integration.
        groups: the groups that members get; the first of them is `trust`.

    Raises:
        InvalidInput: the engine is too old to fail for a hook.
    """

    def __init__(self, name: str, integration: VpcIntegration, groups: pulumi.Output[list[str]]) -> None:
        _require_engine(name)
        self._integration, self._groups = integration, groups
        self._told = False
        self._before = pulumi.ResourceHook(f"sg-integration:{name}:before", self._let_join)
        self._after = pulumi.ResourceHook(f"sg-integration:{name}:after", self._tell)
        program.at_its_end(self._tell_again)

    @property
    def hooks(self) -> pulumi.ResourceHookBinding:
        """What the engine runs around the steps of a member."""
        return pulumi.ResourceHookBinding(
            before_create=[self._before], after_create=[self._after], before_update=[self._before]
        )

    async def _let_join(self, args: pulumi.ResourceHookArgs) -> None:
        """Before a member joins: what stands must hold; who is in already only changes."""
        known = await self._groups.future()
        before, after = await _ids(args.old_inputs), await _ids(args.new_inputs)
        of_a_cluster = args.type.endswith(":ClusterInstance") and args.old_inputs is None
        if of_a_cluster or (known and known[0] in after and known[0] not in before):
            await self._hold()

    async def _tell(self, args: pulumi.ResourceHookArgs) -> None:
        """When a member was created: it has an address now."""
        self._told = True
        try:
            await self._hold()
        except Exception as error:
            raise IntegrationError(
                f"{args.name} ({args.id}) is there, and the nodes could not be told of it: until they are, it is open to every "
                f"node in enforced, on every port, if it is in trust. Run up again. {error}"
            ) from error

    async def _hold(self) -> None:
        holding = await pulumi.Output.from_input(self._integration.holding).future()
        await asyncio.get_running_loop().run_in_executor(None, _hold_all, holding)

    def _tell_again(self) -> pulumi.Output[Any]:
        """What settles at the program's end may have looked before a member was there, and written afterwards."""

        async def again(_: object) -> bool:
            if self._told:
                await self._hold()
            return True

        return pulumi.Output.all(*self._integration.settled).apply(again)


def _require_engine(name: str) -> None:
    try:
        pulumi.require_pulumi_version(_ENGINE)
    except AttributeError:
        return  # a program under mocks has no engine, and no hook is run
    except Exception as error:  # the SDK's own type for it
        raise InvalidInput(
            f'Membership "{name}"',
            f"{error}: an older one goes on when the nodes could not be told of a new member. Upgrade the Pulumi CLI, or "
            "enroll the member instead.",
        ) from error


async def _ids(given: Mapping[str, Any] | None) -> list[Any]:
    """The groups among a member's inputs, whatever its type calls them; a secret comes as an output."""
    lists = [(given or {}).get(name) for name in ("vpcSecurityGroupIds", "securityGroups")]
    known = [await each.future() if isinstance(each, pulumi.Output) else each for each in lists]
    return [each for found in known for each in found or ()]


def _hold_all(holding: list[Mapping[str, Any]] | None) -> None:
    from sg_integration.providers.enforcement import hold  # noqa: PLC0415  where nothing enforces, no compiler

    for each in holding or ():
        hold({name: value for name, value in each.items() if value is not None})
