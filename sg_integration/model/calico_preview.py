"""What a preview says of our objects: what each that changes opens and closes, a line for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sg_integration.model.calico_objects import OWNER, Manifest, meaning
from sg_integration.model.calico_order import same
from sg_integration.model.calico_state import NETWORK_SET, Identity, identity

REMOVED: Final = "removed by somebody: written again"
EDITED: Final = "edited by somebody: written again"
OTHERWISE: Final = "selects others, or says the same in another way"


def changes(actual: Mapping[Identity, Manifest], desired: Mapping[str, Manifest]) -> dict[str, str]:
    """Each object that is not as it should be, by its name.

    A new one has its meaning; one that changes, what of its meaning goes (`-`) and comes (`+`); one that is needed no more, what
    it meant.

    Args:
        actual: our objects as they stand.
        desired: our objects as they should be.
    """
    wanted = {identity(each): each for each in desired.values()}
    found: dict[str, str] = {}
    for each in sorted({*actual, *wanted}):
        old, new = actual.get(each), wanted.get(each)
        if new is None and old is not None:
            found.setdefault(
                each[1], f"no longer needed: {_meaning(old)}"
            )  # a staged one may have the name of a new one
        elif old is None and new is not None:
            found[each[1]] = _meaning(new)
        elif old is not None and new is not None and not same(old, new):
            found[each[1]] = _difference(old, new)
    return found


def drift(actual: Mapping[Identity, Manifest], desired: Mapping[str, Manifest]) -> dict[str, str]:
    """The same, when nothing is wanted otherwise than at the last time: then somebody else did it."""
    standing = {name for _, name in actual}
    return {
        name: words if name not in desired else EDITED if name in standing else REMOVED
        for name, words in changes(actual, desired).items()
    }


def _difference(old: Manifest, new: Manifest) -> str:
    if _owner(old) != _owner(new):
        return f"taken over from {_owner(old) or 'nobody'}"
    separator = ", " if new["kind"] == NETWORK_SET else "; "
    (_, before), (about, after) = _parts(old, separator), _parts(new, separator)
    moved = [f"- {each}" for each in before if each not in after] + [
        f"+ {each}" for each in after if each not in before
    ]
    return f"{about}{separator.join(moved)}" if moved else f"{about.removesuffix(': ')}: {OTHERWISE}"


def _owner(manifest: Manifest) -> str:
    return str((manifest["metadata"].get("annotations") or {}).get(OWNER, ""))


def _parts(manifest: Manifest, separator: str) -> tuple[str, Sequence[str]]:
    """What an object is about, and the phrases of its meaning."""
    about, colon, phrases = _meaning(manifest).partition("): ")
    return about + colon, phrases.split(separator) if phrases else []


def _meaning(manifest: Manifest) -> str:
    return meaning(manifest).removeprefix(manifest["metadata"]["name"]).strip()
