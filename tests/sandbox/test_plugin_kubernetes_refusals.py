"""What the stand-in kubernetes plugin refuses, each in one line that names the culprit."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes import controllers, refusals
from sg_integration.sandbox.plugins.kubernetes.api import Api, Refused
from sg_integration.sandbox.plugins.kubernetes.decoding import decode
from sg_integration.sandbox.plugins.kubernetes.ending import await_end
from sg_integration.sandbox.plugins.kubernetes.objects import Kind


@pytest.mark.parametrize(
    ("type_", "kind", "inputs", "reason"),
    [
        ("kubernetes:core/v1:PodPatch", "Pod", {}, "does not support Patch resources"),
        ("kubernetes:core/v1:PodList", "PodList", {"items": []}, "does not support List resources"),
        ("kubernetes:helm.sh/v3:Release", "Release", {}, "does not support kubernetes:helm.sh/v3:Release"),
        ("kubernetes:kustomize/v2:Directory", "Directory", {}, "does not support kubernetes:kustomize"),
        ("kubernetes:yaml/v2:ConfigFile", "ConfigFile", {}, "does not support kubernetes:yaml/v2"),
        ("kubernetes:core/v1:Pod", "Pod", {"metadata": "x"}, "metadata must be an object"),
        (
            "kubernetes:core/v1:Pod",
            "Pod",
            {"metadata": {"annotations": {"pulumi.com/waitFor": "condition=Ready"}}},
            "cannot honour the annotation pulumi.com/waitFor",
        ),
        (
            "kubernetes:core/v1:Pod",
            "Pod",
            {"metadata": {"annotations": {"pulumi.com/deletionPropagationPolicy": "now"}}},
            "must be one of foreground, background, orphan",
        ),
    ],
)
def test_resources_that_are_not_supported(type_: str, kind: str, inputs: dict[str, Any], reason: str) -> None:
    """Patch and List resources, Helm, Kustomize and requests to wait are refused, with the reason."""
    with pytest.raises(PluginError, match=reason):
        refusals.demand_supported(type_, Kind("v1", kind), inputs)


def test_skipping_the_wait_is_accepted() -> None:
    """`skipAwait` asks for what the stand-in does anyway; a kind that merely ends in Patch is an ordinary one."""
    skipping = {"metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}
    refusals.demand_supported("kubernetes:core/v1:Pod", Kind("v1", "Pod"), skipping)
    refusals.demand_supported("kubernetes:example.com/v1:CrossPatch", Kind("example.com/v1", "CrossPatch"), {})


@pytest.mark.parametrize(
    ("refusal", "nothing"),
    [
        (Refused(409, "AlreadyExists", 'configmaps "a" already exists'), True),
        (Refused(404, "NotFound", 'namespaces "n" not found', "namespaces"), True),
        (Refused(403, "Forbidden", 'configmaps is forbidden: User "u" cannot create resource "configmaps"'), True),
        (Refused(403, "Forbidden", 'configmaps "a" is forbidden: ValidatingAdmissionPolicy "p" denied request'), False),
        (Refused(422, "Invalid", "metadata.name: Invalid value"), False),
    ],
)
def test_which_refusals_a_preview_forgives(refusal: Refused, nothing: bool) -> None:
    """What the update itself may change, and what needs rights that a preview may lack, does not stop a preview."""
    assert refusals.says_nothing_in_preview(refusal) is nothing


def test_an_immutable_field_says_how_to_replace() -> None:
    """The server's refusal of an immutable field is shown with what to do; it is not turned into a replacement."""
    error = refusals.explained(
        Refused(422, "Invalid", "spec.x: Invalid value: field is immutable"), "updating Job a", "m"
    )

    assert str(error).startswith("updating Job a: spec.x")
    assert "--replace" in str(error)


class _Accounts(Api):
    """An API server on which some controllers have a service account."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def request(self, method: str, path: str, **_: Any) -> dict[str, Any]:
        """Answer as the server does about service accounts."""
        if method == "GET" and path.rpartition("/")[2] in self._names:
            return {}
        raise Refused(404, "NotFound", "not found")


def test_deletion_is_in_the_foreground_where_that_ends() -> None:
    """The default is the official one where a garbage collector runs, else immediate; what is asked for is done."""
    assert controllers.propagation(_Accounts(controllers.GARBAGE_COLLECTOR), "") == "Foreground"
    assert controllers.propagation(_Accounts(), "") == "Background"
    assert controllers.propagation(_Accounts(), "orphan") == "Orphan"


def test_what_holds_a_deleted_object_is_named() -> None:
    """An object that does not go is an error with its finalizers; one of another uid is not it any more."""
    stuck = {"metadata": {"uid": "1", "finalizers": ["a/b"]}, "spec": {"finalizers": ["kubernetes"]}}
    with pytest.raises(PluginError, match="deleting Namespace n: it is still there .* finalizers a/b, kubernetes"):
        await_end("Namespace n", lambda: stuck, "1", timeout=0)
    await_end("Namespace n", lambda: stuck, "2", timeout=0)
    await_end("Namespace n", lambda: None, "1", timeout=0)


def test_decoding_refuses_what_it_does_not_apply() -> None:
    """Bad YAML and arguments that would change the result are refused; empty documents are nothing."""
    assert decode({"text": "a: 1\n---\n---\nb: 2020-01-01\n"}) == [{"a": 1}, {"b": "2020-01-01"}]
    with pytest.raises(PluginError, match="decoding YAML"):
        decode({"text": "a: ["})
    with pytest.raises(PluginError, match="defaultNamespace"):
        decode({"text": "", "defaultNamespace": "n"})
