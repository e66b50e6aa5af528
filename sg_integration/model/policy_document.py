"""The inputs of policy as plain data, so that they can be kept in a file, changed, and compiled without AWS or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sg_integration.model.errors import InvalidInput
from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.policy_networks import host, network, span
from sg_integration.model.rules import Direction, PeerKind


def as_document(inputs: PolicyInputs) -> dict[str, Any]:
    """The inputs as JSON takes them: sets become sorted lists."""
    found: dict[str, Any] = _plain(asdict(inputs))
    return found


def from_document(document: Mapping[str, Any], where: str = "file") -> PolicyInputs:
    """The inputs that `as_document` made the document of.

    Args:
        document: the document; `groups`, `default_groups` and `pod_default` must be there, the rest may be left out.
        where: what the document is, for the message.

    Raises:
        InvalidInput: it is malformed; the message names the part.
    """
    try:
        return PolicyInputs(
            groups=tuple(_group(each) for each in document["groups"]),
            default_groups=frozenset(document["default_groups"]),
            pod_default=document["pod_default"],
            in_use=frozenset(document.get("in_use", ())),
            members=tuple(
                _each(Member, each, addresses=_all(network), groups=frozenset) for each in document.get("members", ())
            ),
            nodes=tuple(
                _each(Node, each, addresses=_all(host), groups=frozenset) for each in document.get("nodes", ())
            ),
            prefix_lists={key: _all(span)(value) for key, value in document.get("prefix_lists", {}).items()},
            reserved=frozenset(document.get("reserved", ())),
            vpc_cidrs=_all(network)(document.get("vpc_cidrs", ())),
            api_server=_all(host)(document.get("api_server", ())),
        )
    except KeyError as error:
        raise InvalidInput(where, f"it has no {error}; `sg-integration compile --save` writes such a file.") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidInput(where, f"it is not what `sg-integration compile --save` writes: {error}.") from error


def _group(document: Mapping[str, Any]) -> SecurityGroup:
    rules = tuple(
        _each(SecurityGroupRule, each, direction=Direction, peer_kind=PeerKind) for each in document.get("rules", ())
    )
    return SecurityGroup(document["id"], document.get("name", document["id"]), rules)


def _each(kind: Any, document: Mapping[str, Any], **convert: Callable[[Any], Any]) -> Any:
    return kind(**{name: convert.get(name, _same)(value) for name, value in document.items()})


def _all(check: Callable[[str], object]) -> Callable[[Iterable[str]], tuple[str, ...]]:
    """Takes a list as it is, if each of it can be read."""

    def taken(values: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in values if check(each))

    return taken


def _same(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, (Direction, PeerKind)) else value
