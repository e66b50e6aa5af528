"""Whether a cluster holds what is compiled now: until it does, an answer from rules is one about the time after the next update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sg_integration.model import calico
from sg_integration.model.calico import Manifest
from sg_integration.model.calico_preview import changes
from sg_integration.model.calico_state import Identity, owned, owner_of
from sg_integration.model.landscape import Landscape
from sg_integration.model.policy_compile import compile_policy

_SHOWN: Final = 3


def differences(landscape: Landscape, standing: Mapping[Identity, Manifest]) -> dict[str, str]:
    """Our objects in the cluster that are other than what is compiled: what comes to each and goes from it, by its name.

    Args:
        landscape: all that policy is compiled from; where nothing enforces, nothing differs.
        standing: our objects as they were read.
    """
    how = landscape.enforcement
    if how.standing == "none":
        return {}
    desired = calico.objects(
        compile_policy(landscape.inputs), hosts=how.hosts, staged=how.standing == "staged", metadata=how.metadata
    )
    owned(desired.values(), owner_of(standing))  # whose they are, is not asked here
    return changes(standing, desired)


def not_settled(differing: Mapping[str, str]) -> str:
    """That the cluster holds something else, as a note.

    Args:
        differing: what `differences` found.
    """
    shown = [f"{name}: {words}" for name, words in list(differing.items())[:_SHOWN]]
    more = f"; and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    count = "1 object" if len(differing) == 1 else f"{len(differing)} objects"
    return (
        f"the cluster holds something else than what is compiled now, in {count} ({'; '.join(shown)}{more}): what is said here "
        "holds when pulumi up has been run by the stack that integrates the cluster"
    )
