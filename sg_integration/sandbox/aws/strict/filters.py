"""Filters of EC2's describing actions, applied to what is shown.

A filter passes when any of its values matches any of the thing's (`*` and `?` are wildcards); all filters must pass.
Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html.
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from moto.core.utils import get_service_model

from sg_integration.sandbox.aws.strict.errors import AwsError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Passes = Callable[[Mapping[str, Any]], bool]

_MOST_VALUES = 200
_MOST_FILTERS = 50


def check_filters(filters: Mapping[str, Sequence[str]]) -> None:
    """Refuse more filters, or more values of one, than AWS takes."""
    if len(filters) > _MOST_FILTERS:
        raise AwsError(
            "FilterLimitExceeded", f"The maximum number of filters specified on a single call is {_MOST_FILTERS}"
        )
    if any(len(values) > _MOST_VALUES for values in filters.values()):
        text = f"The maximum number of filter values specified on a single call is {_MOST_VALUES}"
        raise AwsError("FilterLimitExceeded", text)


@lru_cache(maxsize=8)
def documented(action: str) -> frozenset[str]:
    """The filters that AWS's own documentation of an action names, as botocore has it."""
    operation = get_service_model("ec2").operation_model(action)
    shape = operation.input_shape.members["Filters"]
    return frozenset(re.findall(r"<code>([a-z0-9.-]+)</code>", shape.documentation))


def passing(action: str, filters: Mapping[str, Sequence[str]], paths: Mapping[str, str], tags: str) -> Passes:
    """The test that these filters are.

    Args:
        action: the describing action.
        filters: name to values.
        paths: for each filter that is emulated, where its values stand in what is shown: `Attachment.InstanceId`.
        tags: the key of the tags in what is shown.
    """
    check_filters(filters)
    for name in set(filters) - set(paths):
        if name in documented(action) and name != "tag-key":
            raise NotImplementedError(f"the filter {name}")
    tests = [_test(name, values, paths, tags) for name, values in filters.items()]
    return lambda shown: all(test(shown) for test in tests)


def _test(name: str, values: Sequence[str], paths: Mapping[str, str], tags: str) -> Passes:
    matches = _matcher(tuple(values))
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda shown: any(tag["Key"] == key and matches(tag["Value"]) for tag in shown.get(tags) or ())
    if name == "tag-key":
        return lambda shown: any(matches(tag["Key"]) for tag in shown.get(tags) or ())
    if name not in paths:
        raise invalid(f"The filter '{name}' is invalid")
    steps = paths[name].split(".")
    return lambda shown: any(matches(each) for each in _values(shown, steps))


def _values(shown: Any, steps: Sequence[str]) -> Iterator[str]:
    """The values at that place, as a filter writes them."""
    if shown is None:
        return
    if isinstance(shown, list):
        for each in shown:
            yield from _values(each, steps)
    elif steps:
        yield from _values(shown.get(steps[0]), steps[1:])
    elif isinstance(shown, bool):
        yield "true" if shown else "false"
    else:
        yield str(shown)


@lru_cache(maxsize=64)
def _matcher(values: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a text is one of the values, or like one of them."""
    plain = frozenset(value for value in values if not set(value) & set("*?"))
    patterns = [re.compile(fnmatch.translate(value.replace("[", "[[]"))) for value in values if value not in plain]
    return lambda text: text in plain or any(pattern.match(text) for pattern in patterns)
