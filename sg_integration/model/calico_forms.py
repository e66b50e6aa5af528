"""The forms that one object takes while the old objects become the new ones.

There are four steps, and every object takes each before any takes the next:

* `prepare` adds what passes already: nothing changes;
* `narrow` takes away what the new objects do not pass, and begins to deny what they deny;
* `widen` adds what is new, and stops to deny what the new objects do not deny;
* `tidy` takes away what other objects say as well: nothing changes. Removals follow.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from sg_integration.model.calico_objects import MEANING, Manifest
from sg_integration.model.calico_selectors import narrower
from sg_integration.model.calico_state import DIRECTIONS, NETWORK_SET, POLICY, TIER, State, narrows, rules

STEPS: Final = ("prepare", "narrow", "widen", "tidy")
Forms: TypeAlias = list[Manifest | None]
"""An object after each step; `None` while it does not exist."""


def forms(old: Manifest | None, new: Manifest | None, before: State, after: State) -> Forms:
    """The forms of one object.

    Args:
        old: as it is; `None` if it does not exist.
        new: as it shall be; `None` if it shall go: the last form is then what is removed.
        before: all objects as they are.
        after: all objects as they shall be.
    """
    present = [each for each in (old, new) if each is not None]
    kind = present[0]["kind"]
    if kind == TIER:
        return _tier(present[0], present[-1], before, after)
    if kind not in (POLICY, NETWORK_SET):
        return [old, old, present[-1], present[-1]]
    if narrows(present[-1]):
        last = new or _empty(present[0])
        return [old, _stricter(present[0], present[-1]), last, last]
    return _sets(old, new, before, after) if kind == NETWORK_SET else _policies(old, new, before, after)


def _tier(old: Manifest, new: Manifest, before: State, after: State) -> Forms:
    """A tier denies only while all of its policies are there, so that half of them cut nobody off."""
    name = new["metadata"]["name"]
    first = old if before.peopled(name) else _passing(new) if after.peopled(name) else new
    last = new if after.peopled(name) else _passing(old) if before.peopled(name) else new
    return [first, last if after.peopled(name) else first, last, last]


def _passing(tier: Manifest) -> Manifest:
    return {**tier, "spec": {**tier["spec"], "defaultAction": "Pass"}}


def _stricter(old: Manifest, new: Manifest) -> Manifest:
    """What denies whatever the one or the other denies; of policies, to those whom the new one selects."""
    if new["kind"] == NETWORK_SET:
        return _with_networks(old, new, [*new["spec"].get("nets", ()), *old["spec"].get("nets", ())])
    either = {d: {**rules(new, d), **rules(old, d)} for d in DIRECTIONS}
    return _with_rules(old, new, new["spec"]["selector"], either)


def _empty(old: Manifest) -> Manifest:
    """What denies nothing any more, before it goes."""
    if old["kind"] == NETWORK_SET:
        return _with_networks(old, None, [])
    return _with_rules(old, None, old["spec"]["selector"], {})


def _sets(old: Manifest | None, new: Manifest | None, before: State, after: State) -> Forms:
    """Networks may come once they pass already, and stay while they still pass."""
    template = new or old or {}
    olds, news = (list(each["spec"].get("nets", ())) if each else [] for each in (old, new))
    early = [net for net in news if before.has_network(template, net)]
    kept = [net for net in olds if after.has_network(template, net)]
    prepared = _with_networks(old, new, [*olds, *early]) if old or early else None
    narrowed = _with_networks(prepared, new, [*early, *kept]) if prepared else None
    widened = _with_networks(narrowed, new, [*news, *kept]) if new else narrowed
    return [prepared, narrowed, widened, new or widened]


def _with_networks(old: Manifest | None, new: Manifest | None, nets: list[str]) -> Manifest:
    wanted = set(nets)
    for each in (old, new):
        if each is not None and set(each["spec"].get("nets", ())) == wanted:
            return each
    return _between(new or old or {}, {"nets": list(dict.fromkeys(nets))})


def _policies(old: Manifest | None, new: Manifest | None, before: State, after: State) -> Forms:
    """Rules may come once what they pass passes already, and stay while it still passes."""
    template = new or old or {}
    first, last = (old or template)["spec"]["selector"], (new or template)["spec"]["selector"]
    selector = first if narrower(first, last) else last if narrower(last, first) else None
    olds, news = ({d: rules(each, d) if each else {} for d in DIRECTIONS} for each in (old, new))
    early = _passed(template, first, news, before)
    prepared = _with_rules(old, new, first, _merged(olds, early)) if old or any(early.values()) else None
    kept = (
        _merged(_passed(template, selector, news, before), _passed(template, selector, olds, after)) if selector else {}
    )
    narrowed = _with_rules(prepared, new, selector or last, kept) if prepared else None
    widened = _with_rules(narrowed, new, last, _merged(news, kept)) if new else narrowed
    return [prepared, narrowed, widened, new or widened]


_Rules: TypeAlias = dict[str, dict[str, Any]]


def _passed(policy: Manifest, selector: str, candidates: _Rules, state: State) -> _Rules:
    """Those of the rules that would pass nothing more in a state."""
    return {
        direction: {key: rule for key, rule in some.items() if state.passes(policy, selector, direction, key, rule)}
        for direction, some in candidates.items()
    }


def _merged(one: _Rules, other: _Rules) -> _Rules:
    return {direction: {**one.get(direction, {}), **other.get(direction, {})} for direction in DIRECTIONS}


def _with_rules(old: Manifest | None, new: Manifest | None, selector: str, wanted: _Rules) -> Manifest:
    for each in (old, new):
        if each is not None and _says(each, selector, wanted):
            return each
    lists = {direction: list(wanted.get(direction, {}).values()) for direction in DIRECTIONS}
    return _between(new or old or {}, {"selector": selector, **lists})


def _says(policy: Manifest, selector: str, wanted: _Rules) -> bool:
    return policy["spec"]["selector"] == selector and all(
        rules(policy, direction).keys() == wanted.get(direction, {}).keys() for direction in DIRECTIONS
    )


def _between(template: Manifest, spec: dict[str, Any]) -> Manifest:
    """A form that is neither the old nor the new one, and says so."""
    metadata = template["metadata"]
    annotations = {**(metadata.get("annotations") or {}), MEANING: "(while policy changes)"}
    return {**template, "metadata": {**metadata, "annotations": annotations}, "spec": {**template["spec"], **spec}}
