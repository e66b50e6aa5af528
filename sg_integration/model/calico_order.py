"""In which order objects are written, so that no moment in between opens anything.

Laws, of any two sets of objects that `calico.objects` made, after every single write:

1. until the step `widen` begins nothing passes that the old objects do not pass, from then on nothing that the new ones do not:
   so never more than before or after, and at the turn only what both pass;
2. a change that only adds grants takes nothing away meanwhile, one that only takes grants away takes no other with it; and so the
   first installation cuts nobody off whom the finished one lets pass, nor does the removal;
3. of a change that does both, what stays in the same group by the same or a wider or narrower rule keeps passing. What
   passes before by one rule and after by an unrelated one may be cut between the two writes. So may a member that
   only now becomes one whose rules are held, and the peers of a group that only now becomes a node group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sg_integration.model.annotation import LABEL_PREFIX, OURS
from sg_integration.model.calico_forms import STEPS, forms
from sg_integration.model.calico_objects import Manifest
from sg_integration.model.calico_state import NETWORK_SET, TIER, Identity, State, identity
from sg_integration.model.policy_memory import uncollected

_WRITTEN: Final = {TIER: 0, NETWORK_SET: 1}
_LAST: Final = 2
_COUNTING: Final = (LABEL_PREFIX, f"{OURS}/")


@dataclass(frozen=True, slots=True)
class Write:
    """One write.

    Args:
        verb: `apply` or `delete`.
        manifest: what is written; of a deletion, what stands last.
        step: in which step: `prepare`, `narrow`, `widen`, `tidy`, `remove`, `finish`.
    """

    verb: Literal["apply", "delete"]
    manifest: Manifest
    step: str


def write_order(old: Mapping[str, Manifest], new: Mapping[str, Manifest]) -> tuple[Write, ...]:
    """The writes that make the old objects the new ones; see the laws above.

    Args:
        old: our objects as they were read, by any key.
        new: the objects as `calico.objects` makes them.

    Returns:
        Applications first, removals last; none if nothing differs. Only a tier whose policies stop to act is applied once
        more after them.
    """
    with uncollected():
        standing = {identity(each): each for each in old.values()}
        wanted = {identity(each): each for each in new.values()}
        if standing.keys() == wanted.keys() and all(same(standing[each], wanted[each]) for each in wanted):
            return ()
        return _ordered(State(old.values()), State(new.values()))


def _ordered(before: State, after: State) -> tuple[Write, ...]:
    steps: list[list[Write]] = [[] for _ in STEPS]
    standing: dict[Identity, Manifest] = {}
    for each in sorted({*before.objects, *after.objects}):
        found, wanted = before.objects.get(each), after.objects.get(each)
        now = found
        if found is None or wanted is None or not same(found, wanted) or each[0] == TIER:
            for step, (name, form) in enumerate(zip(STEPS, forms(found, wanted, before, after), strict=True)):
                if form is not None and not (now and same(now, form)):
                    steps[step].append(Write("apply", form, name))
                now = form
        if now is not None:
            standing[each] = now
    return (*_applied(steps), *_removed(standing, after), *_finished(standing, after))


def same(found: Manifest, wanted: Manifest) -> bool:
    """Whether an object, as it was read, says what is wanted, and nothing more that counts.

    A field more narrows or widens a policy, and a label of ours more puts networks into another group; whatever else others
    added does not count.
    """
    metadata, ours, spec = found["metadata"], wanted["metadata"], found.get("spec") or {}
    labels = metadata.get("labels") or {}
    return (
        spec.keys() <= wanted["spec"].keys()
        and not any(each.startswith(_COUNTING) and each not in ours["labels"] for each in labels)
        and _has(spec, wanted["spec"])
        and _has(labels, ours["labels"])
        and _has(metadata.get("annotations") or {}, ours["annotations"])
    )


def _has(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(found.get(key) == value for key, value in wanted.items())


def _applied(steps: list[list[Write]]) -> Iterator[Write]:
    """Tiers first, as policies need them; a tier begins to deny in `narrow` only, when whatever passes is there."""
    for some in steps:
        yield from sorted(some, key=_rank)


def _rank(write: Write) -> int:
    return _WRITTEN.get(write.manifest["kind"], _LAST)


def _removed(standing: Mapping[Identity, Manifest], after: State) -> Iterator[Write]:
    """Policies first, then what they named. Nothing of it acts any more: what denied is empty since the step `widen`."""
    gone = [manifest for each, manifest in standing.items() if each not in after.objects]
    yield from (Write("delete", manifest, "remove") for manifest in sorted(gone, key=_removal))


def _removal(manifest: Manifest) -> int:
    return {NETWORK_SET: 1, TIER: 2}.get(manifest["kind"], 0)


def _finished(standing: Mapping[Identity, Manifest], after: State) -> Iterator[Write]:
    """Tiers whose policies are gone get their own default back."""
    for each, manifest in standing.items():
        if each in after.objects and not same(manifest, after.objects[each]):
            yield Write("apply", after.objects[each], "finish")
