"""The guard: what keeps everybody from giving himself a group.

FROZEN: the path of this module and the name of its provider class stand in every stack's state.

It is written here and not as a resource of the kubernetes provider, because what it allows follows from the bindings of all
stacks: each of them adds to it and takes from it, and a stack that owned the text would undo what the others wrote.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ResourceProvider, UpdateResult

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import guard
from sg_integration.model.bindings import Binding
from sg_integration.model.errors import IntegrationError, MemberChanged, Refused
from sg_integration.model.label_selectors import LabelSelector, in_namespace
from sg_integration.providers.cluster_access import cluster, refused
from sg_integration.providers.pod_grants import compiled
from sg_integration.providers.settings import CLUSTER, PLACEHOLDER, can_reach, has_unknown, is_unknown
from sg_integration.providers.state import Props

FOUND: Final = ("rules", "repair", "waiting", "withdrawn")
_TRIES: Final = 20


class PodGuardProvider(ResourceProvider):
    """The policy that says which namespace may use which groups; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Find out what each namespace may use, and whether the guard is as it should be."""
        olds, inputs = _olds or {}, {name: value for name, value in news.items() if name not in FOUND}
        try:
            if not can_reach(inputs):
                return CheckResult(inputs, [])
            there = cluster(inputs)
            actual = there.guard()
            _refuse_another(actual, inputs, olds)
            waiting = _waiting(there, actual)
            # Nobody needs so long from a grant to the binding: whoever made it was killed, and came back no more.
            withdrawn = sorted(waiting & set(olds.get("waiting") or ()))
            desired = _compiled(there, actual, {**inputs, "withdrawn": withdrawn})
        except IntegrationError as error:
            return refused(error, olds, inputs, FOUND)
        found: Props = {"rules": _in_words(desired), "waiting": sorted(waiting), "withdrawn": withdrawn}
        if withdrawn:
            found["repair"] = f"what killed runs were about to allow is allowed no more: {', '.join(withdrawn)}"
        elif olds and (actual is None or guard.differs(actual, desired)):
            said = "written again: it was removed" if actual is None else "written again: it is not as bindings say"
            found["repair"] = f"{said} (once more)" if olds.get("repair") == said else said
        elif olds.get("repair"):
            found["repair"] = olds["repair"]  # no news; its going would look like some
        return CheckResult({**inputs, **found}, [])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Other groups that are allowed, or a guard to repair; not what other bindings wrote into it by themselves."""
        names = ("allowed_groups", "repair", "owner", *CLUSTER)
        changed = any(has_unknown(_news.get(name)) or _olds.get(name) != _news.get(name) for name in names)
        return DiffResult(changes=None if changed else False, replaces=[])

    def create(self, props: Props) -> CreateResult:
        """Write the guard; one that a killed run of the same stack left is taken over."""
        self._write({}, props)
        return CreateResult(f"guard/{uuid.uuid4().hex[:8]}", dict(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Write it anew."""
        self._write(_olds, _news)
        return UpdateResult(dict(_news))

    def delete(self, _id: str, _props: Props) -> None:
        """Take it away."""
        there = cluster(_props)
        actual = there.guard()
        if actual is not None and _owner(actual) == _props.get("owner"):
            there.delete_guard()

    def _write(self, olds: Props, props: Props) -> None:
        """Write it until it is as the bindings say, also those that were registered while it was written."""
        there, last = cluster(props), ""
        for _ in range(_TRIES):
            actual = there.guard()
            _refuse_another(actual, props, olds)
            desired = _compiled(there, actual, props)
            if actual is not None and not guard.differs(actual, desired):
                return
            try:
                there.put_guard(desired)
            except MemberChanged as error:
                last = error.words
        raise Refused(
            f"writing ValidatingAdmissionPolicy {guard.NAME}", "Conflict", last or "it is never as it was written.",
            "Look who else writes it.",
        )  # fmt: skip


def _waiting(there: Cluster, actual: Mapping[str, Any] | None) -> set[str]:
    """The bindings that were granted their groups and are not registered (yet)."""
    return set(guard.grants(actual or {}).pending) - {each.key for each in there.registry()}


def _compiled(there: Cluster, actual: Mapping[str, Any] | None, props: Props) -> dict[str, Any]:
    withdrawn = set(props.get("withdrawn") or ())
    return compiled(
        there,
        actual,
        lambda pending: {key: each for key, each in pending.items() if key not in withdrawn},
        allowed=tuple(_allowed(props)),
        owner=str(props.get("owner", "")),
    )


def _allowed(props: Props) -> list[Binding]:
    """What the program allows besides what is bound, a binding of no pods for each namespace."""
    found = props.get("allowed_groups") or {}
    return [
        Binding(f"allowed-{name}", in_namespace(name), LabelSelector(), frozenset(map(_known, groups)))
        for name, groups in sorted(({} if is_unknown(found) else found).items())
        if not is_unknown(groups)
    ]


def _known(group: object) -> str:
    return PLACEHOLDER if is_unknown(group) else str(group)


def _in_words(desired: Mapping[str, Any]) -> dict[str, str]:
    return {str(where): ", ".join(sorted(groups)) for where, groups in guard.rules(desired).items()}


def _owner(actual: Mapping[str, Any] | None) -> str:
    annotations = ((actual or {}).get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(guard.OWNER, ""))


def _refuse_another(actual: Mapping[str, Any] | None, props: Props, olds: Props) -> None:
    """Refuse if another stack has the guard; the name that this one had before it was renamed is no other."""
    owner = _owner(actual)
    if owner and owner not in (props.get("owner"), olds.get("owner")):
        raise Refused(
            f"declaring the guard as {props.get('owner')}",
            "AlreadyExists",
            f"{owner} declares the guard of this cluster.",
            "A cluster has one: if this is to be another cluster, give it a context= or kubeconfig= of its own; else write "
            "guard=False here, and what is allowed here into that one's allowed_groups.",
        )
