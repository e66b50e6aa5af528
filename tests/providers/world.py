"""An enrollment provider over a fleet in memory, and the deployments that the engine would run with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from sg_integration.aws import pacing, security_groups
from sg_integration.model.groups import Groups
from sg_integration.model.selection import Selection
from sg_integration.providers import claims
from sg_integration.providers.discovery import Discovery
from sg_integration.providers.enrollment import Ec2EnrollmentProvider
from sg_integration.providers.reconcile import Reconciler
from sg_integration.providers.settings import Settings
from sg_integration.providers.state import DONE, Props

from .carrier import Fleet

VPC = "vpc-00000001"
TRUST, NEW_TRUST, ORDERS = "sg-0000000a", "sg-0000000b", "sg-0000000c"
WEB, SPARE = "sg-00000001", "sg-00000002"


class Crew(Fleet):
    """A fleet as the provider's carrier: databases can be slow to give up a group."""

    waiting_for: list[Groups]
    owners: dict[str, Groups]

    def declared(self, ids: Iterable[str]) -> dict[str, Groups]:
        """What the owners of members declare; by default nobody anything."""
        found = getattr(self, "owners", {})
        return {each: found[each] for each in ids if each in found}

    def leaving(self, groups: Groups) -> dict[str, str]:
        """Nobody; that it was asked is noted."""
        self.waiting_for = [*getattr(self, "waiting_for", []), groups]
        return {}


@dataclass
class World:
    """One enrollment, deployed again and again.

    Args:
        fleet: what there is.
        selected: who is selected now; `None` for who is passed over.
        inputs: what the program says.
    """

    fleet: Crew
    selected: dict[str, str | None]
    inputs: Props = field(default_factory=dict)
    outs: Props | None = None
    old_inputs: Props = field(default_factory=dict)
    deferred: dict[str, str] = field(default_factory=dict)
    id: str = ""

    def __post_init__(self) -> None:
        self.inputs = {**inputs(), **self.inputs}
        self.provider = _Provider(self)

    def check(self) -> Props:
        """What a preview would show as inputs."""
        claims.forget()
        checked = self.provider.check(self.old_inputs, self.inputs)
        assert not checked.failures, checked.failures[0].reason
        return dict(checked.inputs or {})

    def changed(self) -> bool:
        """Whether a preview would show a change."""
        return self._differs(self.check())

    def up(self) -> Props:
        """Deploy as the engine does; returns the outputs."""
        news = self.check()
        if self.outs is None:
            made = self.provider.create(news)
            self.id, self.outs = str(made.id), dict(made.outs or {})
        elif self._differs(news):
            self.outs = dict(self.provider.update(self.id, self.outs, news).outs or {})
        self.old_inputs = news
        return self.outs

    def refresh(self) -> None:
        """Read as the engine does."""
        found = self.provider.read(self.id, self.outs or {})
        self.outs, self.old_inputs = dict(found.outs or {}), dict(found.inputs or {})

    def destroy(self) -> None:
        """Delete as the engine does; what is selected does not matter."""
        claims.forget()
        self.provider.delete(self.id, self.outs or {})

    def _differs(self, news: Props) -> bool:
        outs = self.outs or {}
        verdict = self.provider.diff(self.id, outs, news)
        assert not verdict.replaces
        # Without a verdict the engine compares the inputs itself.
        return bool(news != self.old_inputs if verdict.changes is None else verdict.changes)


class _Provider(Ec2EnrollmentProvider):
    def __init__(self, world: World) -> None:
        self._world = world

    def _carrier(self, settings: Settings) -> Any:
        del settings
        return self._world.fleet

    def _look(self, settings: Settings, props: Props, replaced: Groups) -> Discovery[Any]:
        del settings, props, replaced
        there = {name: why for name, why in self._world.selected.items() if name in self._world.fleet.groups}
        members = {
            name: name.upper() for name, why in there.items() if why is None and name not in self._world.deferred
        }
        skipped = {name: why for name, why in there.items() if why is not None}
        found = Selection(members, skipped, dict(self._world.deferred))
        return Discovery(lambda _: found, dict(self._world.fleet.groups))


def inputs(**more: Any) -> Props:
    """What a program says of an enrollment."""
    return {
        "vpc_id": VPC,
        "security_group_ids": [TRUST],
        "reserved_group_ids": [TRUST],
        "select": {"whole_vpc": True},
        "pace": {"capacity": 1.0},
        **more,
    }


def world(*members: str, groups: tuple[str, ...] = (WEB,), **more: Any) -> World:
    """Members that all have the same groups and are all selected."""
    return World(Crew(dict.fromkeys(members, groups)), dict.fromkeys(members), more)


def patch(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits, and which groups exist is not asked of AWS."""
    monkeypatch.setattr(security_groups, "existing", lambda _connection, groups: frozenset(groups))
    patient = partial(Reconciler, sleep=lambda _: None)
    monkeypatch.setattr("sg_integration.providers.enrollment.Reconciler", patient)
    monkeypatch.setattr(pacing, "_SHARED", {})
    claims.forget()


def done(outs: Props) -> Props:
    """What was done, without what was found."""
    return {name: outs[name] for name in DONE}
