"""The picture: well-formed, with words for who cannot see it, and marks that differ without colour."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from sg_integration.model.ports import ALL, Port, icmp, icmpv6, protocol, tcp, udp
from sg_integration.model.reach_matrix import Cell, Change, Comparison, Pair
from sg_integration.model.reach_picture import MOST, picture
from sg_integration.model.reach_style import STOPS, short
from sg_integration.model.traffic import traffic_of

SVG = "{http://www.w3.org/2000/svg}"


def cell(before: int, after: int, *, partly: bool = False) -> Change:
    """One port before and after; 0 is none."""
    return Change(Cell((tcp(before),) if before else (), partly), Cell((tcp(after),) if after else (), partly))


def drawn(cells: dict[Pair, Change], *, previewed: bool = True, **more: int) -> ET.Element:
    """The picture of some cells."""
    names = [tuple(sorted({pair[at] for pair in cells})) for at in (0, 1)]
    return ET.fromstring(picture(Comparison(names[0], names[1], cells), previewed=previewed, **more))


def marks(root: ET.Element) -> list[str]:
    """The marks outside of the legend, in order."""
    legend = {id(each) for each in list(root)[-1].iter()}
    return [
        each.get("class", "")
        for each in root.iter(f"{SVG}rect")
        if "mark" in each.get("class", "") and id(each) not in legend
    ]


def text(root: ET.Element) -> str:
    """All words."""
    return "\n".join(each.text or "" for each in root.iter())


def test_marks_say_what_changes_in_more_than_colour() -> None:
    """What is open, becomes open, stops, or both has a mark of its own, a sign before its ports, and a title with all of it."""
    cells: dict[Pair, Change] = {
        ("a", "m", "out"): cell(443, 443), ("b", "m", "out"): cell(0, 80), ("c", "m", "out"): cell(81, 0),
        ("d", "m", "in"): cell(1, 2), ("e", "m", "in"): cell(5, 5, partly=True),
    }  # fmt: skip
    root = drawn(cells)
    assert marks(root) == ["mark open", "mark becomes", "mark stops", "mark both", "mark open partly"]
    for words in (
        "443",
        "+80",
        f"{STOPS}81",
        "±2",
        "b to m: becomes tcp/80; then tcp/80",
        "c to m: stops tcp/81; then -",
    ):
        assert words in text(root)
    assert "m to d: becomes tcp/2, stops tcp/1; then tcp/2" in text(root)
    assert "(for some of the addresses)" in text(root)
    assert any(each.get("class") == "hatch" for each in root.iter(f"{SVG}rect"))
    assert any(each.get("class") == "cross" for each in root.iter(f"{SVG}path"))


def test_it_is_described_and_follows_the_scheme() -> None:
    """A title and a description are there, dark colours too, and every name is escaped and whole in a title."""
    long = "shop/deployment/" + "a" * 60
    root = drawn({(f"<{long}>", "m&m", "out"): cell(443, 0)}, unknown=2)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title description"
    assert "that close further: 1. Not known: 2, see the command." in text(root)
    assert "prefers-color-scheme: dark" in text(root)
    assert f"<{long}>" in text(root)
    assert not [each for each in root.iter(f"{SVG}text") if len(each.text or "") > 120]


def test_of_now_there_is_no_legend_of_changes() -> None:
    """Without a preview nothing is said of what becomes or stops."""
    root = drawn({("a", "m", "out"): cell(443, 443)}, previewed=False)
    assert "reachable no more" not in text(root)
    assert "Open pairs: 1." in text(root)


def test_thirty_are_drawn_apart_and_more_in_groups() -> None:
    """Up to 30 workloads each have a row; of more, those that are alike share one; what has no room is counted."""

    def rows(count: int, patterns: int) -> ET.Element:
        return drawn(
            {(f"w{n:03}", f"m{n % patterns:03}", "out"): cell(443, 443) for n in range(count)}, previewed=False
        )

    assert len(marks(rows(30, 3))) == 30
    assert len(marks(rows(300, 3))) == 3
    assert "w000 +99" in text(rows(300, 3))
    many = rows(300, 300)
    assert len(marks(many)) == MOST
    assert f"Not drawn: {300 - MOST} workloads and {300 - MOST} members" in text(many)


def test_nobody() -> None:
    """An empty landscape is an empty picture."""
    root = ET.fromstring(picture(Comparison((), (), {})))
    assert "Workloads: 0. Members: 0." in text(root)


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ([tcp(5432)], "5432"), ([udp(53)], "u53"), ([ALL], "all"), ([icmp(8)], "i8"), ([icmpv6(128)], "i6-128"),
        ([protocol(50)], "p50"), ([tcp(0, 65535)], "tcp"), ([tcp(443), tcp(80), udp(53)], "80+2"), ([tcp(30000, 32767)], "30000-…"),
        ([], ""),
    ],
)  # fmt: skip
def test_ports_in_a_few_letters(ports: list[Port], said: str) -> None:
    """Ports are cut to what a cell has room for."""
    assert short(traffic_of(ports)) == said
