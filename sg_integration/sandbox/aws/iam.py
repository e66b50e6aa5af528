"""What an IAM policy says to what a request asks for, as AWS documents the evaluation of identity policies.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

A request asks for an action on each resource that it names; all of them must be allowed, and none denied. A condition on a key
that the request does not have is false.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_ARN_PARTS: Final = 6


@dataclass(frozen=True, slots=True)
class Ask:
    """An action on one resource.

    Args:
        action: `ec2:DeleteSecurityGroup`.
        arn: the resource; `*` where the action has none.
        context: the condition keys of the request and of the resource.
    """

    action: str
    arn: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def check(policy: Any) -> Mapping[str, Any]:
    """The policy, if all of it can be evaluated here. Raises ValueError for a part that cannot."""
    if not isinstance(policy, Mapping) or not isinstance(policy.get("Statement"), list):
        raise ValueError(f"a policy has a list of statements, unlike {policy!r}")  # noqa: TRY004  a wrong setting, whatever its type
    for statement in policy["Statement"]:
        parts = set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}
        operators = set(statement.get("Condition", {})) - set(_OPERATORS)
        if parts or operators or statement.get("Effect") not in ("Allow", "Deny"):
            raise ValueError(f"the sandbox does not evaluate all of {statement!r}")
    return policy


def refused(policy: Mapping[str, Any], asked: Iterable[Ask]) -> Ask | None:
    """The first thing asked for that the policy denies or does not allow; None if it lets all of it pass."""
    for ask in asked:
        effects = {each["Effect"] for each in policy["Statement"] if _is_about(each, ask)}
        if effects != {"Allow"}:
            return ask
    return None


def _is_about(statement: Mapping[str, Any], ask: Ask) -> bool:
    actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
    return (
        any(fnmatch.fnmatchcase(ask.action.lower(), each.lower()) for each in actions)
        and any(_like(ask.arn, each) for each in resources)
        and all(
            _holds(_OPERATORS[operator], _listed(wanted), ask.context.get(key))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: Callable[[str, str], bool], wanted: list[str], value: str | None) -> bool:
    return value is not None and any(operator(value, each) for each in wanted)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _like_arn(value: str, pattern: str) -> bool:
    """Each of the parts of an ARN by itself."""
    values, patterns = value.split(":", _ARN_PARTS - 1), pattern.split(":", _ARN_PARTS - 1)
    return len(values) == len(patterns) and all(map(_like, values, patterns))


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": str.__eq__,
    "StringLike": _like,
    "ArnEquals": _like_arn,
    "ArnLike": _like_arn,
}
