"""A kubeconfig, and variations of it."""

from __future__ import annotations

import copy
from typing import Any

SECRET = "the-secret-token"
CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "c", "cluster": {"server": "https://c.test"}}],
    "users": [{"name": "u", "user": {"token": SECRET}}],
    "contexts": [
        {"name": "dev", "context": {"cluster": "c", "user": "u"}},
        {"name": "prod", "context": {"cluster": "c", "user": "u"}},
    ],
    "current-context": "dev",
}


def config(**changes: Any) -> dict[str, Any]:
    """The kubeconfig with another user or cluster."""
    document = copy.deepcopy(CONFIG)
    document["users"][0]["user"] = changes.get("user", {"token": SECRET})
    document["clusters"][0]["cluster"].update(changes.get("cluster", {}))
    return document
