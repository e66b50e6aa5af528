"""What the stand-in does not do, and what the API server's refusals mean to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.document import UNKNOWN
from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes import ownership
from sg_integration.sandbox.plugins.kubernetes.discovery import NotServed
from sg_integration.sandbox.plugins.kubernetes.objects import annotation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.plugins.kubernetes.api import Refused
    from sg_integration.sandbox.plugins.kubernetes.objects import Kind

_MODULES: Final = ("kubernetes:helm.sh/", "kubernetes:kustomize/", "kubernetes:yaml/")
# They ask to wait for something, or to look at readiness; to do as if would be a lie.
_WAITS: Final = ("pulumi.com/waitFor", "pulumi.com/replaceUnready")
_POLICIES: Final = ("", "foreground", "background", "orphan")
_FORBIDDEN: Final = 403


def demand_supported(type_: str, kind: Kind, inputs: Mapping[str, Any]) -> None:
    """Refuse resource types and annotations that the stand-in does not apply.

    Raises:
        PluginError: with the reason, in one line.
    """
    name = type_.rpartition(":")[2]
    if type_.startswith(_MODULES):
        raise PluginError(f"the kubernetes stand-in does not support {type_}: it renders nothing; declare the objects")
    if name == f"{kind.name}Patch":
        raise PluginError(
            f"the kubernetes stand-in does not support Patch resources ({type_}); declare the object itself"
        )
    if name.endswith("List") and "items" in inputs:
        raise PluginError(f"the kubernetes stand-in does not support List resources ({type_}); declare the objects")
    if not isinstance(inputs.get("metadata", {}), dict) and inputs["metadata"] is not UNKNOWN:
        raise PluginError(f"{type_}: metadata must be an object")
    for key in _WAITS:
        if annotation(inputs, key):
            raise PluginError(
                f"the kubernetes stand-in never waits for readiness and cannot honour the annotation {key}"
            )
    policy = annotation(inputs, "pulumi.com/deletionPropagationPolicy")
    if policy not in _POLICIES:
        raise PluginError(
            f"pulumi.com/deletionPropagationPolicy is {policy!r}; it must be one of {', '.join(_POLICIES[1:])}"
        )


def explained(refusal: Refused | NotServed, doing: str, manager: str) -> PluginError:
    """A refusal in the server's own words, with what was being done, and what to do where we know it."""
    if isinstance(refusal, NotServed):
        return PluginError(f"{doing}: {refusal}")
    if ownership.is_conflict(refusal):
        return ownership.conflict_error(refusal, doing, manager)
    if refusal.reason == "AlreadyExists":
        return PluginError(
            f"{doing}: {refusal}. Import it (`import_`), give it another name, add an alias if the resource was renamed,"
            " or set `upsertExistingObjects` on the provider."
        )
    if "field is immutable" in str(refusal):
        return PluginError(f"{doing}: {refusal}. Replace the resource: `pulumi up --replace URN`.")
    return PluginError(f"{doing}: {refusal}")


def says_nothing_in_preview(refusal: Refused) -> bool:
    """Whether a refused dry run says nothing about the update itself.

    The namespace may be made, and an object of the same name deleted, by the same update; and who may only look cannot
    run dry either, which the official provider forgives, too. A refusal by an admission policy does count.
    """
    if refusal.reason == "AlreadyExists" or (refusal.reason == "NotFound" and refusal.kind == "namespaces"):
        return True
    return refusal.code == _FORBIDDEN and 'is forbidden: User "' in str(refusal) and '" cannot ' in str(refusal)
