"""Names, ids, descriptions and tags: what AWS accepts, checked before anything is sent.

Every function takes the value and `where` (the object and the argument, for the message), returns the
value as AWS wants it, and raises `InvalidInput`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sg_integration.model.errors import InvalidInput

OUR_TAG_PREFIX: Final = "sg-integration:"
CLUSTER_TAG_PREFIX: Final = "kubernetes.io/cluster/"

_HEX: Final = r"(?:[0-9a-f]{8}|[0-9a-f]{17})"
_KINDS: Final = {"sg": "security group", "vpc": "VPC", "pl": "prefix list"}
# The characters and the length that CreateSecurityGroup allows in GroupDescription and in rule descriptions.
_DESCRIPTION_CHARACTER: Final = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]"
_DESCRIPTION: Final = re.compile(rf"{_DESCRIPTION_CHARACTER}{{1,255}}")
_NOT_IN_DESCRIPTION: Final = re.compile(_DESCRIPTION_CHARACTER.replace("[", "[^", 1))
_REGION: Final = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+")
_TAGS_LIMIT: Final = 50
_TAG_KEY_LIMIT: Final = 128
_TAG_VALUE_LIMIT: Final = 256


def security_group_id(value: object, where: str) -> str:
    """A security group id: `sg-` and 8 or 17 hexadecimal digits."""
    return _identifier(value, where, "sg")


def vpc_id(value: object, where: str) -> str:
    """A VPC id: `vpc-` and 8 or 17 hexadecimal digits."""
    return _identifier(value, where, "vpc")


def prefix_list_id(value: object, where: str) -> str:
    """A managed prefix list id: `pl-` and 8 or 17 hexadecimal digits."""
    return _identifier(value, where, "pl")


def name(value: object, where: str) -> str:
    """A name that a person gave: any text that is not blank and has no `::`, which would split a Pulumi URN."""
    if not isinstance(value, str):
        raise InvalidInput(where, f"{value!r} is not a name; write a text.")
    if not value.strip():
        raise InvalidInput(where, "the name is empty; a rule is named after its two ends, so both need a name.")
    if "::" in value:
        raise InvalidInput(where, f'"{value}" contains "::", which Pulumi keeps to separate the parts of a URN.')
    return value


def group_name(value: object, where: str, *, room: int = 0) -> str:
    """A name that a security group is made under: what CreateSecurityGroup takes, with room for what is added to it.

    Pulumi adds eight characters to make the name unique. AWS keeps names that begin with `sg-` to itself.

    Args:
        value: the name.
        where: the argument, for the message.
        room: how many characters the library adds to the name.
    """
    known = name(value, where)
    longest = 255 - 8 - room
    if not _DESCRIPTION.fullmatch(known) or len(known) > longest or known.startswith("sg-"):
        raise InvalidInput(
            where,
            f"{known!r} cannot name a security group: write at most {longest} letters, digits, spaces and "
            "._-:/()#,@[]+=&;{}!$*, not beginning with sg-.",
        )
    return known


def region(value: object, where: str) -> str:
    """A region of AWS, by its form: `eu-central-1`, `us-gov-west-1`."""
    if not isinstance(value, str) or not _REGION.fullmatch(value):
        raise InvalidInput(where, f"{value!r} is not a region; write one such as eu-central-1.")
    return value


def description(value: object, where: str) -> str:
    """A description that AWS accepts: 1 to 255 letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`."""
    if not isinstance(value, str) or not _DESCRIPTION.fullmatch(value):
        raise InvalidInput(
            where, f"{value!r} is not 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$* as AWS requires."
        )
    return value


def as_description(text: str) -> str:
    """Any text made into one that `description` accepts: foreign characters become `_`, the rest is cut."""
    return _NOT_IN_DESCRIPTION.sub("_", text)[:255]


def tags(value: Mapping[str, object], where: str, *, reserved_group: bool = False) -> Mapping[str, object]:
    """Tags that a user may put on a group of ours.

    Refuses AWS's own keys, our own keys and, on a reserved group, `kubernetes.io/cluster/*`: a network
    interface may have only one group with that tag, or the AWS load balancer controller stops registering targets.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(where, f'{value!r} is no mapping; write {{"key": "value"}}.')
    if len(value) > _TAGS_LIMIT - 3:
        raise InvalidInput(where, f"{len(value)} tags are too many: AWS allows {_TAGS_LIMIT}, and up to 3 are ours.")
    for key, text in value.items():
        _tag(key, text, f'{where}["{key}"]')
        if reserved_group and key.startswith(CLUSTER_TAG_PREFIX):
            raise InvalidInput(
                f'{where}["{key}"]',
                "on this group the AWS load balancer controller would find two cluster groups on one interface.",
            )
    return value


def _tag(key: object, text: object, at: str) -> None:
    if not isinstance(key, str):
        raise InvalidInput(at, f"{key!r} is no text; a tag's key is one.")
    if not 1 <= len(key) <= _TAG_KEY_LIMIT:
        raise InvalidInput(at, f"a tag's key has 1 to {_TAG_KEY_LIMIT} characters.")
    if isinstance(text, (int, float, list, tuple, dict, type(None))):
        raise InvalidInput(at, f"{text!r} is no text; a tag's value is one.")
    if isinstance(text, str) and len(text) > _TAG_VALUE_LIMIT:
        raise InvalidInput(at, f"a tag's value has at most {_TAG_VALUE_LIMIT} characters.")
    if key.lower().startswith("aws:"):
        raise InvalidInput(at, "AWS keeps keys that begin with aws: to itself.")
    if key.startswith(OUR_TAG_PREFIX):
        raise InvalidInput(
            at, f"keys that begin with {OUR_TAG_PREFIX} say what a group is; only the library sets them."
        )


def _identifier(value: object, where: str, prefix: str) -> str:
    if isinstance(value, str) and re.fullmatch(rf"{prefix}-{_HEX}", value):
        return value
    if hasattr(value, "id"):
        raise InvalidInput(where, f"a {type(value).__name__} is no {_KINDS[prefix]} id; pass its .id.")
    raise InvalidInput(
        where, f"{value!r} is not a {_KINDS[prefix]} id; write {prefix}- and 8 or 17 hexadecimal digits."
    )
