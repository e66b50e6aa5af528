"""What a cluster's nodes should enforce, and what they do, from what AWS and the cluster say now."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from typing import Final

from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.aws.pacing import shared_bucket
from sg_integration.kubernetes.calico import intruding, refusal
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.documents import digest
from sg_integration.model.calico import Hosts, Manifest, Write, caveats, objects, write_order
from sg_integration.model.calico_state import Identity, owned, owner_of
from sg_integration.model.enforced_nodes import UNHELD_INSIDE, amiss
from sg_integration.model.errors import Refused
from sg_integration.model.groups import Groups
from sg_integration.model.policy import Caveat, Compiled
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import PolicyInputs
from sg_integration.model.policy_memory import uncollected
from sg_integration.providers import claims
from sg_integration.providers.cluster_access import cluster
from sg_integration.providers.enforcement_inputs import elsewhere, known, read
from sg_integration.providers.reconcile import Reconciler, Wish, raise_if_failed
from sg_integration.providers.saying import say
from sg_integration.providers.settings import CLUSTER, decode
from sg_integration.providers.state import Props

_LOOKED: Final[dict[tuple[object, ...], str]] = {}
"""Which integration looked first at a cluster, by how that is reached; a provider's process lives for one operation."""


@dataclass(frozen=True)
class Manner:
    """How objects are written.

    Args:
        hosts: whether nodes themselves are held.
        staged: whether policies are staged.
        metadata: whether pods are kept from instance metadata.
        owner: which integration of which stack writes them; empty if it is not said.
        api_version: the group and version that the cluster serves.
    """

    hosts: Hosts
    staged: bool
    metadata: bool
    owner: str
    api_version: str = ""

    @classmethod
    def of(cls, props: Props) -> Manner:
        """As the inputs of the resource say."""
        hosts: Hosts = "off" if props.get("hosts") == "off" else "members"
        return cls(hosts, bool(props.get("staged")), bool(props.get("metadata")), str(props.get("owner") or ""))


@dataclass(frozen=True)
class View:
    """What stands, and what should; that is compiled when somebody asks for it.

    Args:
        cluster: the cluster.
        actual: our objects as they are.
        inputs: what those that should be are compiled from.
        manner: how they are written.
        caveats: what of the VPC cannot be held back.
        nodes: nodes that are not in `enforced`, what is in it and is no node, and nodes in it on which Calico is not ready.
        trusting: who is in `trust`, by id and name.
    """

    cluster: Cluster
    actual: Mapping[Identity, Manifest]
    inputs: PolicyInputs
    manner: Manner
    caveats: tuple[Caveat, ...]
    nodes: Mapping[str, str]
    trusting: tuple[str, ...]

    @property
    def unheld(self) -> list[str]:
        """The nodes in `enforced` on which Calico is not ready, by name."""
        return [name for name, words in self.nodes.items() if words == UNHELD_INSIDE]

    @cached_property
    def desired(self) -> Mapping[str, Manifest]:
        """Our objects as they should be."""
        how = self.manner
        found = objects(
            self._compiled, hosts=how.hosts, staged=how.staged, metadata=how.metadata, api_version=how.api_version
        )
        owned(found.values(), how.owner)
        return found

    @cached_property
    def warnings(self) -> Mapping[str, str]:
        """What grants nothing or cannot be held back, by what it is about."""
        every = (*self.caveats, *self._compiled.caveats, *caveats(self._compiled))
        return {f"{each.about} {each.rule}".strip(): each.words for each in every}

    @cached_property
    def writes(self) -> tuple[Write, ...]:
        """What must be written, in the order in which nothing opens meanwhile."""
        return writes(self.actual, self.desired)

    @cached_property
    def fingerprint(self) -> str:
        """Tells one set of objects from another."""
        return _fingerprint(self.desired.values())

    @cached_property
    def compiled_from(self) -> str:
        """Tells one set of inputs from another, and one compiler."""
        return digest([self._inputs, self.manner, self.caveats, _compiler()])

    def stands_as_known(self, olds: Props) -> bool:
        """Whether all stands as it should, because it was compiled from the same before, and what was wanted then stands.

        Compiling and comparing thousands of objects takes longer than all else; nothing else is left out.

        Args:
            olds: the inputs of the last update.
        """
        return olds.get("compiled_from") == self.compiled_from and olds.get("fingerprint") == _fingerprint(
            self.actual.values()
        )

    @cached_property
    def _compiled(self) -> Compiled:
        return compile_policy(self._inputs)

    @cached_property
    def _inputs(self) -> PolicyInputs:
        """The inputs as they are whoever has joined: what is reserved is never compiled, and who is held stands there by itself."""
        kept, reserved = self.inputs, self.inputs.reserved
        members = (replace(each, groups=each.groups - reserved) for each in kept.members)
        nodes = (replace(each, groups=each.groups - reserved) for each in kept.nodes)
        return replace(kept, members=tuple(members), nodes=tuple(nodes))


def writes(actual: Mapping[Identity, Manifest], desired: Mapping[str, Manifest]) -> tuple[Write, ...]:
    """What must be written so that what stands becomes what should, in the order in which nothing opens meanwhile."""
    return write_order({"/".join(key): each for key, each in actual.items()}, desired)


def view(props: Props, leaving_rule_ids: Groups = frozenset()) -> View:
    """Look at the cluster and the VPC.

    Args:
        props: the inputs of the resource.
        leaving_rule_ids: rules that are still there and count no more.

    Raises:
        Refused: the cluster cannot enforce; one line says why and what to do.
        ServiceError: AWS or the cluster did not answer.
    """
    there, manner = cluster(props), Manner.of(props)
    survey = there.calico.survey()
    why = refusal(survey, hosts=manner.hosts, staged=manner.staged, metadata=manner.metadata)
    why = why or intruding(there.calico.intruders())
    if why:
        raise Refused("enforcing with Calico", "CannotEnforce", why)
    with uncollected(), ThreadPoolExecutor(1) as beside:
        # The cluster is asked while AWS is: neither needs the other's answer.
        actual = beside.submit(there.calico.objects)
        inputs, vpc = read(there, props, leaving_rule_ids)
        standing = actual.result()
    _refuse_other_owner(standing, props)
    trust, enforced = known(props, "trust_security_group_id"), known(props, "enforced_security_group_id")
    return View(
        there, standing, inputs, replace(manner, api_version=survey.api_version), vpc.caveats,
        nodes=amiss(vpc.nodes, vpc.members, enforced, there.ready_for_calico(), elsewhere(props)),
        trusting=tuple(sorted(f"{each.id}: {each.name}" for each in vpc.members if trust & each.groups)),
    )  # fmt: skip


def _refuse_other_owner(actual: Mapping[Identity, Manifest], props: Props) -> None:
    """A cluster is enforced by one integration, whose name may change within its stack."""
    owner, standing = str(props.get("owner") or ""), owner_of(actual)
    of_another_stack = owner.rpartition("/")[0] != standing.rpartition("/")[0]
    others = [standing] if of_another_stack or standing in (props.get("owners") or ()) else []
    # Before the first update nothing stands: of two in one program whoever looks first has it.
    way = tuple(props.get(name) for name in (CLUSTER if props.get("eks_cluster_name") else ("kubeconfig", "context")))
    other = next((each for each in (*others, _LOOKED.setdefault(way, owner)) if each and each != owner), "")
    if owner and other:
        raise Refused(
            "enforcing with Calico", "OwnedByAnother", f"it is {other} that enforces in this cluster.",
            "One integration enforces in a cluster, and two would undo each other: if this is to be another cluster, give it a "
            "context= or kubeconfig= of its own; else take the other out first.",
        )  # fmt: skip


def _fingerprint(manifests: Iterable[Manifest]) -> str:
    return digest(sorted(manifests, key=lambda each: (each["kind"], each["metadata"]["name"])))


@functools.cache
def _compiler() -> str:
    """Tells one compiler from another: another version may say the same inputs otherwise."""
    files = sorted(resources.files("sg_integration.model").iterdir(), key=lambda each: each.name)
    return digest([each.read_text() for each in files if each.name.endswith(".py")])


def carry_out(there: Cluster, write: Write) -> None:
    """Make one write."""
    if write.verb == "apply":
        there.calico.apply(write.manifest)
    else:
        there.calico.delete(write.manifest["kind"], write.manifest["metadata"]["name"])


def release_nodes(there: Cluster, props: Props) -> None:
    """Take `enforced` off what the cluster's nodes have still of it: a killed run may have left it on nodes that no state knows.

    Raises:
        IntegrationError: a node cannot be released; then nothing may be taken away.
    """
    settings, enforced = decode(props), known(props, "enforced_security_group_id")
    carrier = NetworkInterfaces(settings.connection, settings.vpc_id)
    theirs = {each.instance_id for each in there.nodes()}
    interfaces, _ = carrier.discover()
    found = {each.id: str(each) for each in interfaces if each.instance_id in theirs and enforced & set(each.groups)}
    wishes = {member: Wish(name, frozenset(), enforced) for member, name in found.items()}
    bucket = shared_bucket((carrier.kind, settings.connection), settings.pace)
    # A node that the program still wants there, although it enforces no more, stays.
    done = Reconciler(carrier, bucket, claimed=claims.claimed, doing="leaving enforced", say=say).run(wishes)
    raise_if_failed(done.failed, "taken out of enforced before enforcement goes")
