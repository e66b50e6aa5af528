"""What is done to the objects of one cluster: create, server-side apply, read, delete."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.kubernetes import controllers, ownership
from sg_integration.sandbox.plugins.kubernetes.api import APPLY, JSON_PATCH, Refused
from sg_integration.sandbox.plugins.kubernetes.discovery import NotServed
from sg_integration.sandbox.plugins.kubernetes.ending import await_end
from sg_integration.sandbox.plugins.kubernetes.objects import body, metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.plugins.kubernetes.api import Api
    from sg_integration.sandbox.plugins.kubernetes.discovery import Discovery
    from sg_integration.sandbox.plugins.kubernetes.discovery import Mapping as Served
    from sg_integration.sandbox.plugins.kubernetes.objects import Kind

_NOT_FOUND: Final = 404
# Seconds before each new attempt to create an object whose namespace or definition is not there yet.
_PATIENCE: Final = (0.2, 0.4, 0.8, 1.6, 3.2)
_ATTEMPTS: Final = 3  # to rewrite managed fields while somebody else writes the object


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object is: its kind, how that is served, its namespace (unused for kinds without) and its name."""

    kind: Kind
    served: Served
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """The object's path."""
        return self.served.object(self.namespace, self.name)

    def __str__(self) -> str:
        within = f"{self.namespace}/" if self.served.namespaced else ""
        return f"{self.kind.name} {within}{self.name}".rstrip()


class Cluster:
    """The objects behind one API server; safe to use from several threads."""

    def __init__(self, api: Api, discovery: Discovery) -> None:
        self._api = api
        self._discovery = discovery

    def place(self, kind: Kind, namespace: str, name: str) -> Place:
        """Where an object is, or would be.

        Raises:
            NotServed: the server does not know the kind.
        """
        return Place(kind, self._discovery.mapping(kind), namespace, name)

    def create(self, place: Place, inputs: Mapping[str, Any], manager: str, *, preview: bool) -> dict[str, Any]:
        """Create an object; the server refuses one that is there already.

        Raises:
            Refused: the server said no.
        """
        sent = self._body(place, inputs)
        path = place.served.collection(place.namespace)
        live = self._api.request("POST", path, query=_query(manager, preview=preview), body=sent)
        return live if preview else self._after_write(place, live)

    def create_patiently(self, kind: Kind, namespace: str, name: str, inputs: Mapping[str, Any], manager: str) -> Any:
        """Create an object, again after a while when its namespace or its definition is not there yet.

        Raises:
            NotServed, Refused: it still is not there, or the server said no.
        """
        for pause in (*_PATIENCE, None):
            try:
                return self.create(self.place(kind, namespace, name), inputs, manager, preview=False)
            except (NotServed, Refused) as error:  # noqa: PERF203 - it waits here anyway
                missing = isinstance(error, NotServed) or error.code == _NOT_FOUND
                if pause is None or not missing:
                    raise
                self._discovery.forget()
                time.sleep(pause)
        raise AssertionError  # pragma: no cover - the last attempt has returned or raised

    def apply(
        self, place: Place, inputs: Mapping[str, Any], manager: str, *, force: bool, preview: bool
    ) -> dict[str, Any]:
        """Apply inputs to an object, which is made if it is not there.

        Raises:
            Refused: the server said no, also because of a conflict.
        """
        query = {**_query(manager, preview=preview), "force": str(force).lower()}
        sent = self._body(place, inputs)
        live = self._api.request("PATCH", place.path, query=query, body=sent, content_type=APPLY)
        return live if preview else self._after_write(place, live)

    def relinquish(self, place: Place, manager: str) -> None:
        """Give up all fields that a manager applied; those that nobody else holds go away."""
        sent = self._body(place, {})
        self._api.request("PATCH", place.path, query={"fieldManager": manager}, body=sent, content_type=APPLY)

    def own(self, place: Place, live: Mapping[str, Any], manager: str) -> Mapping[str, Any]:
        """Make what the manager and those whose fields we take over wrote count as applied by the manager.

        Somebody who writes the object all the time can prevent it; then the next apply meets a conflict and says so.
        """
        for _ in range(_ATTEMPTS):
            fields = ownership.taken_over(live, manager)
            if fields is None:
                return live
            version = metadata(live)["resourceVersion"]
            patch = [
                {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            ]
            try:
                return self._api.request("PATCH", place.path, body=patch, content_type=JSON_PATCH)
            except Refused:
                found = self.read(place)
                if found is None or metadata(found)["resourceVersion"] == version:
                    raise
                live = found
        return live

    def read(self, place: Place) -> dict[str, Any] | None:
        """The live object, or `None` when it is not there."""
        try:
            return self._api.request("GET", place.path)
        except Refused as refusal:
            if refusal.code == _NOT_FOUND:
                return None
            raise

    def delete(self, place: Place, *, policy: str, timeout: float) -> None:
        """Delete an object and wait until it is gone; one that is not there is success.

        Args:
            place: the object.
            policy: what becomes of its dependents: `foreground`, `background`, `orphan`, or empty for the default.
            timeout: how long to wait, in seconds; 0 not to wait.

        Raises:
            PluginError: it is still there after that time, or the server said no.
        """
        options = {"propagationPolicy": controllers.propagation(self._api, policy)}
        try:
            answer = self._api.request("DELETE", place.path, body=options)
        except Refused as refusal:
            if refusal.code == _NOT_FOUND:
                return
            raise
        self._after_write(place, answer)
        if timeout:
            hopeless = place.kind.name == "Namespace" and not controllers.runs(self._api, controllers.NAMESPACES)
            uid = metadata(answer).get("uid")
            await_end(str(place), lambda: self.read(place), uid, timeout=0 if hopeless else timeout)

    def _body(self, place: Place, inputs: Mapping[str, Any]) -> dict[str, Any]:
        namespaced = place.served.namespaced
        return body(inputs, place.kind, namespace=place.namespace, name=place.name, namespaced=namespaced)

    def _after_write(self, place: Place, live: dict[str, Any]) -> dict[str, Any]:
        if place.kind.name == "CustomResourceDefinition":
            self._discovery.forget()
        return live


def _query(manager: str, *, preview: bool) -> dict[str, str]:
    """Unknown and doubled fields are refused (Strict), so that a misspelt one is not lost in silence."""
    return {"fieldManager": manager, "fieldValidation": "Strict"} | ({"dryRun": "All"} if preview else {})
