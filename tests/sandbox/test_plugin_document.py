"""Property documents of the stand-in plugins, on the wire and off it."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]

from sg_integration.sandbox.plugins.document import UNKNOWN, from_struct, is_known, secret, to_struct


def test_documents_survive_the_wire() -> None:
    """Integral numbers arrive as ints, unknown values as UNKNOWN, keys in order, and all else as it was sent."""
    document = {"a": 443, "b": 1.5, "c": [True, None, "x"], "d": {"e": UNKNOWN}, "f": -1}

    assert from_struct(to_struct(document)) == document
    assert isinstance(from_struct(to_struct(document))["a"], int)
    assert list(from_struct(to_struct(dict(reversed(document.items()))))) == sorted(document)


def test_what_is_unknown_deep_inside_is_seen() -> None:
    """A document is known only if nothing in it is unknown, however deep."""
    assert is_known({"a": [{"b": 1}]})
    assert not is_known({"a": [{"b": UNKNOWN}]})


def test_a_document_refuses_what_the_wire_cannot_carry() -> None:
    """A value that no property can hold is a TypeError that shows it."""
    with pytest.raises(TypeError, match="cannot hold a set"):
        to_struct({"a": {1}})


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "pw"}, "pw"),
        (
            {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "out", "secret": True},
            "out",
        ),
        ({"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}, UNKNOWN),
    ],
)
def test_envelopes_are_opened(sent: dict[str, Any], arrives: Any) -> None:
    """Secrets and output values arrive as the plain value, an output without a value as UNKNOWN."""
    assert from_struct(to_struct({"x": {"in": sent}})) == {"x": {"in": arrives}}


def test_a_marked_secret_leaves_in_its_envelope() -> None:
    """What a stand-in marks as secret is sent as the engine's secret, so that the state encrypts it."""
    sent = json_format.MessageToDict(to_struct({"x": secret("pw")}))

    envelope = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "pw"}
    assert sent == {"x": envelope}
