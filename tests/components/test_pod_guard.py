"""What a guard declares."""

from __future__ import annotations

import pytest

from sg_integration import ClusterAccess, PodGroupGuard, SecurityGroup

from .pod_programs import GUARD, A, run

VALIDATING = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"


def test_a_guard_is_a_policy_of_ours_and_what_surrounds_it() -> None:
    """What others write too is our own resource; its binding, the routes and the rights come after it, all its children."""

    def program() -> None:
        legacy = SecurityGroup.existing("legacy", A)
        subjects = [{"kind": "ServiceAccount", "name": "ci", "namespace": "ops"}]
        PodGroupGuard("guard", cluster=ClusterAccess("prod"), allowed_groups={"shop": [legacy]}, subjects=subjects)

    made = run(program)
    policy = made.of(GUARD)
    assert policy.name == "guard-policy"
    assert policy.inputs["allowed_groups"] == {"shop": [A]}
    assert made.of(VALIDATING).name == "guard-routes"
    bindings = {one.name: one for one in made.registered if one.kind == f"{VALIDATING}Binding"}
    assert bindings["guard-policy"].after == {(GUARD, "guard-policy")}
    assert (VALIDATING, "guard-routes") in bindings["guard-routes"].after
    rights = [one for one in made.registered if one.name.startswith("guard-rights-")]
    assert rights
    assert all((GUARD, "guard-policy") in one.after for one in rights)
    subject = {"kind": "ServiceAccount", "name": "ci", "namespace": "ops"}
    assert any(subject.items() <= each.items() for one in rights for each in one.inputs.get("subjects", ()))
    assert {one.parent for one in made.registered if one.name.startswith("guard-")} == {"guard"}


def test_a_guard_is_somebodys() -> None:
    """It says which stack declares it, the same in each run, so that a second one is noticed."""

    def owner(name: str) -> str:
        made = run(lambda: PodGroupGuard(name, cluster=ClusterAccess("prod")))
        return str(made.of(GUARD).inputs["owner"])

    assert owner("guard") == owner("guard") != owner("other")


def test_without_subjects_nobody_gets_rights() -> None:
    """Administrators have the right already, and nobody else is named."""
    made = run(lambda: PodGroupGuard("guard", cluster=ClusterAccess("prod")))
    assert not [one for one in made.registered if one.inputs.get("subjects")]


@pytest.mark.parametrize("templates", [False, True])
def test_subjects_may_write_templates_only_if_asked(templates: bool) -> None:
    """The rights of mode `template` are given to subjects with `template_mode`, and not otherwise."""
    subjects = [{"kind": "User", "name": "ci"}]

    def program() -> None:
        PodGroupGuard("guard", cluster=ClusterAccess("prod"), subjects=subjects, template_mode=templates)

    made = run(program)
    rules = [rule for one in made.registered if one.kind.endswith(":ClusterRole") for rule in one.inputs["rules"]]
    assert any("deployments" in rule["resources"] for rule in rules) is templates
