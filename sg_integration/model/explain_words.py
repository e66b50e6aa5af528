"""An explanation as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sg_integration.model.explain import Chain, Explanation, Link, side
from sg_integration.model.policy import Grant
from sg_integration.model.ports import Port
from sg_integration.model.reach import METADATA, Layer, Reach
from sg_integration.model.reach_ends import Sighting
from sg_integration.model.rules import Direction
from sg_integration.model.traffic import common, said

_SHOWN: Final = 4
_VERDICTS: Final = {"allowed": "ALLOWED", "denied": "DENIED", "depends": "IT DEPENDS"}
_LATER: Final = "NOT SETTLED, and once the cluster holds what is compiled now"


def as_text(reach: Reach, found: Explanation) -> str:
    """As a person reads it."""
    return "\n".join(_lines(reach, found))


def as_json(reach: Reach, found: Explanation) -> dict[str, Any]:
    """As a program reads it."""
    return {
        "verdict": found.verdict,
        "compiled": found.compiled,
        "source": {"name": found.source.name, "kind": found.source.kind, "groups": list(found.source.groups)},
        "destination": {
            "name": found.destination.name, "kind": found.destination.kind, "groups": list(found.destination.groups),
        },
        "port": str(found.port),
        "chains": [_chain(reach, each) for each in found.chains],
        "notes": list(found.notes),
    }  # fmt: skip


def _lines(reach: Reach, found: Explanation) -> Iterator[str]:
    verdict = _VERDICTS[found.compiled] if found.compiled != "depends" else _in_part(found)
    later = f"{_LATER} " if found.verdict == "unsettled" else ""
    yield f"{later}{verdict}: {found.source} to {found.destination} on {found.port}"
    yield ""
    for label, party in (("from", found.source), ("to", found.destination)):
        yield f"{label:<6}{party}{_where(party.sightings)}"
        yield from (f"      groups {line}" for line in party.groups)
    for chain in found.chains[:_SHOWN]:
        yield ""
        if len(found.chains) > 1:
            yield f"{_of_chain(chain)} {_pair(chain)}"
        for number, link in enumerate(chain.links, 1):
            yield from _link(reach, chain, number, link, found.port)
        yield from (f"   note: {each}." for each in chain.notes)
    if len(found.chains) > _SHOWN:
        yield f"\n{len(found.chains) - _SHOWN} more answers, for other addresses; --json has all of them."
    yield from ["", *(f"note: {each}." for each in found.notes)] if found.notes else []


def _in_part(found: Explanation) -> str:
    """Of an answer that depends: what passes, if that is the same for all of their addresses."""
    first = found.chains[0]
    alike = not first.allowed and all(each.passing == first.passing for each in found.chains)
    return _of_chain(first) if alike else _VERDICTS["depends"]


def _of_chain(chain: Chain) -> str:
    if chain.allowed:
        return "ALLOWED"
    return f"IN PART ({said(chain.passing)} passes)" if chain.passing else "DENIED"


def _where(sightings: tuple[Sighting, ...]) -> str:
    """Some of its addresses."""
    known = list(dict.fromkeys(each.address for each in sightings if each.address))
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f", {', '.join(known[:_SHOWN])}{more}" if known else ""


def _pair(chain: Chain) -> str:
    ends = " to ".join(each.address or "an address of the VPC" for each in (chain.source, chain.destination))
    nodes = [f"on node {each.node}" for each in (chain.source, chain.destination) if each.node]
    more = f", and {chain.pairs - 1} pairs like it" if chain.pairs > 1 else ""
    return f"from {ends}{' (' + ', '.join(nodes) + ')' if nodes else ''}{more}"


def _link(reach: Reach, chain: Chain, number: int, link: Link, port: Port) -> Iterator[str]:
    layer = link.layer
    part = common(layer.ports, (port,))
    rest = f", but {said(part)}" if part and not link.passes else ""
    yield f"{number}. {_judge(chain, layer)}, {side(layer)}: {_verb(link)} {port}{rest}"
    yield from (f"     {_grant(reach, each)}" for each in link.by)
    if layer.note == METADATA or (layer.note and link.passes and not link.by):
        yield f"     {layer.note}"
    elif not link.passes:
        looked = layer.groups - reach.landscape.inputs.reserved if layer.judge == "Calico" else layer.groups
        groups = ", ".join(sorted(reach.called(each) for each in looked)) or "no group at all"
        yield f"     no rule grants {'all of it' if rest else 'it'}; looked at {groups}"
        yield from (f"     near: {_grant(reach, each)}" for each in link.near)
    if link.objects:
        yield f"     decided by {', '.join(link.objects)}"


def _judge(chain: Chain, layer: Layer) -> str:
    """Who judges, and on which node: a pod's rules are held where it runs, a member's where the other end does."""
    if layer.judge == "AWS":
        return "AWS"
    incoming = layer.direction is Direction.INGRESS
    here = chain.destination if incoming else chain.source
    there = "source" if incoming else "destination"
    where = ("destination" if incoming else "source") if here.end.kind == "pod" else there
    return f"Calico on the node of the {where}"


def _verb(link: Link) -> str:
    if link.layer.decides:
        return "passes" if link.passes else "denies"
    return f"would {'pass' if link.passes else 'deny'}"


def _grant(reach: Reach, grant: Grant) -> str:
    """A rule as people say it."""
    peer = reach.compiled.name(grant.peer.value)
    return f"{reach.compiled.name(grant.group)}: {grant.port} {grant.direction.value} {peer} ({grant.rule})"


def _chain(reach: Reach, chain: Chain) -> dict[str, Any]:
    return {
        "allowed": chain.allowed,
        "passes": said(chain.passing),
        "settled": chain.settled,
        "source": {"address": chain.source.address or None, "node": chain.source.node or None},
        "destination": {"address": chain.destination.address or None, "node": chain.destination.node or None},
        "pairs": chain.pairs,
        "links": [_link_document(reach, each) for each in chain.links],
        "notes": list(chain.notes),
    }


def _link_document(reach: Reach, link: Link) -> dict[str, Any]:
    layer = link.layer
    return {
        "judge": layer.judge,
        "direction": "ingress" if layer.direction is Direction.INGRESS else "egress",
        "decides": layer.decides,
        "passes": link.passes,
        "groups": sorted(layer.groups),
        "rules": [_rule(reach, each) for each in link.by],
        "near": [_rule(reach, each) for each in link.near],
        "ports": said(layer.ports),
        "objects": list(link.objects),
        "note": layer.note or None,
    }


def _rule(reach: Reach, grant: Grant) -> dict[str, str]:
    return {"group": grant.group, "rule": grant.rule, "peer": grant.peer.value, "port": str(grant.port),
            "says": _grant(reach, grant)}  # fmt: skip
