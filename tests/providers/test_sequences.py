"""Whatever happens between runs: nobody loses a foreign group, and all is as it was found at the end."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sg_integration.model.errors import IntegrationError, Throttled
from sg_integration.providers import claims

from .world import NEW_TRUST, ORDERS, TRUST, Crew, World

OURS = frozenset({TRUST, NEW_TRUST, ORDERS})
MEMBERS = ("a", "b", "c", "d")
FOREIGN = ("sg-00000001", "sg-00000002", "sg-00000003")
member, foreign = st.sampled_from(MEMBERS), st.sampled_from(FOREIGN)


class Life(RuleBasedStateMachine):
    """One enrollment over four members, and everything that others do."""

    def __init__(self) -> None:
        super().__init__()
        claims.forget()
        self.theirs = {name: {FOREIGN[0]} for name in MEMBERS}
        self.world = World(Crew(dict.fromkeys(MEMBERS, FOREIGN[:1])), dict.fromkeys(MEMBERS))
        # ORDERS was on one member before anybody enrolled it: it is foreign there.
        self.theirs["d"].add(ORDERS)
        self.world.fleet.groups["d"] = (ORDERS, FOREIGN[0])
        self.overwritten: set[str] = set()
        self.world.fleet.before_write = lambda name: self.seen.update({name: self.world.fleet.groups[name]})
        self.world.fleet.after_write = self.write_over
        self.seen: dict[str, tuple[str, ...]] = {}

    def write_over(self, name: str) -> None:
        """Carry out what `overwrite` announced."""
        if name in self.overwritten:
            self.overwritten.remove(name)
            self.world.fleet.groups[name] = self.seen[name]

    @rule(name=member, chosen=st.booleans())
    def select(self, name: str, chosen: bool) -> None:
        """Somebody tags or untags a member."""
        self.world.selected.pop(name, None)
        if chosen:
            self.world.selected[name] = None

    @rule(groups=st.sampled_from([[TRUST], [TRUST, ORDERS], [NEW_TRUST], [NEW_TRUST, ORDERS]]))
    def want(self, groups: list[str]) -> None:
        """The program attaches other groups; trust may be replaced."""
        self.world.inputs.update(security_group_ids=groups, reserved_group_ids=groups[:1])

    @rule(name=member, group=foreign)
    def attach(self, name: str, group: str) -> None:
        """Somebody attaches a group of his own."""
        self.theirs[name].add(group)
        self.world.fleet.groups[name] = tuple(dict.fromkeys((*self.world.fleet.groups[name], group)))

    @rule(name=member, group=foreign)
    def detach(self, name: str, group: str) -> None:
        """Somebody takes away a group of his own, but not the last."""
        if len(self.theirs[name] - {group}) >= 1:
            self.theirs[name].discard(group)
            self.world.fleet.groups[name] = tuple(each for each in self.world.fleet.groups[name] if each != group)

    @rule(name=member)
    def strip(self, name: str) -> None:
        """Somebody resets a member to his own groups."""
        self.world.fleet.groups[name] = tuple(sorted(self.theirs[name]))

    @rule(name=member)
    def refuse(self, name: str) -> None:
        """The next write of a member is refused."""
        self.world.fleet.refusals[name] = Throttled("writing", "RequestLimitExceeded", "Slow down.")

    @rule(name=member)
    def overwrite(self, name: str) -> None:
        """Somebody who read a member before our next write writes it after us: as it was."""
        self.overwritten.add(name)

    @rule(works=st.integers(0, 2))
    def fail_to_read(self, works: int) -> None:
        """One of the next three readings is refused."""
        refusal = Throttled("reading", "RequestLimitExceeded", "Slow down.")
        self.world.fleet.read_errors[:] = [None] * works + [refusal]

    @precondition(lambda self: self.world.outs is not None)
    @rule()
    def refresh(self) -> None:
        """Somebody refreshes."""
        self.world.fleet.read_errors.clear()
        self.world.refresh()

    @rule()
    def up(self) -> None:
        """A deployment: one write a member at most; without failures everybody is as wanted, and a second run is quiet."""
        self.world.fleet.writes.clear()
        outs = self.world.up()
        assert all(count == 1 for count in self.world.fleet.writes_each.values())
        if not outs["failed"]:
            self.settle()

    def settle(self) -> None:
        """Everybody has what is wanted and nothing else of ours; nothing is left to do."""
        wanted = set(self.world.inputs["security_group_ids"])
        for name, groups in self.world.fleet.groups.items():
            ours = wanted if name in self.world.selected else set()
            assert set(groups) == self.theirs[name] | ours, name
        assert not self.world.changed(), "a second run would do something"

    @invariant()
    def nobody_lost_a_group(self) -> None:
        """Every foreign group is where its owner left it, and nothing but ours came."""
        for name, groups in self.world.fleet.groups.items():
            assert self.theirs[name] <= set(groups) <= self.theirs[name] | OURS, name

    def teardown(self) -> None:
        """In the end all is as the others left it, at the second try where one was refused."""
        if self.world.outs is None:
            return
        try:
            self.world.destroy()
        except IntegrationError:
            self.world.fleet.refusals.clear()
            self.world.fleet.read_errors.clear()
            self.overwritten.clear()
            self.world.destroy()
        for name, groups in self.world.fleet.groups.items():
            assert set(groups) == self.theirs[name], name


TestLife: Any = Life.TestCase
TestLife.settings = settings(max_examples=120, stateful_step_count=15, deadline=None)
