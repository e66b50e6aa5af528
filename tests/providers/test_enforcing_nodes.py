"""On which nodes Calico enforces, and what keeps the others out."""

from __future__ import annotations

import pytest

from sg_integration.model.nodes import UNHELD, UNREADY, WINDOWS, Node
from sg_integration.providers.discovery import Enforcing

A, OS = frozenset({"a"}), "kubernetes.io/os"


@pytest.mark.parametrize(
    ("enforcing", "labels", "why"),
    [
        (Enforcing(A, None), {}, ""),
        (Enforcing(frozenset(), None), {}, UNREADY),
        (Enforcing(A, A), {}, ""),
        (Enforcing(A, frozenset()), {}, UNHELD),
        (Enforcing(A, A), {OS: "windows"}, WINDOWS),
        (Enforcing(A, None), {OS: "windows"}, ""),
    ],
)
def test_a_node_joins_where_its_pods_and_if_asked_for_itself_are_held(
    enforcing: Enforcing, labels: dict[str, str], why: str
) -> None:
    """Ready, with a host endpoint where nodes are held, too, and then not on Windows."""
    assert enforcing.why_not(Node("a", "aws:///z/i-1", labels)) == why
