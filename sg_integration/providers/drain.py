"""Relieves a VPC of reserved groups before they go: also of members that no state knows, as a killed run leaves behind.

FROZEN: the path of this module and the name of its provider class stand in every stack's state.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ResourceProvider, UpdateResult

from sg_integration.aws import security_groups, vpcs
from sg_integration.aws.databases import RdsDatabases
from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.aws.pacing import shared_bucket
from sg_integration.model.errors import AccessDenied, IntegrationError
from sg_integration.model.groups import Groups
from sg_integration.providers.departure import wait_until_left
from sg_integration.providers.reconcile import Reconciler, Wish, raise_if_failed
from sg_integration.providers.saying import say
from sg_integration.providers.settings import PREVIEWING, Settings, can_call, decode

Props = dict[str, Any]


class DrainProvider(ResourceProvider):
    """Does nothing until it is deleted; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """In a preview, see that a VPC that is new to the integration is there: AWS would refuse the groups in the update."""
        inputs = {name: value for name, value in news.items() if name != PREVIEWING}
        if not news.get(PREVIEWING) or not can_call(news) or (_olds or {}).get("vpc_id") == news["vpc_id"]:
            return CheckResult(inputs, [])
        try:
            vpcs.address_blocks(decode(news).connection, news["vpc_id"])
        except AccessDenied as error:
            say(f"whether the VPC exists was not looked at: {error}")
        except IntegrationError as error:
            return CheckResult(inputs, [CheckFailure("vpc_id", str(error))])
        return CheckResult(inputs, [])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Other groups are another drain, so that the old groups are drained after all members have the new ones."""
        before, after = decode(_olds), decode(_news)
        if not after.known or before.desired != after.desired:
            return DiffResult(changes=True, replaces=["security_group_ids"], delete_before_replace=False)
        names = {**_olds, **_news}.keys() - {"__provider"}  # which another release of Python may write otherwise
        return DiffResult(changes=any(_olds.get(name) != _news.get(name) for name in names))

    def create(self, props: Props) -> CreateResult:
        """Remember what to drain."""
        return CreateResult(f"drain/{uuid.uuid4().hex[:8]}", dict(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Remember how to reach AWS now."""
        return UpdateResult(dict(_news))

    def delete(self, _id: str, _props: Props) -> None:
        """Take the groups off everything in the VPC that has one; what cannot be relieved stops the deletion with a list."""
        settings = decode(_props)
        databases = RdsDatabases(settings.connection, settings.vpc_id)
        failed = _drain(NetworkInterfaces(settings.connection, settings.vpc_id), settings)
        try:
            failed |= _drain(databases, settings)
            raise_if_failed(failed, "relieved of the integration's groups")
            wait_until_left(databases, settings.desired)  # also for who left just before
        except AccessDenied as error:
            # Who enrolls no database need not grant us RDS; if one has the group after all, AWS refuses to delete it.
            raise_if_failed(failed, "relieved of the integration's groups")
            say(f"databases were not looked at: {error}")


def _drain(carrier: NetworkInterfaces | RdsDatabases, settings: Settings) -> dict[str, str]:
    """Take the groups off everything that has one; returns who could not be relieved, and why."""
    found = carrier.carrying(settings.desired)

    def exist(groups: Iterable[str]) -> Groups:
        return security_groups.existing(settings.connection, groups)

    reconciler = Reconciler(
        carrier,
        shared_bucket((carrier.kind, settings.connection), settings.pace),
        exist=exist,
        fallback=settings.fallback,
        doing="leaving the integration's groups",
        say=say,
    )
    wishes = {member: Wish(name, frozenset(), settings.desired) for member, name in found.items()}
    return reconciler.run(wishes).failed
