"""What every stack can see of the others: the bindings that are registered, and the guard."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from sg_integration.kubernetes.api import NOT_FOUND, Api, path
from sg_integration.kubernetes.documents import Metadata, Page, Partial, decoder
from sg_integration.model.admission import API_VERSION, DOCUMENT, REGISTRY_NAMESPACE, ROLE, name
from sg_integration.model.bindings import Binding, binding
from sg_integration.model.errors import IntegrationError, MemberChanged
from sg_integration.model.guard import NAME

ADMISSION: Final = f"/apis/{API_VERSION}"
POLICIES: Final = "mutatingadmissionpolicies"
GUARD: Final = NAME
_ENTRIES: Final = {"labelSelector": f"{ROLE}=binding"}
_GUARDS: Final = path(ADMISSION, None, "validatingadmissionpolicies")
_RACED: Final = (HTTPStatus.CONFLICT.value, HTTPStatus.NOT_FOUND.value)
_REPAIR: Final = "Run `pulumi up --refresh` in the stack that made it, or delete it."
_AGAIN: Final = "Another stack wrote it at the same time; run again."

_partials = decoder(Page[Partial])


def serves_admission_policies(api: Api) -> bool:
    """Whether the cluster serves the stable version of MutatingAdmissionPolicy, which 1.36 brought."""
    answer = api.request("asking which admission policies the cluster serves", "GET", ADMISSION, allow=NOT_FOUND)
    if answer.code in NOT_FOUND:
        return False
    found: Any = answer.read()
    return any(each["name"] == POLICIES for each in found["resources"])


def entries(api: Api) -> list[Binding]:
    """Every binding that any stack has registered, by name."""
    doing = "listing the bindings of the cluster"
    policies = api.everything(doing, path(ADMISSION, None, POLICIES), _partials, query=_ENTRIES, allow=NOT_FOUND)
    maps = api.everything(doing, path("/api/v1", REGISTRY_NAMESPACE, "configmaps"), _partials, query=_ENTRIES)
    found = [_binding("MutatingAdmissionPolicy", each.metadata) for each in policies]
    found += [_binding(f"ConfigMap {REGISTRY_NAMESPACE}/", each.metadata) for each in maps]
    return sorted(found, key=lambda each: each.key)


def policy(api: Api, policy_name: str) -> Any:
    """A MutatingAdmissionPolicy as it stands, or None."""
    return _object(api, f"reading MutatingAdmissionPolicy {policy_name}", path(ADMISSION, None, POLICIES, policy_name))


def guard(api: Api) -> Any:
    """The guard as it stands, or None."""
    return _object(api, f"reading ValidatingAdmissionPolicy {GUARD}", f"{_GUARDS}/{GUARD}")


def put_guard(api: Api, document: dict[str, Any]) -> None:
    """Create the guard, or replace the one that has the document's resourceVersion."""
    doing, existing = f"writing ValidatingAdmissionPolicy {GUARD}", document["metadata"].get("resourceVersion")
    if existing:
        answer = api.request(doing, "PUT", f"{_GUARDS}/{GUARD}", body=document, allow=_RACED)
    else:
        answer = api.request(doing, "POST", _GUARDS, body=document, allow=_RACED[:1])
    if answer.code in _RACED:
        raise MemberChanged(doing, answer.status.reason, answer.status.message, _AGAIN)


def delete_guard(api: Api) -> None:
    """Delete the guard; success if there is none."""
    api.request(f"deleting ValidatingAdmissionPolicy {GUARD}", "DELETE", f"{_GUARDS}/{GUARD}", allow=NOT_FOUND)


def _object(api: Api, doing: str, where: str) -> Any:
    answer = api.request(doing, "GET", where, allow=NOT_FOUND)
    return None if answer.code in NOT_FOUND else answer.read()


def _binding(kind: str, metadata: Metadata) -> Binding:
    """The binding in an entry; a broken one stops us, since its groups would be taken off its pods."""
    where = f"{kind}{'' if kind.endswith('/') else ' '}{metadata.name}"
    try:
        found = binding((metadata.annotations or {})[DOCUMENT], where)
    except KeyError as error:
        raise IntegrationError(f"reading {where}: it has no annotation {DOCUMENT}. {_REPAIR}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise IntegrationError(f"reading {where}: {DOCUMENT} is no binding: {error}. {_REPAIR}") from error
    if metadata.name != name(found.key):
        raise IntegrationError(f"reading {where}: {DOCUMENT} is of another binding, {found.key!r}. {_REPAIR}")
    return found
