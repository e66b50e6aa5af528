"""A carrier in memory, with everything that goes wrong in AWS at the test's wish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sg_integration.aws.pacing import Pace, TokenBucket
from sg_integration.model.errors import IntegrationError, MemberNotFound
from sg_integration.model.groups import Groups
from sg_integration.providers.reconcile import Reconciler, Results, Wish


@dataclass
class Clock:
    """Time that passes only when somebody sleeps, or a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.now += seconds


@dataclass
class Fleet:
    """Members with groups.

    Args:
        groups: member to its groups.
        refusals: member to the error that its next write raises; raised once, unless `stubborn`.
        stubborn: refusals stay.
        before_write: runs before a write of a member is carried out, after we read it.
        after_write: runs when it was.
        lag: for how many reads after a write the old groups are still answered.
        read_errors: errors of the coming reads; `None` is a read that works.
    """

    groups: dict[str, tuple[str, ...]]
    refusals: dict[str, IntegrationError] = field(default_factory=dict)
    stubborn: bool = False
    before_write: Callable[[str], None] = lambda _: None
    after_write: Callable[[str], None] = lambda _: None
    lag: int = 0
    read_errors: list[IntegrationError | None] = field(default_factory=list)
    reads: list[list[str]] = field(default_factory=list)
    writes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    doing: list[str] = field(default_factory=list)
    kind: str = "network interface"
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    _stale: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def read(self, ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """What members have, or had a moment ago."""
        self.reads.append(list(ids))
        if self.read_errors and (error := self.read_errors.pop(0)):
            raise error
        return {member: self._seen(member) for member in self.reads[-1] if member in self.groups}

    def write(self, member: str, groups: Sequence[str], doing: str) -> None:
        """Replace a member's groups, unless something goes wrong."""
        self.doing.append(doing)
        self.before_write(member)
        if member not in self.groups:
            raise MemberNotFound(doing, "InvalidNetworkInterfaceID.NotFound", "gone")
        if member in self.refusals:
            raise self.refusals[member] if self.stubborn else self.refusals.pop(member)
        assert groups, "an empty list was sent"
        assert len(set(groups)) == len(groups), "a group was sent twice"
        if self.lag:
            self._stale[member] = (self.lag, self.groups[member])
        self.groups[member] = tuple(groups)
        self.writes.append((member, tuple(groups)))
        self.after_write(member)

    def run(self, wishes: Mapping[str, Wish], **options: object) -> Results:
        """Reconcile, without waiting."""
        bucket = TokenBucket(Pace(refill=None), self.clock, self.clock.sleep)
        clocks = {"clock": self.clock, "sleep": self.clock.sleep, "say": self.said.append}
        return Reconciler(self, bucket, **{**clocks, **options}).run(wishes)  # type: ignore[arg-type]

    @property
    def writes_each(self) -> Counter[str]:
        """How often each member was written."""
        return Counter(member for member, _ in self.writes)

    def _seen(self, member: str) -> tuple[str, ...]:
        left, old = self._stale.pop(member, (0, ()))
        if left:
            self._stale[member] = (left - 1, old)
            return old
        return self.groups[member]


def joining(*members: str, desired: Iterable[str] = ("trust",)) -> dict[str, Wish]:
    """Everybody joins."""
    return {member: Wish(member.upper(), frozenset(desired)) for member in members}


def leaving(results: Results) -> dict[str, Wish]:
    """Everybody who joined leaves again."""
    return {
        member: Wish(member.upper(), frozenset(), groups, results.originals[member])
        for member, groups in results.attached.items()
    }


TRUST: Groups = frozenset({"trust"})
