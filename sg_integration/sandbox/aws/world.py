"""What there is besides the cloud itself: the time, the settings, the faults. One of each for the process, as moto's cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.clock import Clock, Timeline
from sg_integration.sandbox.aws.fault_book import FaultBook
from sg_integration.sandbox.aws.settings import Settings
from sg_integration.sandbox.aws.throttling import Buckets

if TYPE_CHECKING:
    from collections.abc import Mapping


class World:
    """The surroundings of the cloud, all as in an account that nobody has meddled with."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.timeline = Timeline(self.clock)
        self.buckets = Buckets(self.clock)
        self.faults = FaultBook()
        self.settings = Settings()

    def change(self, document: Mapping[str, Any]) -> None:
        """Change settings. Raises ValueError for what cannot be set, and changes nothing then."""
        self.settings = self.settings.changed(document)
        self.clock.run_at(self.settings.clock_scale)
        if "throttling" in document:
            self.buckets.clear()

    def reset(self) -> None:
        """Everything as at first; what was to happen later does not."""
        self.faults.clear()
        self.timeline.clear()
        self.buckets.clear()
        self.settings = Settings()
        self.clock.run_at(self.settings.clock_scale)


WORLD = World()
