"""Compiles security groups to policy: which groups matter to pods, what they grant, and where their members are.

A pod is in the groups of its annotation, or in the node groups if it has none; and always in the pod default group. So both
ends of a flow are judged as AWS would judge them if pods were members of the VPC: the sender's rules must let it out, the
receiver's rules must let it in, the rules of several groups add up. Replies need no rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

from sg_integration.model.groups import Groups
from sg_integration.model.policy import Caution, Caveat, Compiled, Grant
from sg_integration.model.policy_inputs import PolicyInputs, SecurityGroup
from sg_integration.model.policy_memory import uncollected
from sg_integration.model.policy_networks import Hosts, host, network, ordered, unfiltered, without
from sg_integration.model.policy_rules import Reader
from sg_integration.model.rules import PeerKind


def compile_policy(inputs: PolicyInputs) -> Compiled:
    """Who may talk to whom, on what.

    The same inputs in another order give the same policy.

    Args:
        inputs: groups, rules, and who is in which group.

    Returns:
        The policy; what could not be granted or not be held back is in its `caveats`.
    """
    with uncollected():
        return _compiled(inputs)


def _compiled(inputs: PolicyInputs) -> Compiled:
    pod_groups = (inputs.in_use | inputs.default_groups | {inputs.pod_default}) - inputs.reserved
    open_ = unfiltered(inputs.vpc_cidrs)
    policed, member_groups, caveats = _policed(inputs, frozenset(open_))
    caveats += _missing(inputs, pod_groups)
    grants, refused = _grants(inputs, pod_groups | member_groups)
    peers = {grant.peer for some in grants.values() for grant in some}
    named = {peer.value for peer in peers if peer.kind is PeerKind.SECURITY_GROUP} | member_groups
    lists = sorted(peer.value for peer in peers if peer.kind is PeerKind.PREFIX_LIST)
    return Compiled(
        grants=grants,
        pod_groups=pod_groups,
        member_groups=member_groups,
        node_groups=_node_groups(inputs),
        default_groups=inputs.default_groups - inputs.reserved,
        pod_default=inputs.pod_default,
        addresses=_addresses(inputs, named),
        policed=policed,
        prefix_lists={each: ordered(inputs.prefix_lists[each]) for each in lists},
        unfiltered=open_,
        names={group.id: group.name for group in inputs.groups},
        caveats=(*caveats, *refused),
    )


def _grants(inputs: PolicyInputs, wanted: Groups) -> tuple[dict[str, tuple[Grant, ...]], list[Caveat]]:
    reader = Reader(inputs, frozenset(group.id for group in inputs.groups))
    caveats: list[Caveat] = []
    granted: dict[str, tuple[Grant, ...]] = {}
    for group in sorted(inputs.groups, key=_id):
        if group.id in wanted:
            read = [reader.grant(group, rule) for rule in group.rules]
            granted[group.id] = tuple(sorted((each for each in read if isinstance(each, Grant)), key=_place))
            caveats += sorted((each for each in read if isinstance(each, Caveat)), key=str)
    return granted, caveats


def _id(group: SecurityGroup) -> str:
    return group.id


def _place(grant: Grant) -> tuple[str, str, int | None, int | None, str]:
    """One order whatever order AWS gives; where peer and protocol are the same, either both have ports or none has."""
    _, peer, port, _, rule = grant
    return peer.value, port.protocol, port.from_port, port.to_port, rule


def _policed(inputs: PolicyInputs, open_: Groups) -> tuple[tuple[str, ...], Groups, list[Caveat]]:
    """Networks and groups of members that are held; what the cluster itself needs is cut out of them."""
    spared = Hosts({*_of_nodes(inputs), *map(host, inputs.api_server), *open_})
    held: set[str] = set()
    groups: set[str] = set()
    caveats: list[Caveat] = []
    for member in sorted(inputs.members, key=lambda each: each.id):
        mine = {each: spared.inside(each) for each in map(network, member.addresses)} if member.policed else {}
        shared = ordered(chain.from_iterable(mine.values()))
        if shared:
            words = f"{', '.join(shared)} is also of a node, the API server or AWS: never held back."
            caveats.append(Caveat(Caution.NOT_POLICED, f"{member.name} ({member.id})", words))
        left = [part for each, inside in mine.items() for part in (without(each, inside) if inside else (each,))]
        if left:
            held.update(left)
            groups |= member.groups
    return ordered(held), frozenset(groups) - inputs.reserved, caveats


def _of_nodes(inputs: PolicyInputs) -> set[str]:
    return {host(address) for node in inputs.nodes for address in node.addresses}


def _missing(inputs: PolicyInputs, pod_groups: Groups) -> list[Caveat]:
    missing = sorted(pod_groups - {group.id for group in inputs.groups})
    words = "was not found, but pods have it. It grants them nothing."
    taken = [Caveat(Caution.RESERVED, each, "is reserved; no pod can be in it.") for each in sorted(_misused(inputs))]
    return [*taken, *(Caveat(Caution.UNKNOWN_GROUP, each, words) for each in missing)]


def _misused(inputs: PolicyInputs) -> Groups:
    return (inputs.in_use | inputs.default_groups) & inputs.reserved


def _node_groups(inputs: PolicyInputs) -> Groups:
    """Every group of any node; a node's interface may stand among the members too, with groups that only it has."""
    own = Hosts(_of_nodes(inputs))
    also = [each.groups for each in inputs.members if any(map(own.inside, map(network, each.addresses)))]
    return inputs.default_groups.union(*(node.groups for node in inputs.nodes), *also) - inputs.reserved


def _addresses(inputs: PolicyInputs, named: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Of each group that is named, where its members and nodes are."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    holders = [(member.groups, member.addresses) for member in inputs.members]
    holders += [(node.groups | inputs.default_groups, node.addresses) for node in inputs.nodes]
    for groups, addresses in holders:
        networks = [network(address) for address in addresses]
        for group in groups:
            found[group].update(networks)
    return {group: ordered(found[group]) for group in sorted(set(named)) if found.get(group)}
