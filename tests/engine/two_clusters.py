"""One of two clusters of a VPC, and what its nodes held at any moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sg_integration.kubernetes.calico import PLURALS
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.kubernetes.audit import Write
from sg_integration.sandbox.kubernetes.definitions import V3
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.policy.calico import Calico, Endpoint
from tests.policy.parties import Packet, Shape
from tests.policy.world import HOST_LABELS
from tests.sandbox.plugin_kubernetes_world import Server, eventually

from .merged_log import OURS

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
UNGRANTED = Shape(6, 40000, 9)
STRAY = Endpoint("stray", ("10.20.201.1",), {"projectcalico.org/orchestrator": "k8s"}, {})
"""A pod without groups of its own."""


@dataclass(frozen=True)
class OneOfTwo:
    """A cluster.

    Args:
        server: its API server.
        embedded: the same, with its audit log.
        nodes: the addresses of its nodes, by name.
    """

    server: Server
    embedded: EmbeddedKubernetes
    nodes: Mapping[str, str]

    def objects(self) -> set[str]:
        """The names of our objects of Calico's kinds that stand."""
        query = {"labelSelector": f"{OURS}=sg-integration"}
        every = (self.server.api.request("GET", f"/apis/{V3}/{plural}", query=query) for plural in PLURALS.values())
        return {each["metadata"]["name"] for found in every for each in found["items"]}

    def reaches(self, member: str, at: float) -> list[str]:
        """Who reached a member's address at a moment, on a port that nobody granted: nodes, and pods without groups."""
        objects = dict[tuple[str, str], Any]()
        for write in self._writes():
            if write.answered <= at:
                objects[write.resource, write.name] = {} if write.verb == "delete" else write.answer
        ours = [each for each in objects.values() if each and OURS in (each["metadata"].get("labels") or {})]
        hosts = [Endpoint(name, (address,), HOST_LABELS, {}) for name, address in self.nodes.items()]
        calico = Calico(ours, [*hosts, STRAY])
        sources = {**self.nodes, STRAY.name: STRAY.addresses[0]}
        return [name for name, each in sources.items() if calico.decide(Packet(each, member, UNGRANTED)).allowed]

    def first_removal(self) -> float:
        """When the first object of ours was taken away."""
        return min(write.at for write in self._writes() if write.verb == "delete" and write.name.startswith("sg-"))

    def _writes(self) -> Iterator[Write]:
        return (write for write in self.embedded.audit.writes() if write.status < 300 and not write.dry_run)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Whoever makes a policy of Calico's there is refused."""
        rule = {"apiGroups": ["projectcalico.org"], "apiVersions": ["*"], "operations": ["CREATE"]}
        matched = {"resourceRules": [{**rule, "resources": ["globalnetworkpolicies"]}]}
        denied = [{"expression": "false", "message": "no policies today"}]
        self._policy("", {"matchConstraints": matched, "validations": denied})
        self._policy("bindings", {"policyName": "none-today", "validationActions": ["Deny"]})
        assert eventually(self._refuses)
        yield
        for kind in ("policybindings", "policies"):
            self.server.api.request("DELETE", f"{ADMISSION}/validatingadmission{kind}/none-today")
        assert all(eventually(lambda: not self._refuses()) for _ in range(3))

    def _policy(self, kind: str, spec: Mapping[str, Any]) -> None:
        body = {"metadata": {"name": "none-today"}, "spec": spec}
        plural = "validatingadmissionpolicybindings" if kind else "validatingadmissionpolicies"
        self.server.api.request("POST", f"{ADMISSION}/{plural}", body=body)

    def _refuses(self) -> bool:
        body = {
            "apiVersion": V3,
            "kind": "GlobalNetworkPolicy",
            "metadata": {"name": "tried"},
            "spec": {"tier": "default"},
        }
        try:
            self.server.api.request("POST", f"/apis/{V3}/globalnetworkpolicies", query={"dryRun": "All"}, body=body)
        except Refused:
            return True
        return False
