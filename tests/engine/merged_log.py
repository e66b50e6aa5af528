"""What was written to AWS's interfaces and to Calico's objects, merged by time, and what stood after each write."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sg_integration.sandbox.aws.calls import Call
from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.kubernetes.audit import Write

OURS = "app.kubernetes.io/managed-by"
JOINS = "ModifyNetworkInterfaceAttribute"
STAGED = "stagedglobalnetworkpolicies"
_FIRST_REFUSAL = 300

Objects = Mapping[str, Any]
Groups = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Moment:
    """What stands after one write.

    Args:
        write: the write in words: `patch sg-local.pods`, `eni-… sg-… sg-…`.
        objects: our objects, by `known`.
        groups: the groups of the interfaces that were written since the log began, by id.
    """

    write: str
    objects: Objects
    groups: Groups

    def carrying(self, *groups: str) -> set[str]:
        """The interfaces that have any of the groups."""
        return {interface for interface, found in self.groups.items() if found & set(groups)}

    def lacking(self, wanted: Objects) -> set[str]:
        """The objects that are not there, or say something else than wanted."""
        return {name for name, each in wanted.items() if _said(self.objects.get(name)) != _said(each)}


@dataclass
class MergedLog:
    """The log of AWS's calls, and the API server's own audit log.

    Args:
        aws: the account.
        kubernetes: the cluster.
        objects: our objects when the log began.
    """

    aws: EmbeddedAws
    kubernetes: EmbeddedKubernetes
    objects: Objects = field(default_factory=dict)

    def begin(self, objects: Objects) -> None:
        """Forget what was logged; these objects of ours stand now."""
        self.objects = dict(objects)
        self.aws.clear_calls()
        self.kubernetes.audit.clear()

    def writes(self) -> list[Call | Write]:
        """Every write that was carried out, in order; what the two were asked never overlaps, so that there is one."""
        calls = [call for call in self.aws.calls(JOINS) if call.code is None]
        done = [
            write for write in self.kubernetes.audit.writes() if write.status < _FIRST_REFUSAL and not write.dry_run
        ]
        both: list[Call | Write] = [*calls, *done]
        merged = sorted(both, key=lambda each: each.at)
        for one, other in itertools.pairwise(merged):
            assert isinstance(one, type(other)) or one.answered < other.at, f"at once: {one} and {other}"
        return merged

    def moments(self) -> Iterator[Moment]:
        """What stood after each of them."""
        objects, groups = dict(self.objects), dict[str, frozenset[str]]()
        for each in self.writes():
            if isinstance(each, Call):
                found = _groups(each)
                groups = {**groups, each.parameters["NetworkInterfaceId"]: frozenset(found)}
                yield Moment(" ".join([each.parameters["NetworkInterfaceId"], *found]), objects, groups)
            else:
                objects = _after(objects, each)
                yield Moment(f"{each.verb} {known(each.resource, each.name)}", objects, groups)


def known(resource: str, name: str) -> str:
    """What an object is called here: a staged policy has the name of the one that it tries out."""
    return f"{name}, staged" if resource == STAGED else name


def _groups(call: Call) -> list[str]:
    return [value for name, value in call.parameters.items() if name.startswith("SecurityGroupId.")]


def _after(objects: Objects, write: Write) -> dict[str, Any]:
    """Our objects after a write."""
    key = known(write.resource, write.name)
    left = {name: each for name, each in objects.items() if name != key}
    if write.verb.startswith("delete"):
        return left
    ours = write.answer["metadata"].get("labels", {}).get(OURS) == "sg-integration"
    return {**left, key: write.answer} if ours else left


def _said(found: Any) -> Any:
    """What an object says, whatever the server keeps about it."""
    return found and (found["kind"], found["metadata"].get("labels"), found["spec"])
