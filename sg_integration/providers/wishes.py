"""What an update or a deletion should do with each member: decided on inputs and outputs, without a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sg_integration.model.groups import Groups
from sg_integration.model.selection import Selection
from sg_integration.providers import state
from sg_integration.providers.reconcile import Wish
from sg_integration.providers.settings import Settings, decode
from sg_integration.providers.state import Props

# What changes how we work, but not who is a member: recorded by an update that writes nothing.
_MANNER: Final = ("region", "profile", "role_arn", "endpoint_url", "pace", "fallback_security_group_id")
_NONE: Final[Groups] = frozenset()


def is_changed(olds: Props, news: Props) -> bool:
    """Whether an update has anything to do: members, groups, repairs and failures count, never the wording.

    Args:
        olds: the outputs of the last update.
        news: the inputs.
    """
    settings, attached = decode(news), state.attached(olds)
    expected = state.members(news).keys() - (state.deferred(news).keys() - attached.keys())
    return (
        not settings.known
        or settings.desired != decode(olds).desired
        or ("members" in news and expected != attached.keys())
        or bool(olds.get("failed"))
        or any(olds.get("repair", {}).get(member) != why for member, why in news.get("repair", {}).items())
        or any(olds.get(name) != news.get(name) for name in _MANNER)
        # Other enrollments read there whom to pass over.
        or ("node_instance_ids" in news and olds.get("node_instance_ids") != news["node_instance_ids"])
    )


def to_join(props: Props) -> dict[str, Wish]:
    """Every member gets the groups; one that is deferred waits for the next update."""
    desired, waiting = decode(props).desired, state.deferred(props)
    return {member: Wish(name, desired) for member, name in state.members(props).items() if member not in waiting}


def to_change(olds: Props, news: Props) -> dict[str, Wish]:
    """Who joins, leaves, gets other groups, or lost one; nobody else is touched.

    Args:
        olds: the outputs of the last update.
        news: the inputs.
    """
    desired, attached, originals = decode(news).desired, state.attached(olds), state.originals(olds)
    members, waiting = state.members(news), state.deferred(news)
    settled, repair, before = desired == decode(olds).desired, news.get("repair", {}), state.members(olds)
    wishes = {}
    # Who could not leave the last time is a member no more, but still has what is ours; or has it no more, and nobody saw it go.
    for member, name in {**dict(zip(attached, attached, strict=True)), **before, **members}.items():
        ours, stays = attached.get(member, _NONE), member in members
        if not stays and not ours:
            continue
        has_it = settled and ours and member in before and member not in repair
        # A database that is stopped waits, unless it has a group that it must give up: that is tried, and said if refused.
        if stays and ours <= desired and (member in waiting or has_it):
            continue
        wishes[member] = Wish(name, desired if stays else _NONE, ours, originals.get(member, ()))
    return wishes


def to_leave(props: Props) -> dict[str, Wish]:
    """Every member gives up what is ours."""
    names, originals = state.members(props), state.originals(props)
    return {
        member: Wish(names.get(member, member), _NONE, groups, originals.get(member, ()))
        for member, groups in state.attached(props).items()
    }


def in_words(wishes: Mapping[str, Wish], group: str) -> str:
    """What is done to members, as a line of progress says it: `joining trust`.

    Args:
        wishes: what should become of each.
        group: the name of the group that they join.
    """
    joins = any(wish.desired and not wish.attached for wish in wishes.values())
    leaves = any(not wish.desired for wish in wishes.values())
    if not joins and not leaves:
        return "changing the groups"
    return f"{' and '.join(['joining'] * joins + ['leaving'] * leaves)} {group}"


def foretold(olds: Props, news: Props, actual: Mapping[str, tuple[str, ...]]) -> int:
    """How many members an update will write, as far as inputs and a look at AWS tell.

    Args:
        olds: the inputs of the last update.
        news: the inputs, with what `check` found.
        actual: the groups that each has.
    """
    settings, waiting = decode(news), state.deferred(news)
    before, now = state.members(olds).keys(), state.members(news).keys()
    if not settings.known or settings.desired != decode(olds).desired:
        lack = {each for each in now if not settings.known or not settings.desired <= set(actual.get(each, ()))}
    else:
        said = olds.get("repair") or {}
        lack = {each for each, why in (news.get("repair") or {}).items() if said.get(each) != why and each in now}
        lack |= {each for each in now - before if not settings.desired <= set(actual.get(each, ()))}
    return len((lack - waiting.keys()) | (before - now))


def to_repair(
    selection: Selection, actual: Mapping[str, tuple[str, ...]], settings: Settings, olds: Props
) -> dict[str, str]:
    """The members of before that lack a group now, in words that differ from those of the last time.

    Args:
        selection: who is selected now.
        actual: the groups that each has.
        settings: what is desired.
        olds: the inputs of the last update.
    """
    if not settings.known or settings.desired != decode(olds).desired:
        return {}
    before, waited, said = state.members(olds), state.deferred(olds), olds.get("repair") or {}
    found = {}
    for member in selection.members.keys() & before.keys():
        if missing := settings.desired - set(actual.get(member, ())):
            lacks, done = ("had to wait for", "attached now") if member in waited else ("lost", "attached again")
            text = f"{selection.members[member]}: {lacks} {', '.join(sorted(missing))}, which is {done}"
            found[member] = f"{text} (once more)" if said.get(member) == text else text
    return found
