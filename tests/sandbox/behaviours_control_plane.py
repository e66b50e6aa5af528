"""What the embedded cluster does as any cluster does. It is a real API server; these are what our tests rely on."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour
from tests.sandbox.behaviours_definitions import DEFINITION_ROWS

_TESTS = "tests/sandbox/test_control_plane.py"

BEHAVIOURS = (
    Behaviour(
        what="A MutatingAdmissionPolicy of API version v1 is served and changes a pod when it is created.",
        source="https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/",
        held_by=f"{_TESTS}::test_admission_policies_act",
    ),
    Behaviour(
        what="Applying a field that another manager owns, without force, is refused with 409 and names that manager.",
        source="https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts",
        held_by=f"{_TESTS}::test_server_side_apply_reports_conflicts",
    ),
    Behaviour(
        what="A dry run goes through admission and answers with the whole object, and keeps nothing.",
        source="https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run",
        held_by=f"{_TESTS}::test_dry_run_keeps_nothing",
    ),
    Behaviour(
        what="A client with an unknown token is refused with 401.",
        source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
        held_by=f"{_TESTS}::test_a_wrong_token_is_refused",
    ),
    Behaviour(
        what="Unlike in a whole cluster, a deleted namespace stays Terminating unless its controller was asked for.",
        source="Measured: kube-apiserver 1.36.3 without kube-controller-manager, whose namespace controller ends it.",
        held_by=f"{_TESTS}::test_without_controllers_a_namespace_stays_terminating",
    ),
    Behaviour(
        what="With the namespace controller running, a deleted namespace goes.",
        source="Measured: kube-controller-manager 1.36.3 with `--controllers=namespace-controller`.",
        held_by=f"{_TESTS}::test_several_clusters_and_controllers",
    ),
    *DEFINITION_ROWS,
)
