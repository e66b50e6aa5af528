"""Calico Enterprise 3.18, as far as it says anything: nothing acts, so a test says what the product would."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sg_integration.model.admission import MANAGED_BY
from sg_integration.sandbox.kubernetes.definitions import V3, install, seed_calico
from sg_integration.sandbox.kubernetes.definitions_aws import AMAZON_CLOUD_INTEGRATION
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.sandbox.plugin_kubernetes_world import INTEGRATION, MERGE, Server, eventually

OPERATOR = f"/apis/{AMAZON_CLOUD_INTEGRATION}"
INTEGRATIONS = f"{OPERATOR}/amazoncloudintegrations"
STATUSES = f"{OPERATOR}/tigerastatuses"
COMPONENT = "amazon-cloud-integration"
_DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/amazoncloudintegrations.operator.tigera.io"


@dataclass
class Product:
    """The product in the cluster of a worker; what a test made of it is gone after `remove`.

    Args:
        server: the API server.
        said: the components that said something.
    """

    server: Server
    said: set[str] = field(default_factory=set)

    def install(self, version: str = "v3.18.2", *, enterprise: bool = True) -> None:
        """Serve its kinds, and say which version it is."""
        install(self.server.api)
        seed_calico(self.server.api, version=version, enterprise=enterprise)

    def remove(self) -> None:
        """Take its objects away; the kinds stay served."""
        install(self.server.api)
        for path in (f"{INTEGRATIONS}/tigera-secure", *(f"{STATUSES}/{name}" for name in self.said)):
            with contextlib.suppress(Refused):  # gone already
                self.server.api.request("DELETE", path)

    def integration(self) -> dict[str, Any] | None:
        """The object that sets it up, if it is there."""
        return self.server.get(f"{INTEGRATIONS}/tigera-secure")

    def configure(self, **spec: Any) -> None:
        """Set it up, or change how, as Pulumi does."""
        metadata = {"name": "tigera-secure"}
        body = {"apiVersion": AMAZON_CLOUD_INTEGRATION, "kind": "AmazonCloudIntegration", "metadata": metadata}
        self.server.apply(f"{INTEGRATIONS}/tigera-secure", {**body, "spec": {**INTEGRATION, **spec}}, "test")

    def go_live(self) -> None:
        """Be available for the object as it is, with both tiers."""
        self.say(Available="True", Degraded="False", Progressing="False")
        self.tier("sg-remote", 105)
        self.tier("sg-local", 106)

    def say(self, component: str = COMPONENT, **conditions: str) -> None:
        """Let a component have these conditions, and no others, of the object as it is now."""
        self.said.add(component)
        body = {"apiVersion": AMAZON_CLOUD_INTEGRATION, "kind": "TigeraStatus", "metadata": {"name": component}}
        self.server.apply(f"{STATUSES}/{component}", {**body, "spec": {}}, "operator")
        about = {"reason": "Reason", "message": "some message", **self._observed(component)}
        said = [{"type": each, "status": status, **about} for each, status in conditions.items()]
        status = {"status": {"conditions": said}}
        self.server.api.request("PATCH", f"{STATUSES}/{component}/status", body=status, content_type=MERGE)

    def tier(self, name: str, order: int, *, ours: bool = False) -> None:
        """Make a tier, its own or one with our label."""
        labels = {MANAGED_BY: "sg-integration" if ours else "tigera"}
        body = {"apiVersion": V3, "kind": "Tier", "metadata": {"name": name, "labels": labels}}
        self.server.apply(f"/apis/{V3}/tiers/{name}", {**body, "spec": {"order": order}}, "cloud-controllers")

    @contextmanager
    def without_definition(self) -> Iterator[None]:
        """Serve no AmazonCloudIntegration, as open-source Calico and 3.19 do not."""
        self.server.api.request("DELETE", _DEFINITION)
        assert eventually(lambda: not self._is_served())
        try:
            yield
        finally:
            install(self.server.api)

    def _is_served(self) -> bool:
        found = self.server.get(OPERATOR) or {"resources": []}
        return any(each["name"] == "amazoncloudintegrations" for each in found["resources"])

    def _observed(self, component: str) -> dict[str, int]:
        found = self.integration()
        return {"observedGeneration": found["metadata"]["generation"]} if found and component == COMPONENT else {}
