"""How pods that come later get their groups: what a cluster can do, and what each way means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sg_integration.model.errors import InvalidInput
from sg_integration.providers.cluster_access import cluster
from sg_integration.providers.state import Props

_MODES: Final = ("admission", "template", "live")
_MEANING: Final = {
    "admission": "new pods get the groups from the API server (MutatingAdmissionPolicy); no rollout",
    "template": "THIS ROLLS OUT the workloads: their templates get the groups, as is done without MutatingAdmissionPolicy v1 "
    "(Kubernetes 1.36 has it); a pod of no Deployment, StatefulSet, DaemonSet or CronJob, such as a Job's, and of a workload "
    "that comes later HAS NO GROUPS until the next update",
    "live": "a pod that is replaced HAS NO GROUPS until the next update: nothing acts on new pods",
}


def decided(props: Props, is_served: Callable[[], bool] | None = None) -> Props:
    """The inputs with the mode, and what it means.

    Args:
        props: the inputs; a mode that is among them stays.
        is_served: whether the cluster serves MutatingAdmissionPolicy; by default it is asked.

    Raises:
        InvalidInput: what the program wants is not served here, or is no mode.
        ServiceError: the cluster did not answer.
    """
    mode = props.get("mode") or _mode(
        is_served or cluster(props).serves_admission_policies, props.get("wanted_mode") or "auto"
    )
    return {**props, "mode": mode, "durability": _MEANING[mode]}


def _mode(is_served: Callable[[], bool], wanted: str) -> str:
    if wanted not in ("auto", *_MODES):
        raise InvalidInput("mode", f"{wanted!r} is none of auto, {', '.join(_MODES)}.")
    if wanted not in ("auto", "admission"):
        return wanted
    if is_served():
        return "admission"
    if wanted == "auto":
        return "template"
    raise InvalidInput(
        "mode",
        "this API server serves no MutatingAdmissionPolicy v1 (Kubernetes 1.36 does); "
        'write mode="template", which rolls out the workloads, or mode="live", which does not survive a reschedule.',
    )
