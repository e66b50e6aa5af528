"""Enrollments: one resource for a whole fleet, whose `check` finds out who is in it.

FROZEN: the path of this module and the names of its provider classes stand in every stack's state.

What the engine compares and shows are a resource's *inputs*, so `check` adds what it finds to them: `members`, `skipped` and
`deferred`, keyed by id, and `repair`, the members that lost a group of ours. What was really done is in the outputs:
`attached` and `originals` by member, and `failed`.
"""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from sg_integration.aws import security_groups
from sg_integration.aws.databases import RdsDatabases
from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.aws.pacing import shared_bucket
from sg_integration.model.errors import (
    CredentialsMissing,
    GroupNotFound,
    IntegrationError,
    InvalidInput,
    Unreachable,
)
from sg_integration.model.groups import Groups
from sg_integration.model.selectors import Databases, Instances, Nodes
from sg_integration.providers import claims, state, wishes
from sg_integration.providers.declared import Declared
from sg_integration.providers.departure import wait_until_left
from sg_integration.providers.discovery import (
    ClusterSilent,
    Discovery,
    among_databases,
    among_interfaces,
    asks_cluster,
    claim_for_others,
    selection_name,
    selector,
)
from sg_integration.providers.progress import foretell
from sg_integration.providers.reconcile import Reconciler, Results, Wish, raise_if_failed
from sg_integration.providers.saying import say
from sg_integration.providers.settings import PREVIEWING, Settings, can_call, can_reach, decode
from sg_integration.providers.sources import check_sources
from sg_integration.providers.state import DONE, FOUND, Props


class EnrollmentProvider(ResourceProvider):
    """What the enrollments have in common; they differ in who can be a member and how one is written."""

    serialize_as_secret_always = False

    @abstractmethod
    def _carrier(self, settings: Settings) -> NetworkInterfaces | RdsDatabases:
        """Where the members are."""

    @abstractmethod
    def _kind(self, props: Props) -> Any:
        """The type of what the user selects."""

    @abstractmethod
    def _look(self, settings: Settings, props: Props, replaced: Groups) -> Discovery[Any]:
        """What there is to select from; groups of ours that are replaced take no place."""

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Refuse what is wrong, find the members, and add them to the inputs."""
        try:
            return CheckResult(self._discovered(_olds or {}, news), [])
        except ClusterSilent as error:
            from sg_integration.providers.cluster_access import refused  # noqa: PLC0415  who asks no cluster needs no client

            told = {name: value for name, value in news.items() if name != PREVIEWING}
            return refused(error.cause, _olds or {}, told, (*FOUND, "node_instance_ids"))
        except InvalidInput as error:
            name = error.where.partition(":")[0].partition("[")[0]
            # The engine prints the value of the input that it is told of, secret or not. What has no name is about the selection.
            shown = name if name in news else "select"
            return CheckResult(news, [CheckFailure("" if shown == "kubeconfig" else shown, str(error))])
        except IntegrationError as error:
            return CheckResult(news, [CheckFailure(_about(error), str(error))])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Compare what is meant: members, groups, repairs and failures; never the wording."""
        claims.record(state.attached(_olds))
        if _olds.get("vpc_id") != _news.get("vpc_id"):  # the members of before are found only where they are
            return DiffResult(changes=True, replaces=["vpc_id"], delete_before_replace=True)
        changed = wishes.is_changed(_olds, _news)
        shown = any(_olds.get(name) != value for name, value in _news.items())
        # Without a verdict the engine compares the inputs itself, and only then shows just the lines that differ.
        return DiffResult(changes=None if changed and shown else changed, replaces=[], delete_before_replace=True)

    def create(self, props: Props) -> CreateResult:
        """Let the members join; who could not is in `failed`."""
        props = self._told({}, props)
        settings, todo = decode(props), wishes.to_join(props)
        _hold(props, todo)
        results = self._carry_out(todo, settings, props)
        return CreateResult(f"{settings.vpc_id}/{uuid.uuid4().hex[:8]}", state.outputs(props, results))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Let members join and leave, and repair those that lost a group; nobody else is touched."""
        _news = self._told(_olds, _news)
        settings, attached, originals = decode(_news), state.attached(_olds), state.originals(_olds)
        claims.record(attached)
        todo = wishes.to_change(_olds, _news)
        _hold(_news, todo)
        results = self._carry_out(todo, settings, _news)
        for member in attached.keys() - todo.keys():
            if attached[member] or member in state.members(_news):
                results.attached[member], results.originals[member] = attached[member], originals.get(member, ())
        try:  # a group that is wanted no more may be deleted next
            wait_until_left(self._carrier(settings), decode(_olds).desired - settings.desired, attached)
        except IntegrationError as error:
            results.failed.setdefault("waiting", str(error))
        return UpdateResult(state.outputs(_news, results))

    def read(self, id_: str, props: Props) -> ReadResult:
        """Look which of our groups members still have, so that the next update attaches what they lost."""
        settings, attached = decode(props), state.attached(props)
        actual = self._carrier(settings).read(attached) if attached else {}
        there = {member: groups & frozenset(actual.get(member, ())) for member, groups in attached.items()}
        kept = {member: groups for member, groups in there.items() if groups or not attached[member]}
        outs = {**props, "attached": state.listed(kept)}
        inputs = {name: value for name, value in props.items() if name not in DONE}
        return ReadResult(id_, outs, inputs)

    def delete(self, _id: str, _props: Props) -> None:
        """Let every member leave, and wait until AWS is done; who cannot leave stops the deletion with a list."""
        settings, attached = decode(_props), state.attached(_props)
        claims.record(attached)
        raise_if_failed(self._carry_out(wishes.to_leave(_props), settings, _props).failed, "un-enrolled")
        wait_until_left(self._carrier(settings), frozenset[str]().union(*attached.values()), attached)

    def _told(self, olds: Props, news: Props) -> Props:
        """The inputs with what `check` found; a preview may go on without the cluster and without members, but nothing else."""
        return self._discovered(olds, news) if asks_cluster(news) and "members" not in news else news

    def _discovered(self, olds: Props, news: Props) -> Props:
        settings = decode(news)
        inputs = {name: value for name, value in news.items() if name not in (*FOUND, PREVIEWING)}
        select = selector(self._kind(news), news)  # refused if it is wrong, also when nothing can be looked up yet
        if not can_call(news) or (asks_cluster(news) and not can_reach(news)):
            return inputs
        before = {"enforced_before": bool(olds.get("calico"))}
        check_sources(settings, olds, news)
        seen = self._look(settings, {**news, **before}, decode(olds).desired - settings.desired)
        selection = seen.decide(select)
        repair = wishes.to_repair(selection, seen.groups, settings, olds)
        # Who is in and stops running stays in; what it lacks waits.
        waiting = {each: name for each, name in state.members(olds).items() if each in selection.deferred}
        members = {**selection.members, **waiting}
        if settings.known:
            _say_shared(claims.claim(members, settings.desired, by=selection_name(news)), members)
            claim_for_others(seen, self._kind(news), news)
        same = settings.known and settings.desired == decode(olds).desired
        quiet = same and not repair and members.keys() == state.members(olds).keys()
        # A repair that was made is no news, but its line stays as long as its member: the next one must read differently.
        # The lines of others go when nothing else changes, so that no preview ever shows them go.
        stale = {each: why for each, why in (olds.get("repair") or {}).items() if not quiet or each in members}
        found = {
            **inputs,
            "members": members,
            "skipped": dict(selection.skipped),
            "deferred": dict(selection.deferred),
            "repair": {**stale, **repair},
            **({} if seen.node_instance_ids is None else {"node_instance_ids": list(seen.node_instance_ids)}),
        }
        writes = wishes.foretold(olds, found, seen.groups)
        foretell(f"members of {_joined(news)}", writes, f"{self._carrier(settings).kind}s", settings.pace)
        return found

    def _carry_out(self, todo: Mapping[str, Wish], settings: Settings, props: Props) -> Results:
        def exist(groups: Iterable[str]) -> Groups:
            return security_groups.existing(settings.connection, groups)

        carrier = self._carrier(settings)
        reconciler = Reconciler(
            carrier,
            shared_bucket((carrier.kind, settings.connection), settings.pace),
            owned=settings.reserved,
            claimed=claims.claimed,
            recorded=claims.recorded,
            declared=Declared(carrier, () if props.get("nodes") else tuple(todo)).groups,  # nobody declares a node
            exist=exist,
            fallback=settings.fallback,
            doing=wishes.in_words(todo, _joined(props)),
            say=say,
        )
        with claims.writing(carrier.kind):
            results = reconciler.run(todo)
            claims.record(results.attached)
        return results


def _joined(props: Props) -> str:
    """What the group is called that members join."""
    return "enforced" if props.get("nodes") else "trust"


def _hold(props: Props, todo: Mapping[str, Wish]) -> None:
    """Let the nodes of every cluster hold the rules of whoever is there now, before anybody joins; an error stops the joins."""
    if any(wish.desired for wish in todo.values()):
        for each in props.get("holding") or ():
            from sg_integration.providers.enforcement import hold  # noqa: PLC0415  where nothing enforces, no compiler

            hold(each)


def _about(error: IntegrationError) -> str:
    """The input that an error of AWS is about."""
    if isinstance(error, GroupNotFound):
        return "security_group_ids"
    if isinstance(error, (CredentialsMissing, Unreachable)):
        return "profile" if getattr(error, "code", "") == "ProfileNotFound" else "region"
    return "vpc_id"


class Ec2EnrollmentProvider(EnrollmentProvider):
    """Network interfaces of instances; FROZEN name."""

    def _carrier(self, settings: Settings) -> NetworkInterfaces:
        return NetworkInterfaces(settings.connection, settings.vpc_id)

    def _kind(self, props: Props) -> type[Instances | Nodes]:
        return Nodes if props.get("nodes") else Instances

    def _look(self, settings: Settings, props: Props, replaced: Groups) -> Discovery[Instances | Nodes]:
        return among_interfaces(settings, props, replaced)


class RdsEnrollmentProvider(EnrollmentProvider):
    """RDS databases: clusters, and instances in no cluster; FROZEN name."""

    def _carrier(self, settings: Settings) -> RdsDatabases:
        return RdsDatabases(settings.connection, settings.vpc_id)

    def _kind(self, _props: Props) -> type[Databases]:
        return Databases

    def _look(self, settings: Settings, _props: Props, replaced: Groups) -> Discovery[Databases]:
        return among_databases(settings, replaced)


def _say_shared(shared: list[str], members: Mapping[str, str]) -> None:
    """Show who is in another enrollment too, which keeps the groups on them that both attach."""
    if shared:
        names = ", ".join(sorted(members[member] for member in shared))
        say(f"also in another enrollment of this program: {len(shared)} of {len(members)} members: {names}")
