"""What the RDS types have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.faults import code_of
from sg_integration.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document

INSTANCE_GONE: Final = frozenset({"DBInstanceNotFound", "DBInstanceNotFoundFault"})
CLUSTER_GONE: Final = frozenset({"DBClusterNotFoundFault", "DBClusterNotFound"})
# How an instruction for the deletion is spelled: they are never sent before, and never come back.
DELETION: Final = frozenset({"skipFinalSnapshot", "finalSnapshotIdentifier", "applyImmediately"})
SECONDS: Final = 600.0  # the real provider waits 40 minutes and more


def arguments(names: Mapping[str, str], inputs: Document, only: frozenset[str] | None = None) -> dict[str, Any]:
    """The arguments of a call: those inputs that are given (and named in `only`), under AWS's names."""
    wanted = names.keys() if only is None else names.keys() & only
    return {names[name]: inputs[name] for name in sorted(wanted) if inputs.get(name) is not None}


def final_snapshot(id_: str, inputs: Document) -> dict[str, Any]:
    """The arguments of a deletion that say what becomes of the data; the real provider refuses to guess, too.

    Raises:
        PluginError: the program neither skips the final snapshot nor names it.
    """
    if inputs.get("skipFinalSnapshot"):
        return {"SkipFinalSnapshot": True}
    name = inputs.get("finalSnapshotIdentifier")
    if not name:
        raise PluginError(f"deleting {id_}: finalSnapshotIdentifier is required when skipFinalSnapshot is false")
    return {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name}


def groups_of(found: Mapping[str, Any]) -> list[str]:
    """The security groups of an instance or cluster, without those that are on their way out."""
    groups = found.get("VpcSecurityGroups", [])
    return sorted(one["VpcSecurityGroupId"] for one in groups if one.get("Status") != "removing")


def version_as_given(actual: str | None, known: str | None) -> str | None:
    """`15` stays `15` while the engine runs 15.4."""
    return known if actual and known and f"{actual}.".startswith(f"{known}.") else actual


def wait_available(scope: Scope, status: Callable[[], str | None], what: str) -> None:
    """Wait until the status is `available`.

    Raises:
        PluginError: the time is up.
    """
    if not scope.until(lambda: status() == "available"):
        raise PluginError(f"waiting for {what} to be available: the time is up; it is {status()}")


def wait_gone(scope: Scope, look: Callable[[], object], gone: frozenset[str], what: str) -> None:
    """Wait until looking for it answers that there is no such thing.

    Raises:
        PluginError: the time is up.
    """

    def is_gone() -> bool:
        try:
            look()
        except Exception as fault:
            if code_of(fault) not in gone:
                raise
            return True
        return False

    if not scope.until(is_gone):
        raise PluginError(f"waiting for {what} to be gone: the time is up")
