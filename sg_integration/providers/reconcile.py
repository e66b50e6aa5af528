"""Bring members to what is desired: read just before writing, write only what differs, look again, lose nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from sg_integration.aws.pacing import TokenBucket
from sg_integration.model.errors import (
    AccessDenied,
    CredentialsMissing,
    IntegrationError,
    MemberChanged,
    MemberNotFound,
    Throttled,
    Unreachable,
    WouldLeaveNoGroups,
)
from sg_integration.model.groups import Change, Groups, ordered, plan, restored
from sg_integration.providers.progress import Progress

# A reading older than this is taken again before the next write: between reading and writing somebody else may write.
_FRESH_SECONDS: Final = 15.0
_BATCH: Final = 200
_LOOKS: Final = 5  # how often to look again for what was written, since EC2's answers lag behind its writes
_SETTLE_SECONDS: Final = 1.0
_THROTTLED_IN_A_ROW: Final = 3  # each after ten tries; then somebody else empties the bucket faster than it fills
_STOPPERS: Final = (AccessDenied, CredentialsMissing, Unreachable)


class Carrier(Protocol):
    """What has members with groups. `kind` is what a member is called."""

    kind: str

    def read(self, ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """The groups that members have now; who is gone is not in the answer."""

    def write(self, member: str, groups: Sequence[str], doing: str) -> None:
        """Replace a member's groups."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What should become of one member.

    Args:
        name: what a person calls it.
        desired: the groups that we want on it; empty when it leaves.
        attached: the groups that we attached, as recorded.
        originals: the groups that it had when it joined, as recorded.
    """

    name: str
    desired: Groups
    attached: Groups = frozenset()
    originals: tuple[str, ...] = ()


@dataclass
class Results:
    """What became of the members, each by id.

    Args:
        attached: what is ours on it now; a member that left, or is gone, is not in it.
        originals: what it had before us.
        failed: why it is not as desired.
        written: how many writes were made.
    """

    attached: dict[str, Groups] = field(default_factory=dict)
    originals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    written: int = 0


@dataclass
class Reconciler:
    """Carries out wishes one member at a time; a member that fails holds up nobody.

    Args:
        carrier: where the members are.
        bucket: paces the writes.
        owned: groups that are ours alone.
        claimed: groups that any enrollment of this run wants on a member; those that this one gives up stay therefore.
        recorded: groups that any enrollment of this run attached to a member; found there, they are nobody else's.
        declared: groups that a member's owner declares for it: they are his, whoever attached them before.
        exist: those of some groups that exist still.
        fallback: the group for a member that has none left.
        doing: what is done, for lines of progress.
        say: receives them.
    """

    carrier: Carrier
    bucket: TokenBucket
    owned: Groups = frozenset()
    claimed: Callable[[str], Groups] = lambda _: frozenset()
    recorded: Callable[[str], Groups] = lambda _: frozenset()
    declared: Callable[[str], Groups] = lambda _: frozenset()
    exist: Callable[[Iterable[str]], Groups] = frozenset
    fallback: str | None = None
    doing: str = "writing"
    say: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self, wishes: Mapping[str, Wish]) -> Results:
        """Bring every member to its wish; what could not be done is in `failed`."""
        results = Results()
        for member, wish in wishes.items():  # until we know better, everything is as it was recorded
            if wish.attached:
                results.attached[member], results.originals[member] = wish.attached, wish.originals
        kinds = f"{self.carrier.kind}s"
        with Progress(self.doing, len(wishes), kinds, self.bucket.seconds_for, self.say, self.clock) as progress:
            expected = self._write_all(wishes, results, progress.step)
        self._verify(expected, wishes, results)
        return results

    def _write_all(self, wishes: Mapping[str, Wish], results: Results, step: Callable[[], None]) -> dict[str, Groups]:
        """Write what differs; returns what each member written should show."""
        waiting, expected, reading, read_at = list(wishes), dict[str, Groups](), dict[str, tuple[str, ...]](), 0.0
        throttled = 0
        while waiting:
            member = waiting.pop(0)
            try:
                if member not in reading or self.clock() - read_at > _FRESH_SECONDS:
                    reading = {}
                    reading, read_at = self._read([member, *waiting[: _BATCH - 1]]), self.clock()
                groups = self._write_one(member, wishes[member], reading[member], results)
            except Exception as error:  # noqa: BLE001  whatever happens, what was done must be recorded: it is reported in `failed`
                words = str(error) if isinstance(error, IntegrationError) else repr(error)
                results.failed[member] = f"{wishes[member].name}: {words}"
                throttled = throttled + 1 if isinstance(error, Throttled) else 0
                known = isinstance(error, IntegrationError) and not isinstance(error, _STOPPERS)
                if not known or not reading or throttled == _THROTTLED_IN_A_ROW:
                    _give_up(waiting, wishes, results)
                    return expected
            else:
                throttled = 0
                if groups is not None:
                    expected[member] = groups
            step()
        return expected

    def _read(self, members: Sequence[str]) -> dict[str, tuple[str, ...]]:
        actual = self.carrier.read(members)
        return {member: actual.get(member, ()) for member in members}

    def _write_one(self, member: str, wish: Wish, actual: tuple[str, ...], results: Results) -> Groups | None:
        """Plan and write one member; returns the groups written, or nothing when nothing had to be."""
        doing = f"{_verb(wish)} {self.carrier.kind} {member} ({wish.name})"
        if not actual:  # gone: nothing that has no groups exists
            _forget(member, results)
            if wish.desired and not wish.attached:
                raise MemberNotFound(doing, "NotFound", "it is gone.", "Run again; it will not be listed.")
            return None
        handed_over = self.claimed(member) - wish.desired
        owned = self.owned | self.recorded(member)
        # Asked only where something of ours is found: nobody who just joins costs another call.
        theirs = self.declared(member) if (owned | wish.attached) & set(actual) else frozenset[str]()
        ours = wish.attached - handed_over - theirs
        change = plan(frozenset(actual), desired=wish.desired, attached=ours, owned=owned - theirs)
        change = self._never_empty(change, wish, doing)
        if change:
            self.bucket.take()
            try:
                self.carrier.write(member, ordered(actual, change.result), doing)
            except MemberNotFound:
                _forget(member, results)
                if wish.desired:
                    raise
                return None
            results.written += 1
        _forget(member, results)
        if wish.desired:  # also if all of it is declared by the owner, and nothing ours
            results.attached[member] = change.attached
            results.originals[member] = wish.originals or tuple(
                group for group in actual if group not in change.attached
            )
        return change.result if change else None

    def _never_empty(self, change: Change, wish: Wish, doing: str) -> Change:
        if change.result:
            return change
        back = restored(wish.originals, self.exist(wish.originals), self.fallback)
        if not back:
            raise WouldLeaveNoGroups(
                doing,
                "last group",
                "ours is its only group, and AWS requires one.",
                "Give it another group, or name one with fallback_security_group_id.",
            )
        return Change(change.actual, back, change.attached)

    def _verify(self, expected: dict[str, Groups], wishes: Mapping[str, Wish], results: Results) -> None:
        """Look whether what was written is there; answers may lag, and somebody else may have written after us."""
        for look in range(_LOOKS):
            if look:
                self.sleep(_SETTLE_SECONDS * 2 ** (look - 1))
            try:
                actual = self.carrier.read(expected) if expected else {}
            except IntegrationError as error:  # what was written must be recorded all the same
                results.failed["looking again"] = f"what was written could not be read again: {error}"
                _keep(expected, wishes, results)
                return
            expected = {
                member: groups
                for member, groups in expected.items()
                if member in actual and not _shows(frozenset(actual[member]), wishes[member], groups)
            }
            if not expected:
                return
        _keep(expected, wishes, results)
        for member in expected:
            wish = wishes[member]
            changed = MemberChanged(
                f"{_verb(wish)} {self.carrier.kind} {member}", "overwritten", "somebody else changed its groups after us.",
                "Find who else manages its groups (another stack, an autoscaler); the next run tries again.",
            )  # fmt: skip
            results.failed[member] = f"{wish.name}: {changed}"


def raise_if_failed(failed: Mapping[str, str], doing: str) -> None:
    """Raise one error that lists every member that failed."""
    if failed:
        raise IntegrationError(report(failed, doing))


def report(failed: Mapping[str, str], doing: str) -> str:
    """The members that failed, a line each, under a line that counts them."""
    count = "1 member" if len(failed) == 1 else f"{len(failed)} members"
    return "\n".join(
        [f"{count} could not be {doing}:", *(f"  {member}: {why}" for member, why in sorted(failed.items()))]
    )


def _shows(actual: Groups, wish: Wish, written: Groups) -> bool:
    """Whether our part of what we wrote is visible; what others add or remove meanwhile is theirs."""
    return wish.desired <= actual and not (actual & wish.attached) - written


def _forget(member: str, results: Results) -> None:
    results.attached.pop(member, None)
    results.originals.pop(member, None)


def _keep(members: Iterable[str], wishes: Mapping[str, Wish], results: Results) -> None:
    """Record what was ours before as ours still: nobody has seen it go, and the next run takes away what is there."""
    for member in members:
        if wishes[member].attached:
            results.attached[member] = results.attached.get(member, frozenset()) | wishes[member].attached
            results.originals.setdefault(member, wishes[member].originals)


def _give_up(waiting: Collection[str], wishes: Mapping[str, Wish], results: Results) -> None:
    for member in waiting:
        results.failed[member] = (
            f"{wishes[member].name}: not tried, since what was refused before it is refused for all"
        )


def _verb(wish: Wish) -> str:
    if wish.desired:
        return f"attaching {', '.join(sorted(wish.desired))} to"
    return f"taking {', '.join(sorted(wish.attached))} off"
