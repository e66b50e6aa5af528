"""What a preview says will be done: the steps in the output of `pulumi preview --json`, or in a plan of `--save-plan`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sg_integration.model.errors import InvalidInput

GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
NEW: Final = "new/"
"""How a group that does not exist yet is called: `new/orders-db`."""
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that is not known yet."""
_MAKES: Final = ("create", "create-replacement", "replace", "import", "import-replacement")
_TAKES: Final = ("delete", "delete-replaced", "replace")
_NOTHING: Final = ("same", "refresh", "read", "read-replacement", "read-discard", "discard")


@dataclass(frozen=True, slots=True)
class Step:
    """One resource that a preview changes.

    Args:
        urn: the resource.
        ops: what is done to it, in the engine's words.
        old: its state before, with `inputs`, `outputs` and `id`; empty if it is new.
        new: its state after, as far as it is known; empty if it goes.
        whole: whether both are all there; a saved plan has differences only.
    """

    urn: str
    ops: tuple[str, ...]
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    whole: bool = True

    @property
    def type(self) -> str:
        """Its type, without those of its parents."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """Its logical name."""
        return self.urn.split("::", 3)[3]

    @property
    def makes(self) -> bool:
        """Whether another thing comes into being, in the place of an old one or of none."""
        return any(each in _MAKES for each in self.ops)

    @property
    def takes(self) -> bool:
        """Whether what was there goes; what is retained stays."""
        return any(each in _TAKES for each in self.ops) and not self.old.get("retainOnDelete")

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Its inputs after."""
        return self.new.get("inputs") or {}


@dataclass(frozen=True)
class Plan:
    """The steps of a preview, and what the groups in it are called.

    Args:
        steps: the steps.
        unknown: what could not be known, a sentence each; it grows while the plan is read.
    """

    steps: Sequence[Step]
    unknown: list[str] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [each.name for each in self.steps if each.type == GROUP and each.makes]
        for each in self.steps:
            if each.type == GROUP:
                known = "" if each.makes else str(each.old.get("id", ""))
                twin = names.count(each.name) > 1
                self._ids[each.urn] = known or f"{NEW}{_parent(each.urn) + '/' if twin else ''}{each.name}"

    def group(self, step: Step) -> str:
        """The id of a step's group, or what it is called until it has one."""
        return self._ids[step.urn]

    def text(self, step: Step, name: str) -> str | None:
        """An input that is a group's id, or any text; None, and a line in `unknown`, if it cannot be known."""
        value = step.inputs.get(name)
        if value != UNKNOWN:
            return None if value is None else str(value)
        found = self._meant(step, name)
        if len(found) == 1:
            return found[0]
        self.unknown.append(f"{step.name}: its {name} is not known before the update")
        return None

    def groups(self, step: Step, name: str) -> frozenset[str] | None:
        """An input that is a list of groups; None, and a line in `unknown`, if it cannot be known."""
        value = step.inputs.get(name)
        listed = value if isinstance(value, list) else [value]
        known, missing = [str(each) for each in listed if each not in (UNKNOWN, None)], listed.count(UNKNOWN)
        meant = [each for each in self._meant(step, name) if each not in known] if missing else []
        if (missing and isinstance(value, list) and missing != len(meant)) or (missing and not meant):
            self.unknown.append(f"{step.name}: some of its {name} are not known before the update")
            return None
        return frozenset([*known, *meant])

    def _meant(self, step: Step, name: str) -> list[str]:
        """The groups that an input depends on, as far as the plan changes them."""
        urns: Iterable[str] = (step.new.get("propertyDependencies") or {}).get(name) or ()
        return [self._ids[each] for each in urns if each in self._ids]


def read_plan(document: Any, where: str) -> Plan:
    """The steps in a document.

    Args:
        document: the output of `pulumi preview --json`, or what `--save-plan` wrote.
        where: what it is, for the message.

    Raises:
        InvalidInput: it is neither.
    """
    try:
        if isinstance(document, Mapping) and "steps" in document:
            return Plan([each for each in map(_previewed, document["steps"]) if _acts(each)])
        if isinstance(document, Mapping) and "resourcePlans" in document:
            return Plan([each for each in _planned(document["resourcePlans"]) if _acts(each)])
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise InvalidInput(where, f"it is no preview that can be read: {error!r}.") from error
    raise InvalidInput(where, "it is neither the output of `pulumi preview --json` nor a plan of `--save-plan`.")


def _acts(step: Step) -> bool:
    return not all(each in _NOTHING for each in step.ops)


def _previewed(step: Mapping[str, Any]) -> Step:
    return Step(step["urn"], (step["op"],), step.get("oldState") or {}, step.get("newState") or {})


def _planned(plans: Mapping[str, Any]) -> Iterator[Step]:
    """A plan has what changes of each resource; of one that is new that is all of it."""
    for urn, each in plans.items():
        goal, ops = each.get("goal") or {}, tuple(each.get("steps") or ())
        diff = goal.get("inputDiff") or {}
        inputs = {**(diff.get("adds") or {}), **(diff.get("updates") or {})}
        new = {"inputs": inputs, "propertyDependencies": goal.get("propertyDependencies") or {}} if goal else {}
        yield Step(urn, ops, {}, new, whole=ops == ("create",))


def _parent(urn: str) -> str:
    """The types above a resource, which tell it from a namesake."""
    return urn.split("::")[2].replace("$", ".")
