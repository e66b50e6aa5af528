"""Whether one of Calico's rules lets everything pass that another one lets pass, as far as that can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from sg_integration.model.calico_selectors import narrower
from sg_integration.model.policy_networks import span

_KNOWN: Final = {"action", "protocol", "ipVersion", "icmp", "source", "destination"}
_ENDS: Final = {"selector", "nets", "ports"}


def covers(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> bool:
    """Whether whatever the narrow rule matches the wide one matches too; false also where that cannot be seen.

    Somebody may have edited a rule: a port may have a name, or a network be none.
    """
    try:
        return _covers(wide, narrow)
    except ValueError:
        return False


def _covers(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> bool:
    if wide["action"] != narrow["action"] or not wide.keys() <= _KNOWN:
        return False
    if wide.get("protocol", narrow.get("protocol")) != narrow.get("protocol"):
        return False
    if wide.get("ipVersion", narrow.get("ipVersion")) != narrow.get("ipVersion"):
        return False
    if "icmp" in wide and not wide["icmp"].items() <= narrow.get("icmp", {}).items():
        return False
    return all(_end(wide[end], narrow.get(end) or {}) for end in ("destination", "source") if wide.get(end))


def _end(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> bool:
    """What is cheap to see comes first."""
    if not wide.keys() <= _ENDS or not wide.keys() <= narrow.keys():
        return False
    if "ports" in wide and not _ports_within(narrow["ports"], wide["ports"]):
        return False
    if "nets" in wide and not _within(narrow["nets"], wide["nets"]):
        return False
    return "selector" not in wide or narrower(narrow["selector"], wide["selector"])


def _within(narrow: Iterable[str], wide: Iterable[str]) -> bool:
    others = [span(each) for each in wide]
    return all(any(_inside(span(each), other) for other in others) for each in narrow)


def _inside(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return one[0] == other[0] and other[1] <= one[1] and one[2] <= other[2]


def _ports_within(narrow: list[int | str], wide: list[int | str]) -> bool:
    if narrow == wide:
        return True
    others = [_range(each) for each in wide]
    return all(any(low <= _range(each)[0] and _range(each)[1] <= high for low, high in others) for each in narrow)


@lru_cache(maxsize=65_536)
def _range(port: int | str) -> tuple[int, int]:
    low, _, high = str(port).partition(":")
    return int(low), int(high or low)
