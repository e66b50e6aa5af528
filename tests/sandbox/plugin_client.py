"""A gRPC client of a stand-in plugin, in the engine's place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from sg_integration.sandbox.plugins.document import from_struct, to_struct
from sg_integration.sandbox.plugins.serve import start

URN = "urn:pulumi:dev::test::{type}::{name}"


class Client:
    """One provider's connection to a server, with documents as plain Python."""

    def __init__(self, port: int) -> None:
        # A pool of its own: gRPC would let two channels to one address share a connection, as the engine's do not.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, **args: Any) -> None:
        """Configure the provider, with args in the form in which the engine sends them."""
        self.stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(args)))

    def check(self, type_: str, inputs: dict[str, Any], old: dict[str, Any] | None = None, name: str = "one") -> Any:
        """Check; returns the inputs and the failures as (property, reason)."""
        request = provider_pb2.CheckRequest(
            urn=URN.format(type=type_, name=name), name=name, type=type_, randomSeed=b"seed",
            news=to_struct(inputs), olds=to_struct(old or {}),
        )  # fmt: skip
        answer = self.stub.Check(request)
        return from_struct(answer.inputs), [(one.property, one.reason) for one in answer.failures]

    def diff(self, type_: str, state: dict[str, Any], inputs: dict[str, Any], ignore: tuple[str, ...] = ()) -> Any:
        """Diff; returns the whole answer."""
        request = provider_pb2.DiffRequest(
            id="i", urn=URN.format(type=type_, name="one"), type=type_, ignoreChanges=ignore,
            olds=to_struct(state), news=to_struct(inputs), old_inputs=to_struct(inputs),
        )  # fmt: skip
        return self.stub.Diff(request)

    def create(self, type_: str, inputs: dict[str, Any], *, preview: bool = False) -> Any:
        """Create; returns the id and the state."""
        request = provider_pb2.CreateRequest(
            urn=URN.format(type=type_, name="one"), type=type_, properties=to_struct(inputs), preview=preview
        )
        answer = self.stub.Create(request)
        return answer.id, from_struct(answer.properties)

    def read(self, type_: str, id_: str, state: Any = None, inputs: Any = None) -> Any:
        """Read; returns the id, the state and the inputs."""
        request = provider_pb2.ReadRequest(
            urn=URN.format(type=type_, name="one"), type=type_, id=id_,
            properties=to_struct(state or {}), inputs=to_struct(inputs or {}),
        )  # fmt: skip
        answer = self.stub.Read(request)
        return answer.id, from_struct(answer.properties), from_struct(answer.inputs)

    def update(self, type_: str, id_: str, state: Any, inputs: Any, *, preview: bool = False) -> Any:
        """Update; returns the state."""
        request = provider_pb2.UpdateRequest(
            urn=URN.format(type=type_, name="one"), type=type_, id=id_, preview=preview,
            olds=to_struct(state), news=to_struct(inputs),
        )  # fmt: skip
        return from_struct(self.stub.Update(request).properties)

    def delete(self, type_: str, id_: str, state: Any, inputs: Any = None, seconds: float = 0.0) -> None:
        """Delete, with that many seconds as `customTimeouts.delete`."""
        request = provider_pb2.DeleteRequest(
            urn=URN.format(type=type_, name="one"), type=type_, id=id_, timeout=seconds,
            properties=to_struct(state), old_inputs=to_struct(inputs or {}),
        )  # fmt: skip
        self.stub.Delete(request)

    def invoke(self, token: str, **args: Any) -> Any:
        """Invoke; returns the answer."""
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_struct(args)))
        return from_struct(getattr(answer, "return"))


@contextmanager
def served(package: Any) -> Iterator[int]:
    """A server for a package in this process; gives its port."""
    server, port = start(package)
    yield port
    server.stop(grace=None).wait()


@contextmanager
def fails(words: str) -> Iterator[None]:
    """Expect a gRPC error whose one line has these words."""
    with pytest.raises(grpc.RpcError) as caught:
        yield
    assert words in caught.value.details()
    assert "\n" not in caught.value.details()


def partial_failure(error: grpc.RpcError) -> Any:
    """The ErrorResourceInitFailed that a gRPC error carries."""
    metadata = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    failed = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failed)
    return failed
