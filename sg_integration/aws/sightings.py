"""What was seen of a VPC a moment ago, for a preview: enrollments and enforcement look at the same interfaces one after another.

Only a preview may use it. An update reads each time: what the program itself has made meanwhile must be seen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sg_integration.model.members import Instance

_SECONDS: Final = 60
_LOCK: Final = threading.Lock()
_SEEN: Final[dict[Hashable, tuple[float, Sighting]]] = {}


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is in a VPC.

    Args:
        interfaces: every interface, as EC2 describes it.
        instances: every live instance, by id.
    """

    interfaces: tuple[Any, ...]
    instances: Mapping[str, Instance]


def lately(where: Hashable, look: Callable[[], Sighting]) -> Sighting:
    """What was seen there within the last minute; else what is seen now, once however many ask at the same time.

    Args:
        where: what tells one place from another.
        look: looks; what it raises is raised, and nothing is kept.
    """
    with _LOCK:
        at, found = _SEEN.get(where, (0.0, None))
        if found is None or time.monotonic() - at > _SECONDS:
            found = look()
            _SEEN[where] = time.monotonic(), found
        return found
