"""Pages: MaxResults and NextToken of EC2, MaxRecords and Marker of RDS.

A token stands for the ids that were left when its page was made: the later pages show what of that is still there, and
nothing twice. A token may be used again, as when a client repeats a request.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, TypeVar

from sg_integration.sandbox.aws.strict.errors import AwsError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_Item = TypeVar("_Item")
_LEAST, _MOST = 5, 1000
_LEAST_RECORDS, _MOST_RECORDS = 20, 100
_MOST_TOKENS = 1000
_left: dict[str, list[str]] = {}


def forget() -> None:
    """Make all tokens invalid."""
    _left.clear()


def check_results(params: Mapping[str, Any], ids_parameter: str, shown_as: str) -> None:
    """Refuse a page size that EC2 does not take, or one beside ids."""
    wanted = params.get("MaxResults")
    if wanted is None:
        return
    if params.get(ids_parameter):
        text = f"The parameter {shown_as} cannot be used with the parameter maxResults"
        raise AwsError("InvalidParameterCombination", text)
    if not _LEAST <= int(wanted) <= _MOST:
        text = (
            f"Value ( {wanted} ) for parameter maxResults is invalid. Expecting a value between {_LEAST} and {_MOST}."
        )
        raise invalid(text)


def results(
    params: Mapping[str, Any],
    find: Callable[[], Sequence[_Item]],
    get: Callable[[str], _Item | None],
    key: Callable[[_Item], str],
) -> tuple[list[_Item], str | None]:
    """One page of EC2, and the token of the next. Without a page size it is the largest there is.

    Args:
        params: of the request, checked by `check_results`.
        find: finds everything that is asked for; called for the first page only.
        get: finds one by its id; None when it is gone.
        key: an item's id.
    """
    token, size = params.get("NextToken"), int(params.get("MaxResults") or _MOST)
    if token:
        items, left = _continued(
            token, size, get, AwsError("InvalidNextToken", "The specified NextToken is not valid.")
        )
        return items, _token(left)
    found = find()
    return list(found[:size]), _token([key(item) for item in found[size:]])


def records(
    params: Mapping[str, Any], found: Sequence[_Item], key: Callable[[_Item], str]
) -> tuple[list[_Item], str | None]:
    """One page of RDS, and the marker of the next."""
    size = int(params.get("MaxRecords") or _MOST_RECORDS)
    if not _LEAST_RECORDS <= size <= _MOST_RECORDS:
        raise invalid(f"Invalid value {size} for MaxRecords. Must be between {_LEAST_RECORDS} and {_MOST_RECORDS}")
    if marker := params.get("Marker"):
        known = {key(item): item for item in found}
        wrong = invalid("The marker is not valid for this request.")
        items, left = _continued(marker, size, known.get, wrong)
        return items, _token(left)
    return list(found[:size]), _token([key(item) for item in found[size:]])


def _continued(
    token: str, size: int, get: Callable[[str], _Item | None], wrong: AwsError
) -> tuple[list[_Item], list[str]]:
    """The page that a token stands for, and the ids that come after it."""
    if token not in _left:
        raise wrong
    ids = _left[token]
    items = [item for item in (get(each) for each in ids[:size]) if item is not None]
    return items, ids[size:]


def _token(ids: list[str]) -> str | None:
    """A token for these ids; the oldest tokens are forgotten."""
    if not ids:
        return None
    while len(_left) >= _MOST_TOKENS:
        del _left[next(iter(_left))]
    token = secrets.token_urlsafe(24)
    _left[token] = ids
    return token
