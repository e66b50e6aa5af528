"""A VPC with a cluster in it, everybody who talks there, and how a counter-example shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_network
from typing import Any

from sg_integration.model.policy_inputs import PolicyInputs, SecurityGroupRule
from tests.policy.calico import Endpoint
from tests.policy.parties import Packet, Party, Shape, number

OUTSIDE = (
    Party("elsewhere in the VPC", "outside", ("10.0.9.9", "2001:db8:0:9::9")),
    Party("the internet", "outside", ("8.8.8.8", "2600::8")),
    Party("the VPC's resolver", "outside", ("10.0.0.2", "fd00:ec2::253")),
    Party("time sync", "outside", ("169.254.169.123", "fd00:ec2::123")),
)
LATE = Party("node-late", "node", ("10.0.0.19", "2001:db8:0:0:1::19"))
"""A node that joined the cluster after the compiler looked; Calico knows it by its host endpoint."""
HOST_LABELS = {"projectcalico.org/created-by": "calico-kube-controllers", "kubernetes.io/os": "linux"}


@dataclass(frozen=True)
class World:
    """A VPC, a cluster and some packets.

    Args:
        inputs: what is compiled.
        pods: the cluster's pods.
        shapes: what is sent between all of them.
        hosts: how nodes are held to members' rules.
        node_labels: labels that nodes have besides.
    """

    inputs: PolicyInputs
    pods: tuple[Party, ...]
    shapes: tuple[Shape, ...]
    hosts: str
    node_labels: dict[str, str] = field(default_factory=dict)

    def parties(self) -> list[Party]:
        """Everybody who sends or receives."""
        nodes = [Party(each.name, "node", each.addresses, each.groups) for each in self.inputs.nodes] + self.late()
        members = [Party(each.name, "member", used(each.addresses), each.groups) for each in self.inputs.members]
        return [*self.pods, *nodes, *members, *OUTSIDE]

    def late(self) -> list[Party]:
        """Nodes that the compiler did not see: only where Calico has host endpoints."""
        return [LATE] if self.hosts == "members" else []

    @cached_property
    def flows(self) -> list[tuple[Party, Party, Packet]]:
        """Every packet between any two of them, one of whom runs Calico."""
        return list(self._flows())

    @cached_property
    def said(self) -> list[tuple[Packet, str]]:
        """The same packets, and how a person says each."""
        return [(packet, str(packet)) for _, _, packet in self.flows]

    def _flows(self) -> Iterator[tuple[Party, Party, Packet]]:
        parties = self.parties()
        for source in parties:
            for destination in parties:
                if source is destination or not {source.kind, destination.kind} & {"pod", "node"}:
                    continue
                for here in source.addresses:
                    for there in destination.addresses:
                        family = number(here)[0]
                        if here == there or family != number(there)[0]:
                            continue
                        for shape in self.shapes:
                            if shape.protocol != (58 if family == 4 else 1):
                                yield source, destination, Packet(here, there, shape)

    def endpoints(self) -> list[Endpoint]:
        """Pods, and where there are host endpoints nodes, as Calico knows them."""
        pods = [Endpoint(each.name, each.addresses, pod_labels(each), namespace(each)) for each in self.pods]
        seen = [each for each in self.parties() if each.kind == "node" and self.hosts == "members"]
        return pods + [Endpoint(each.name, each.addresses, {**HOST_LABELS, **self.node_labels}, {}) for each in seen]

    def __repr__(self) -> str:
        """As a counter-example shows it."""
        return "\n".join(self._lines())

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """As hypothesis prints it."""
        printer.text(repr(self))

    def _lines(self) -> Iterator[str]:
        inputs = self.inputs
        yield f"hosts={self.hosts}, default groups {sorted(inputs.default_groups)}, pod default {inputs.pod_default}"
        for group in inputs.groups:
            yield f"group {group.id}"
            yield from (f"    {line(rule)}" for rule in group.rules)
        for party in self.parties():
            where = f" in {party.namespace}" if party.kind == "pod" else ""
            yield f"{party.kind} {party.name}{where}: {', '.join(party.addresses)} groups {sorted(party.groups)}"
        prefixes = {each.name: each.addresses for each in inputs.members if any("/" in one for one in each.addresses)}
        yield f"delegated: {prefixes}"
        spared = [each.name for each in inputs.members if not each.policed]
        yield f"not policed: {spared}, API server: {inputs.api_server}"


def used(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses that something has: of a delegated prefix one inside and the last."""
    networks = [ip_network(each) for each in addresses]
    return tuple(str(each[place]) for each in networks for place in ((3, -1) if each.num_addresses > 1 else (0,)))


def line(rule: SecurityGroupRule) -> str:
    """A rule on one line."""
    more = "".join([f" of {rule.foreign}" if rule.foreign else "", " (stale)" if rule.stale else ""])
    ports = f"{rule.from_port}..{rule.to_port}"
    return f"{rule.id}: {rule.direction.name.lower()} {rule.protocol} {ports} {rule.direction.value} {rule.peer}{more}"


def pod_labels(pod: Party) -> dict[str, str]:
    """A pod's labels: what the admission policy writes for its groups, and what Calico adds."""
    groups = {f"sg.aws.tigera.io/{group}": "" for group in pod.groups}
    bound = {"sg-integration/bound": "true"} if groups else {}
    calico = {"projectcalico.org/orchestrator": "k8s", "projectcalico.org/namespace": pod.namespace}
    return {**pod.labels, **groups, **bound, **calico}


def namespace(pod: Party) -> dict[str, str]:
    """The labels of a pod's namespace."""
    return {"kubernetes.io/metadata.name": pod.namespace}
