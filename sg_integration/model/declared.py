"""The tag that says which groups the owner of a member's list declares: enrollments leave those alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.identifiers import OUR_TAG_PREFIX

TAG: Final = f"{OUR_TAG_PREFIX}declared"
"""Its key; the value is the ids of the groups, between spaces."""
LIMIT: Final = 12
"""So many ids fit into the value of a tag; a network interface takes 16 groups at most, and some are the owner's own."""


def tag_value(security_group_ids: Iterable[str]) -> str:
    """The tag's value for some groups.

    Raises:
        InvalidInput: more groups than the value of a tag can name.
    """
    ids = sorted(set(security_group_ids))
    if len(ids) > LIMIT:
        raise InvalidInput("Membership", f"{len(ids)} groups are too many: with trust {LIMIT} fit into a tag.")
    return " ".join(ids)


def declared(tags: Mapping[str, str]) -> Groups:
    """The groups that a member's tags say are declared by the owner of its list."""
    return frozenset(tags.get(TAG, "").split())
