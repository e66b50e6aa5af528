"""The README and the guides say what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from sg_integration.model import calico, permissions
from sg_integration.model.bindings import EXCLUDED_NAMESPACES
from sg_integration.model.guard_rules import validations

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PODS = (ROOT / "docs" / "pods.md").read_text()
ENFORCEMENT = (ROOT / "docs" / "enforcement.md").read_text()
SUBJECTS = [{"kind": "ServiceAccount", "name": "pulumi", "namespace": "ci"}]


def test_the_rights_in_the_guide_are_those_that_the_guard_declares() -> None:
    """The guide's RBAC is what `subjects` get, to the last verb, and what mode `template` needs besides."""
    _, rights, templates = re.findall(r"```yaml\n(.*?)```", PODS, re.DOTALL)
    assert list(yaml.safe_load_all(rights)) == permissions.rights(SUBJECTS)
    more = permissions.cluster_role(templates=True)["rules"]
    assert [*permissions.cluster_role()["rules"], *yaml.safe_load(templates)] == more


def test_every_rule_of_the_guard_is_in_the_guide() -> None:
    """The guide has a row for each rule that the guard names when it refuses, and for no other."""
    named = {re.sub(r"^rule ([a-z-]+):.*", r"\1", rule["message"]) for rule in validations()}
    assert set(re.findall(r"^\| `([a-z-]+)` \| (?:a pod is|made)", PODS, re.MULTILINE)) == named


@pytest.mark.parametrize("text", [README, PODS, ENFORCEMENT], ids=["README", "pods", "enforcement"])
def test_the_namespaces_that_are_never_bound_are_named(text: str) -> None:
    """Each of them is named."""
    assert all(f"`{name}`" in text for name in EXCLUDED_NAMESPACES)


def test_the_rights_of_enforcement_in_its_guide_are_those_of_the_role() -> None:
    """The guide's role is the one that a real API server is asked about in the tests."""
    rights, *_ = re.findall(r"```yaml\n(.*?)```", ENFORCEMENT, re.DOTALL)
    assert yaml.safe_load(rights) == permissions.enforcement_role()


def test_the_failsafe_ports_are_named() -> None:
    """Every port that Calico leaves open whatever policy says."""
    assert all(f"{port}" in ENFORCEMENT for port in (*calico.FAILSAFE_INBOUND, *calico.FAILSAFE_OUTBOUND))


@pytest.mark.parametrize("guide", [PODS, ENFORCEMENT], ids=["pods", "enforcement"])
def test_the_errors_in_a_guide_are_said_somewhere(guide: str) -> None:
    """What a guide's table of errors quotes is what the code says, but for what Pulumi and Kubernetes say themselves."""
    source = "\n".join(path.read_text() for path in sorted((ROOT / "sg_integration").rglob("*.py")))
    source = re.sub(r"[\"']\s*\n\s*f?[\"']", "", source)  # a text in several pieces
    quoted = re.findall(r"^\| `([^`]+)` ", guide.partition("## Errors")[2], re.MULTILINE)
    assert len(quoted) > 10
    for words in set(quoted) - {"violates plan", "ReplicaFailure"}:
        pieces = [piece.strip() for piece in re.split(r"https://…|sg-…|…|\b2\b|rule |: ", words) if piece.strip(' "')]
        assert all(piece in source for piece in pieces), words
