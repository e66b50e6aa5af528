"""How the picture of reach looks, in light and in dark, and what its marks mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sg_integration.model.traffic import Traffic

STYLE: Final = """<style>
svg { --page: #ffffff; --ink: #1b1f24; --faint: #57606a; --line: #d0d7de; --open: #0b5cad; --on-open: #ffffff;
  --becomes: #116329; --becomes-back: #d5f0da; --stops: #a40e26; --stops-back: #ffffff;
  font-family: system-ui, "DejaVu Sans", "Liberation Sans", sans-serif; }
@media (prefers-color-scheme: dark) { svg { --page: #0d1117; --ink: #e6edf3; --faint: #9da7b3; --line: #30363d; --open: #79b8ff;
  --on-open: #0d1117; --becomes: #7ee787; --becomes-back: #12301b; --stops: #ff9492; --stops-back: #0d1117; } }
.page { fill: var(--page) }
text { fill: var(--ink); font-size: 11px }
.title { font-size: 16px; font-weight: 600 }
.heading { font-size: 13px; font-weight: 600 }
.note { fill: var(--faint) }
.name { font-size: 11px }
.row { text-anchor: end }
.ports { font-size: 10px; text-anchor: middle; font-weight: 600 }
.line { stroke: var(--line); stroke-width: 1 }
.mark { fill: var(--open); stroke: var(--open); stroke-width: 1.5 }
.mark.becomes { fill: var(--becomes-back); stroke: var(--becomes) }
.mark.both { fill: var(--becomes-back); stroke: var(--stops); stroke-width: 2 }
.mark.stops { fill: var(--stops-back); stroke: var(--stops); stroke-dasharray: 3 2 }
.mark.partly { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 1 2 }
.hatch { fill: url(#hatch) }
.hatching { stroke: var(--becomes); stroke-width: 1.4; opacity: 0.7 }
.cross { stroke: var(--stops); stroke-width: 1.4 }
.on-open { fill: var(--on-open) }
.on-becomes, .on-both, .on-stops { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round }
.on-becomes, .on-both { stroke: var(--becomes-back) }
.on-stops { stroke: var(--stops-back) }
</style>
<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<path class="hatching" d="M0 0V5"/></pattern></defs>"""
"""Colours and strokes; the marks differ in more than colour."""
LEGEND_HEIGHT: Final = 134
_LONGEST: Final = 7
STOPS: Final = "\N{MULTIPLICATION SIGN}"
"""Before the ports that are reachable no more."""
_MARK: Final = '<rect class="mark {kind}" x="0" y="0" width="52" height="18" rx="2"/>'
_WORDS: Final = (
    ("open", "5432", "open: the ports are in it"),
    ("becomes", "+5432", "becomes reachable, maybe beside other ports"),
    ("stops", f"{STOPS}5432", "is reachable no more"),
    ("both", "±443", "some ports become reachable, others stop"),
    ("open partly", "443", "for some of the addresses only"),
)
_ALWAYS: Final = ("open", "open partly")
_READING: Final = (
    "5432 is tcp/5432, u53 udp/53, i8 icmp type 8, p50 protocol 50; tcp and udp are all of its ports, all is everything.",
    "443+2 is tcp/443 and two more: the title of each mark says all. An empty cell is closed, before and after.",
    "+3 behind a name stands for three more with the same cells.",
)
_PREFIXES: Final = {"tcp": "", "udp": "u", "icmp": "i", "icmpv6": "i6-", "protocol": "p"}


def short(ports: Traffic, taken: int = 0) -> str:
    """Ports in at most seven letters, of which some may be taken: `5432`, `u53`, `all`, `443+2`."""
    if not ports:
        return ""
    protocol, _, numbers = str(ports[0]).partition("/")
    first = protocol if numbers in ("", "all") else f"{_PREFIXES[protocol]}{numbers}"
    more = f"+{len(ports) - 1}" if len(ports) > 1 else ""
    longest = _LONGEST - taken - len(more)
    return (first if len(first) <= longest else f"{first[: longest - 1]}…") + more


def legend(x: int, y: int, *, previewed: bool) -> Iterator[str]:
    """What the marks mean.

    Args:
        x: where it begins.
        y: where it begins.
        previewed: whether there are marks of a change.
    """
    shown = [each for each in _WORDS if previewed or each[0] in _ALWAYS]
    yield f'<g transform="translate({x} {y})">'
    for at, (kind, text, words) in enumerate(shown):
        left, top = 320 * (at % 2), 24 * (at // 2)
        yield f'<g transform="translate({left} {top})">{_MARK.format(kind=kind)}'
        if kind in ("becomes", "both"):
            yield '<rect class="hatch" x="0" y="0" width="52" height="18" rx="2"/>'
        if kind in ("stops", "both"):
            yield '<path class="cross" d="M2 2L50 16M50 2L2 16"/>'
        yield f'<text class="ports on-{kind.split()[0]}" x="26" y="13">{text}</text><text x="62" y="13">{words}</text></g>'
    for at, line in enumerate(_READING):
        yield f'<text class="note" x="0" y="{24 * ((len(shown) + 1) // 2) + 12 + 15 * at}">{line}</text>'
    yield "</g>"
