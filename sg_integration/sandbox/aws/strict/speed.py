"""Places where moto walks through everything it has, on every request or for every object.

They only make it faster; no answer changes.
"""

from __future__ import annotations

import functools
from typing import Any

import moto.backends
import moto.core.responses
from moto.core.utils import method_names_from_class
from moto.ec2.exceptions import InvalidNetworkInterfaceIdError
from moto.ec2.models import EC2Backend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

_moto_reservations = EC2Backend.all_reservations


def mend() -> None:
    """Put the faster ones in moto's place."""
    modules = frozenset(moto.backends.list_of_moto_modules())
    replacements: tuple[tuple[Any, str, Any], ...] = (
        (moto.backends, "list_of_moto_modules", lambda: modules),
        (moto.core.responses, "method_names_from_class", functools.cache(_method_names)),
        (TaggedEC2Resource, "get_tags", _tags),
        (EC2Backend, "get_network_interface", _network_interface),
        (EC2Backend, "get_security_group_from_id", _security_group),
        (EC2Backend, "all_reservations", _reservations),
    )
    for owner, name, replacement in replacements:
        setattr(owner, name, replacement)


def _method_names(response: type) -> frozenset[str]:
    """The actions of a response class: moto inspects 800 attributes for every request."""
    return frozenset(method_names_from_class(response))


def _tags(resource: Any) -> list[dict[str, str]]:
    """A resource's tags: moto matches the tags of all resources against a pattern."""
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "")
    own = resource.ec2_backend.tags.get(resource.id, {})
    return [{"resource_id": resource.id, "key": k, "value": v, "resource_type": kind} for k, v in own.items()]


def _network_interface(backend: Any, eni_id: str) -> Any:
    """An interface by its id: moto goes through the list."""
    if eni_id in backend.enis:
        return backend.enis[eni_id]
    raise InvalidNetworkInterfaceIdError(eni_id)


def _reservations(backend: Any, filters: Any = None) -> list[Any]:
    """All reservations: moto copies each, which only filtering needs, since that takes instances out of them."""
    return list(backend.reservations.values()) if filters is None else _moto_reservations(backend, filters)


def _security_group(backend: Any, group_id: str) -> Any:
    """A group by its id, or None: moto copies the whole table first."""
    return next((groups[group_id] for groups in backend.groups.values() if group_id in groups), None)
