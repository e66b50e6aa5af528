"""What the guard demands, in CEL: variables and validations, each with a message that names namespace, group and rule.

Only CEL that Kubernetes 1.30 has, since the guard also serves clusters without mutating policies. Messages are evaluated for
every request, refused or not, so they join strings and do no more; and they must be one line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from sg_integration.model import annotation, cel
from sg_integration.model.annotation import ATTACHED, BOUND, GROUPS, LABEL_PREFIX, OURS
from sg_integration.model.bindings import EXCLUDED_NAMESPACES, Binding
from sg_integration.model.label_selectors import NAMESPACE_LABEL, LabelSelector

NAME: Final = f"{OURS}-guard"
"""The policy on pods, and its binding."""
ROUTES: Final = f"{OURS}-guard-bindings"
"""The policy on what binds a pod to a node, whose annotations and labels land on the pod; and its binding."""
RESOURCE: Final = "podgroups"
"""The virtual resource, in API group `sg-integration`, whose verb `use` lets an identity change the groups of running pods."""

_LONGEST_CHAIN: Final = 5_000  # what an API server needs to compile a chain of `||` grows with the square of its length
_KEYS: Final = {
    "groups": GROUPS,
    "attached": ATTACHED,
    "prefix": LABEL_PREFIX,
    "bound": BOUND,
    "form": annotation.WELL_FORMED,
    "api": OURS,
    "resource": RESOURCE,
}


def variables(allowed: Iterable[Binding]) -> list[dict[str, str]]:
    """The variables of the guard of pods; the last ones narrow the groups down to those that nothing allows.

    Args:
        allowed: bindings, of which only namespaces and groups count.
    """
    found = {
        "pod": 'object.metadata.?name.orValue(object.metadata.?generateName.orValue(""))',
        "where": '"namespace " + request.namespace + ", pod " + variables.pod + ": "',
        "isNew": 'request.operation == "CREATE"',
        "groupsText": cel.annotation(GROUPS),
        "attachedText": cel.annotation(ATTACHED),
        # What says a pod's groups, each as key=value: compared as sets, for a map has no order.
        "marks": _marks("object"),
        "before": f"variables.isNew ? [] : {_marks('oldObject')}",
        "added": "variables.marks.filter(m, !(m in variables.before))",
        "removed": "variables.before.filter(m, !(m in variables.marks))",
        # To be judged: all that a new pod names, and what a running one gains.
        "held": 'variables.before.join(" ").findAll("sg-[0-9a-f]+")',
        "groups": 'variables.isNew ? variables.groupsText.findAll("sg-[0-9a-f]+")'
        ' : variables.added.join(" ").findAll("sg-[0-9a-f]+").filter(g, !(g in variables.held))',
        "labels": _filled(
            "object.metadata.?labels.orValue({}).filter(k, k.startsWith($prefix) || k == $bound)",
        ),
        "namespaceLabels": "namespaceObject.metadata.?labels.orValue({})",
        **_refused(allowed),
    }
    return [{"name": name, "expression": expression} for name, expression in found.items()]


def in_words(allowed: Iterable[Binding]) -> dict[str, list[str]]:
    """Which groups may be used where: by the name of a namespace, or by a selector as kubectl writes it."""
    by_name, by_selector = _sorted_out(allowed)
    return {**by_name, **{str(selector): groups for selector, groups in by_selector.items()}}


def validations() -> list[dict[str, Any]]:
    """The rules of the guard of pods."""
    return [
        _malformed("groupsText", GROUPS),
        _malformed("attachedText", ATTACHED),
        _rule(
            "allowed-groups",
            "!variables.isNew || variables.refused.size() == 0",
            "no binding gives a pod of this namespace the groups that the pod names.",
            'variables.refused.join(", ") + ": no binding gives it to pods of this namespace. Declare one, or name the '
            'group in allowed_groups."',
        ),
        _rule(
            "labels-as-annotated",
            "!variables.isNew || variables.labels.size() == 0 || (variables.groups.size() > 0"
            f' && {cel.label(BOUND)} == "true" && sets.equivalent('
            "variables.labels, variables.groups.map(g, $prefix + g) + [$bound]))",
            f"the labels {LABEL_PREFIX}… and {BOUND} must be those of the groups in {GROUPS}, or be missing.",
            '"labels " + variables.labels.join(", ") + " are not those of annotation " + $groups + "=" + '
            'variables.groupsText + ", all of them and " + $bound + ": true. Leave them out; a binding writes them."',
        ),
        _rule(
            "only-the-integration",
            "variables.isNew || (variables.added.size() == 0 && variables.removed.size() == 0)"
            " || authorizer.group($api).resource($resource).namespace(request.namespace).check('use').allowed()",
            "only the integration may change the groups of a running pod.",
            '"only the integration may change the groups of a running pod (add " + variables.added.join(", ")'
            ' + "; remove " + variables.removed.join(", ") + "). Declare a binding; or grant the verb use on "'
            ' + $resource + "." + $api + "."',
        ),
        # A Role of a namespace's owner often says "all verbs on all resources", and so holds the verb in that namespace.
        _rule(
            "in-the-whole-cluster",
            "variables.isNew || variables.refused.size() == 0"
            " || authorizer.group($api).resource($resource).check('use').allowed()",
            "who may change groups in one namespace only gives those that bindings give there.",
            'variables.refused.join(", ") + ": no binding gives it to pods of this namespace, and whoever may change groups '
            'in this one only gives no other. Declare one; or grant the verb use on " + $resource + "." + $api + " by a '
            'ClusterRoleBinding."',
        ),
    ]


def route_validations() -> list[dict[str, Any]]:
    """The rule for objects that bind a pod to a node: none of our keys, since they would land on the pod."""
    message = "what binds a pod to a node carries no groups."
    return [
        {
            "expression": f"({_marks('object')}).size() == 0",
            "reason": "Forbidden",
            "message": f"rule only-the-integration: {message}",
            "messageExpression": '"namespace " + request.namespace + ", pod " + object.metadata.?name.orValue("")'
            f' + ": rule only-the-integration: " + ({_marks("object")}).join(", ") + {cel.text(": " + message)}',
        }
    ]


def _filled(expression: str) -> str:
    return cel.filled(expression, **_KEYS)


def _marks(of: str) -> str:
    return _filled(
        f"{of}.metadata.?annotations.orValue({{}}).map(k, k == $groups || k == $attached,"
        f" k + '=' + {of}.metadata.annotations[k])"
        f" + {of}.metadata.?labels.orValue({{}}).map(k, k.startsWith($prefix) || k == $bound,"
        f" k + '=' + {of}.metadata.labels[k])"
    )


def _rule(name: str, expression: str, otherwise: str, message: str) -> dict[str, Any]:
    """One validation; `otherwise` is what is said when the message would be too long."""
    return {
        "expression": _filled(expression),
        "reason": "Forbidden",
        "message": f"rule {name}: {otherwise}",
        "messageExpression": _filled(f'(variables.where + "rule {name}: " + {message}).replace("\\n", " ")'),
    }


def _malformed(variable: str, key: str) -> dict[str, Any]:
    """The rule on the form of an annotation; one that was there before the guard may stay while others change the pod."""
    text, mark = f"variables.{variable}", f"{cel.text(key + '=')} + variables.{variable}"
    otherwise = 'is no JSON list of group ids; write it as ["sg-…","sg-…"].'
    rule = _rule(
        "well-formed",
        f"({mark}) in variables.before || {text}.matches($form)",  # the cheap one first
        f"annotation {key} {otherwise}",
        f"{cel.text(f'annotation {key}: ')} + {text} + {cel.text(' ' + otherwise)}",
    )
    return {**rule, "reason": "Invalid"}


def _refused(allowed: Iterable[Binding]) -> dict[str, str]:
    """Variables that take what is allowed from the groups, one after another; `refused` is what is left.

    Several, because the API server parses no expression without end. Namespaces by name are looked up in a list of
    constants, which it keeps as a hash set.
    """
    by_name, by_selector = _sorted_out(allowed)
    pairs = (cel.text(f"{name}/{group}") for name, groups in by_name.items() for group in groups)
    tests = [f'!((request.namespace + "/" + g) in [{portion}])' for portion in cel.portions(pairs, ", ")]
    held = (
        f"(g in {cel.texts(groups)} && {cel.matches(selector, 'variables.namespaceLabels')})"
        for selector, groups in by_selector.items()
    )
    tests += [f"!({portion})" for portion in cel.portions(held, " || ", _LONGEST_CHAIN)]
    names = ["groups", *(f"refused{number}" for number in range(1, len(tests) + 1))]
    found = {
        name: f"variables.{before}.filter(g, {test})"
        for before, name, test in zip(names, names[1:], tests, strict=False)
    }
    return {**found, "refused": f"variables.{names[-1]}"}


def _sorted_out(allowed: Iterable[Binding]) -> tuple[dict[str, list[str]], dict[LabelSelector, list[str]]]:
    """Groups by namespace, and groups by selector where namespaces are not named; sorted, so always the same."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    selected: defaultdict[LabelSelector, set[str]] = defaultdict(set)
    for each in allowed:
        names = _names(each.namespaces)
        for name in names or ():
            named[name].update(each.groups)
        if names is None:
            selected[each.namespaces].update(each.groups)
    return (
        {name: sorted(named[name]) for name in sorted(named) if named[name]},
        {selector: sorted(selected[selector]) for selector in sorted(selected, key=str) if selected[selector]},
    )


def _names(selector: LabelSelector) -> list[str] | None:
    """The namespaces of a selector that only names some, without those that are never bound; else None."""
    if len(selector.requirements) != 1:
        return None
    (only,) = selector.requirements
    if only.key != NAMESPACE_LABEL or only.operator != "In":
        return None
    return [name for name in only.values if name not in EXCLUDED_NAMESPACES]
