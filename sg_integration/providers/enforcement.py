"""Enforcement by Calico: the objects that make the nodes decide as the security groups would.

FROZEN: the path of this module and the name of its provider class stand in every stack's state.

One resource comes before anybody joins and goes after everybody left. A second one, which only settles, comes at the end of
the program: what joined, and the rules that the program made, are compiled by it in the same update. A third one comes before
both and writes nothing: of objects that a killed run wrote no state knows, so it takes away whatever is left when it goes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ResourceProvider, UpdateResult

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.calico import Write
from sg_integration.model.calico_preview import changes, drift
from sg_integration.model.calico_state import owner_of
from sg_integration.model.enforced_nodes import OUTSIDE
from sg_integration.model.errors import IntegrationError, Refused
from sg_integration.model.policy_memory import uncollected
from sg_integration.providers import claims
from sg_integration.providers.cluster_access import cluster, refused
from sg_integration.providers.enforcement_view import View, carry_out, release_nodes, view, writes
from sg_integration.providers.pod_preview import told_again
from sg_integration.providers.progress import Progress
from sg_integration.providers.saying import say
from sg_integration.providers.settings import CLUSTER, PREVIEWING, can_call, can_reach, has_unknown
from sg_integration.providers.state import Props

FOUND: Final = ("objects", "warnings", "nodes", "fingerprint", "compiled_from", "repair", "writes")
"""What `check` finds and adds to the inputs."""
_MANNER: Final = ("hosts", "staged", "metadata", "vpc_id", "enforced_security_group_id", "follows", *CLUSTER)
_SAID: Final = 5
_HOSTS_OFF: Final = (
    "off: whatever runs in a node's own network reaches every member of trust, on every port, and is reached"
)
_LISTED: Final = 100_000


class CalicoEnforcementProvider(ResourceProvider):
    """The objects of one cluster; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Compile, and show what would stand: an object with its meaning a line."""
        olds, inputs = _olds or {}, {name: value for name, value in news.items() if name not in (*FOUND, PREVIEWING)}
        known = can_call(inputs) and can_reach(inputs) and not has_unknown(inputs.get("node_security_group_ids"))
        if not known or not _looks(inputs):
            return CheckResult(inputs, [])
        try:
            with uncollected():  # what is seen of a large VPC is gone again before anybody looks for garbage
                found = _found({**inputs, PREVIEWING: news.get(PREVIEWING)}, olds)
        except IntegrationError as error:
            return refused(_endangered(error, olds), olds, inputs, FOUND)
        return CheckResult({**inputs, **found}, [])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Objects to write, or another manner; what the last update wrote in time is no news."""
        # What comes between the first and the last resource is changed by the program alone: then the last one looks again.
        news = bool(_news.get("writes")) or (_looks(_news) and "fingerprint" not in _news)
        changed = news or any(_olds.get(one) != _news.get(one) for one in _MANNER)
        shown = any(_olds.get(name) != value for name, value in _news.items())
        # Without a verdict the engine compares the inputs itself, and only then shows just the lines that differ.
        return DiffResult(changes=None if changed and shown else changed, replaces=[])

    def create(self, props: Props) -> CreateResult:
        """Write the objects; it returns only when all of them stand."""
        done = dict(props) if _removes(props) else _written(props)
        return CreateResult(f"enforcement/{uuid.uuid4().hex[:8]}", done)

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Write what differs, in an order that opens nothing meanwhile."""
        return UpdateResult(dict(_news) if _removes(_news) else _written(_news, _leaving(_olds, _news)))

    def delete(self, _id: str, _props: Props) -> None:
        """Take the objects away; members and nodes have left before, and a node that no state knows leaves now."""
        if _settles(_props):
            return
        there = cluster(_props)
        there.calico.survey()
        standing = there.calico.objects()
        if _props.get("owner") and owner_of(standing) not in ("", _props["owner"]):
            return  # another integration of the stack has taken over, and holds whoever is there
        release_nodes(there, _props)
        _carry_out_all(there, writes(standing, {}), "removing what Calico enforces")


def hold(props: Props) -> None:
    """Write what is not as it should be now, and demand that it stands; for those who let members join.

    Args:
        props: the inputs of the resource that shows what is there.

    Raises:
        Refused: the cluster cannot enforce, or somebody else writes what we write.
        ServiceError: AWS or the cluster did not answer.
    """
    with claims.writing("calico"):
        unheld = _written_view(props).unheld
    if unheld:
        raise Refused(
            "letting members join trust", "NotReady", f"Calico is not ready on {len(unheld)} nodes that are in enforced: "
            f"{', '.join(unheld[:_SAID])}.",
            "Whoever joined would be open to their new pods. Repair it there, or take those nodes out, and run again.",
        )  # fmt: skip


def _settles(props: Props) -> bool:
    """Whether it is the resource at the end of the program, which only adds what has changed meanwhile."""
    return props.get("settles") is not None


def _looks(props: Props) -> bool:
    """Whether it is the one in between, which shows what is there."""
    return not _settles(props) and not _removes(props)


def _removes(props: Props) -> bool:
    """Whether it is the resource at the beginning, which only takes away what is left when all is gone."""
    return bool(props.get("removes"))


def _leaving(olds: Props, news: Props) -> frozenset[str]:
    """The rules that the program declared the last time and does no more: the engine deletes them after all else."""
    before, now = (frozenset(props.get("declared_rule_ids") or ()) for props in (olds, news))
    return before - now if _settles(news) else frozenset()


def _endangered(error: IntegrationError, olds: Props) -> IntegrationError:
    """The error; of a cluster that could enforce at the last update, with what that means for who has joined."""
    if not isinstance(error, Refused) or error.code != "CannotEnforce" or not olds.get("fingerprint"):
        return error
    return Refused(
        error.doing, error.code, error.words,
        "Whoever is in trust may be held by nobody now, and is open to every node: put it back as it was, or take the "
        "members, nodes= and enforcement= out of the program and run up; destroy does so, too.",
    )  # fmt: skip


def _found(inputs: Props, olds: Props) -> Props:
    """What is added to the inputs; what stands otherwise than the last update left it is repaired, and said."""
    seen = view(inputs)
    _say_nodes(seen.nodes, inputs)
    now = {"nodes": dict(seen.nodes), "compiled_from": seen.compiled_from}
    if seen.stands_as_known(olds):
        same = {name: olds.get(name) or {} for name in ("warnings", "fingerprint")}
        return {**now, **same, "objects": {}, "repair": {}, "writes": 0}
    _refuse_staging(seen, inputs, olds)
    quiet, by_others = not seen.writes, olds.get("fingerprint") == seen.fingerprint
    changed = {} if by_others or quiet else changes(seen.actual, seen.desired)
    repaired = drift(seen.actual, seen.desired) if by_others and not quiet else {}
    open_ = {"hosts": _HOSTS_OFF} if inputs.get("hosts") == "off" else {}
    return {
        **now,
        "objects": told_again(changed, olds.get("objects") or {}, quiet, _LISTED),
        "warnings": {**open_, **seen.warnings},
        "fingerprint": seen.fingerprint,
        "repair": told_again(repaired, olds.get("repair") or {}, quiet, _LISTED),
        "writes": len(seen.writes),
    }


def _say_nodes(nodes: Mapping[str, str], inputs: Props) -> None:
    """Say what no other line of the preview says: nodes that no enrollment takes in, and what is no node."""
    said = [f"{name}: {words}" for name, words in nodes.items() if words != OUTSIDE or not inputs.get("nodes_join")]
    if said:
        more = f"; and {len(said) - _SAID} more" if len(said) > _SAID else ""
        say("; ".join(said[:_SAID]) + more)


def _refuse_staging(seen: View, inputs: Props, olds: Props) -> None:
    """What is in force is not taken back as long as it holds anybody."""
    if inputs.get("staged") and olds.get("fingerprint") and not olds.get("staged") and seen.trusting:
        raise Refused(
            "staging the policies that are in force", "StillTrusted",
            f"{len(seen.trusting)} members are in trust and would be open to every node: {', '.join(seen.trusting[:_SAID])}.",
            "Take their enrollments out of the program and run up; then stage.",
        )  # fmt: skip


def _written(props: Props, leaving: frozenset[str] = frozenset()) -> Props:
    _written_view(props, leaving)
    return {**props, **{name: props.get(name, {}) for name in ("objects", "warnings", "nodes", "repair")}}


def _written_view(props: Props, leaving: frozenset[str] = frozenset()) -> View:
    """Write what differs, and demand that it stands; what was seen before."""
    seen = view(props, leaving)
    _carry_out_all(seen.cluster, seen.writes, "writing what Calico enforces")
    _demand_live(seen)
    return seen


def _carry_out_all(there: Cluster, todo: Sequence[Write], doing: str) -> None:
    with Progress(doing, len(todo), "objects") as progress:
        for write in todo:
            carry_out(there, write)
            progress.step()


def _demand_live(seen: View) -> None:
    """Nobody may join before what was written stands: read it back."""
    left = writes(seen.cluster.calico.objects(), seen.desired)
    if left:
        names = ", ".join(sorted(each.manifest["metadata"]["name"] for each in left)[:5])
        raise Refused(
            "enforcing with Calico", "NotLive", f"{len(left)} objects are not as they were written: {names}.",
            "Somebody else writes or removes them; find out who, and run again. Nobody joins before.",
        )  # fmt: skip
