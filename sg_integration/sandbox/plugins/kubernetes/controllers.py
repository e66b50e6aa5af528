"""Which controllers run behind an API server: deletion depends on two of them, and an embedded cluster may have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sg_integration.sandbox.plugins.kubernetes.api import Refused

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.kubernetes.api import Api

GARBAGE_COLLECTOR: Final = "generic-garbage-collector"
NAMESPACES: Final = "namespace-controller"


def runs(api: Api, controller: str) -> bool:
    """Whether a controller works on this cluster.

    kube-controller-manager gives each a service account of its own (`--use-service-account-credentials`, as everywhere
    but in toy clusters). Who may not look is taken to be on a complete cluster.
    """
    try:
        api.request("GET", f"/api/v1/namespaces/kube-system/serviceaccounts/{controller}")
    except Refused as refusal:
        return refusal.reason != "NotFound"
    return True


def propagation(api: Api, asked: str) -> str:
    """How to delete: as asked, else in the foreground as the official provider does.

    Without a garbage collector a foreground deletion never ends; there nothing depends on anything, and an immediate
    deletion has the same result.
    """
    if asked:
        return asked.capitalize()
    return "Foreground" if runs(api, GARBAGE_COLLECTOR) else "Background"
