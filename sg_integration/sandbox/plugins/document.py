"""Property documents as plain Python values, and their form on the wire.

A document holds `dict`, `list`, `str`, `int`, `float`, `bool`, `None` and `UNKNOWN` (a value that is only known after
the update). Secrets are unwrapped on arrival; the engine marks them again by name, because the servicer tells it that
it does not accept secrets. Only what is secret of itself, whatever the program said, is answered as `secret(value)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeAlias

from google.protobuf import struct_pb2  # type: ignore[import-untyped]

Document: TypeAlias = dict[str, Any]

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's marker
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# One sentinel for each kind of value: sdk/go/common/resource/plugin/rpc.go of pulumi 3.259.
_UNKNOWNS: Final = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Unknown(Enum):
    """The type of `UNKNOWN`, a value that is computed during the update; compare it with `is`."""

    UNKNOWN = "unknown until the update"


UNKNOWN: Final = Unknown.UNKNOWN


def is_known(value: Any) -> bool:
    """Whether neither the value nor anything inside it is `UNKNOWN`."""
    if isinstance(value, Mapping):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    return value is not UNKNOWN


def secret(value: Any) -> Document:
    """A value of an answer that the engine must keep as a secret, whatever the program said about it."""
    return {_SIGNATURE: _SECRET, "value": value}


def from_struct(struct: struct_pb2.Struct) -> Document:
    """The document that a message carries: keys sorted, integral numbers as `int`, secrets and output values unwrapped."""
    return {key: _from_value(struct.fields[key]) for key in sorted(struct.fields)}


def to_struct(document: Mapping[str, Any]) -> struct_pb2.Struct:
    """The message for a document.

    Raises:
        TypeError: a value is none of the kinds that a document may hold.
    """
    return struct_pb2.Struct(fields={key: _to_value(value) for key, value in document.items()})


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _from_object(value.struct_value)
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    return value.bool_value if kind == "bool_value" else None


def _from_object(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[_SIGNATURE].string_value if _SIGNATURE in struct.fields else ""
    if signature == _SECRET:
        return _from_value(struct.fields["value"])
    if signature == _OUTPUT:  # an output without a value is not known yet
        return _from_value(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
    return from_struct(struct)


def _to_value(value: Any) -> struct_pb2.Value:
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_value(item) for item in value]))
    return _to_scalar(value)


def _to_scalar(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):  # before the numbers: a bool is an int
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str) or value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_STRING if value is UNKNOWN else value)
    raise TypeError(f"a property cannot hold a {type(value).__name__}: {value!r}")
