"""Which path serves a kind: asked from the API server, remembered, and asked again once when a kind is missing."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes.api import Refused

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.kubernetes.api import Api
    from sg_integration.sandbox.plugins.kubernetes.objects import Kind


class NotServed(PluginError):
    """The API server does not know the kind."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(
            "the Kubernetes API server reported that the apiVersion for this resource does not exist. Verify that any"
            f' required CRDs have been created: no matches for kind "{kind.name}" in version "{kind.api_version}"'
        )


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a kind is served: its path up to the version, its plural name, whether its objects live in namespaces."""

    root: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str) -> str:
        """The path of the objects of a namespace; for a kind without namespaces, of all."""
        middle = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced else ""
        return f"{self.root}{middle}/{self.plural}"

    def object(self, namespace: str, name: str) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{quote(name, safe='')}"


class Discovery:
    """The kinds that one API server serves; safe to use from several threads."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Mapping]] = {}

    def mapping(self, kind: Kind) -> Mapping:
        """How a kind is served.

        Raises:
            NotServed: the server does not know it, also not when asked anew.
            PluginError: the server cannot be asked.
        """
        found = self.known(kind)
        if found is None:
            raise NotServed(kind)
        return found

    def known(self, kind: Kind) -> Mapping | None:
        """How a kind is served, or `None` when the server does not know it."""
        with self._lock:
            found = self._known.get(kind.api_version, {}).get(kind.name)
        if found is None:
            kinds = self._ask(kind)
            with self._lock:
                self._known[kind.api_version] = kinds
            found = kinds.get(kind.name)
        return found

    def forget(self) -> None:
        """Ask anew from now on: a CustomResourceDefinition changed."""
        with self._lock:
            self._known.clear()

    def _ask(self, kind: Kind) -> dict[str, Mapping]:
        try:
            answer = self._api.request("GET", kind.root)
        except Refused as refusal:
            if refusal.code == 404:  # noqa: PLR2004 - HTTP
                return {}
            raise
        return {
            one["kind"]: Mapping(kind.root, one["name"], one["namespaced"])
            for one in answer.get("resources", ())
            if "/" not in one["name"]  # pods/status and the like are no objects of their own
        }
