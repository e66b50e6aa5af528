"""EC2's XML, made from plain dictionaries by a function compiled from botocore's model.

moto's serializer asks every object for every member that the model has, which takes over a millisecond for one interface.
"""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moto.core.responses import ActionContext

    Render = Callable[[Any], str]


class Document(ActionResult):
    """A result given as the response's members; what is None is left out, what the model lacks is a KeyError."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        super().__init__(members)

    def execute_result(self, context: ActionContext) -> Any:
        """Status, headers and body."""
        operation = context.operation_model
        render = _compiled(operation.name, operation.output_shape)
        name, space = f"{operation.name}Response", context.service_model.metadata["xmlNamespace"]
        begin = f'<?xml version="1.0" encoding="utf-8"?>\n<{name} xmlns="{space}"><requestId>{uuid.uuid4()}</requestId>'
        return 200, {"Content-Type": "text/xml"}, f"{begin}{render(self.result)}</{name}>"


@lru_cache(maxsize=16)
def _compiled(_operation: str, shape: Any) -> Render:
    return _renderer(shape)


def _renderer(shape: Any) -> Render:
    """The function that makes the inside of an element of that shape."""
    if shape.type_name == "structure":
        return _structure({name: (_tag(member, name), _renderer(member)) for name, member in shape.members.items()})
    if shape.type_name == "list":
        tag, item = _tag(shape.member, "item"), _renderer(shape.member)
        return lambda values: "".join([f"<{tag}>{item(value)}</{tag}>" for value in values])
    if shape.type_name == "boolean":
        return lambda value: "true" if value else "false"
    if shape.type_name == "timestamp":
        return lambda value: value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return lambda value: escape(str(value))


def _structure(members: Mapping[str, tuple[str, Render]]) -> Render:
    def render(values: Mapping[str, Any]) -> str:
        parts = []
        for name, value in values.items():
            if value is not None:
                tag, inside = members[name]
                parts.append(f"<{tag}>{inside(value)}</{tag}>")
        return "".join(parts)

    return render


def _tag(shape: Any, name: str) -> str:
    return str(shape.serialization.get("name", name))
