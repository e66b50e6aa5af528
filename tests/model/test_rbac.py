"""The roles for the features in use: no wildcard, no more than one feature needs, and bound to whom they are for."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from sg_integration.cli import main
from sg_integration.kubernetes.tigera import CREDENTIALS
from sg_integration.model import permissions
from sg_integration.model.errors import InvalidInput
from sg_integration.model.rbac import FEATURES, manifests

BOT = {"kind": "ServiceAccount", "name": "pulumi", "namespace": "ci"}
ALONE = [each for each in FEATURES if each != "templates"]


def rules(*features: str) -> list[dict[str, Any]]:
    """Every rule of the roles of some features."""
    return [rule for role in manifests(features) for rule in role["rules"]]


@pytest.mark.parametrize("feature", ALONE)
def test_a_role_names_what_it_grants(feature: str) -> None:
    """No verb, group or resource is a wildcard, and no role may make itself greater."""
    found = rules(feature)
    assert found
    for rule in found:
        assert not {"*", "escalate", "bind", "impersonate"} & {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}


def test_bindings_and_enforcement_are_the_roles_of_their_guides() -> None:
    """What the guard declares for its subjects, and what enforcement needs besides."""
    assert manifests(["bindings"], [BOT]) == permissions.rights([BOT])
    assert manifests(["bindings", "templates"], [BOT]) == permissions.rights([BOT], templates=True)
    assert manifests(["enforcement"]) == [permissions.enforcement_role()]


def test_secrets_are_only_those_of_the_product() -> None:
    """One secret by name, in the operator's namespace; making one cannot be narrowed."""
    for feature in ALONE:
        for role in manifests([feature]):
            for rule in role["rules"]:
                if "secrets" in rule["resources"] and rule["verbs"] != ["create"]:
                    assert (role["metadata"]["namespace"], *rule["resourceNames"]) == CREDENTIALS
                    assert feature == "tigera"


def test_who_only_looks_writes_nothing() -> None:
    """The commands get and list."""
    assert {verb for rule in rules("commands", "nodes") for verb in rule["verbs"]} == {"get", "list"}


def test_each_role_is_given_by_its_own_binding() -> None:
    """In its own namespace, to every subject, as RBAC names them."""
    subjects = [{"kind": "User", "name": "ci"}, BOT]
    found = manifests(ALONE, subjects)
    roles = [each for each in found if "rules" in each]
    bindings = [each for each in found if "roleRef" in each]
    assert len(roles) == len(bindings) == len(found) / 2
    for role, binding in zip(roles, bindings, strict=True):
        assert binding["kind"] == f"{role['kind']}Binding"
        assert binding["metadata"] == role["metadata"]
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == (role["kind"], role["metadata"]["name"])
        assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", **subjects[0]}, BOT]
    names = [(each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")) for each in found]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("features", "words"), [(["typo"], "no such feature"), (["templates"], "templates is a way of bindings")]
)
def test_a_feature_that_is_none_is_refused(features: list[str], words: str) -> None:
    """With what there is."""
    with pytest.raises(InvalidInput, match=words):
        manifests(features)


def test_the_command_prints_the_manifests(capsys: pytest.CaptureFixture[str]) -> None:
    """As YAML that kubectl takes, without references from one place to another; bindings are the default."""
    options = ["--feature=tigera", "--feature=enforcement", "--subject=ServiceAccount:pulumi:ci"]
    assert main(["rbac", *options, "--subject=Group:system:serviceaccounts:ci"]) == 0
    printed = capsys.readouterr().out
    subjects = [BOT, {"kind": "Group", "name": "system:serviceaccounts:ci"}]
    assert list(yaml.safe_load_all(printed)) == manifests(["tigera", "enforcement"], subjects)
    assert "&id" not in printed
    assert main(["rbac"]) == 0
    assert list(yaml.safe_load_all(capsys.readouterr().out)) == manifests(["bindings"])


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("ServiceAccount:a:b:c", "'b:c' is not a namespace"),
        ("ServiceAccount:pulumi:CI", "'CI' is not a namespace"),
        ("ServiceAccount:Pulumi:ci", "'Pulumi' is no ServiceAccount's name"),
        ("ServiceAccount:a..b:ci", "'a..b' is no ServiceAccount's name"),
        (f"ServiceAccount:{'a' * 254}:ci", "is no ServiceAccount's name"),
    ],
)
def test_an_account_that_cannot_be_is_refused(subject: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Kubernetes would take the binding, and nobody would have it."""
    assert main(["rbac", "--subject", subject]) == 1
    assert words in capsys.readouterr().err
    assert main(["rbac", "--subject", "ServiceAccount:ci.pulumi-2:ci", "--subject", "User:a:b:C"]) == 0


@pytest.mark.parametrize("subject", ["pulumi", "Robot:x", "User:", "ServiceAccount:pulumi", "ServiceAccount::ci"])
def test_a_subject_that_is_none_is_refused(subject: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the form of one."""
    assert main(["rbac", "--subject", subject]) == 1
    assert "write User:NAME, Group:NAME or ServiceAccount:NAME:NAMESPACE" in capsys.readouterr().err
