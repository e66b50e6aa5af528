"""The gRPC servicer of the stand-in plugins, talked to as the engine talks to a plugin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2

from sg_integration.sandbox.plugins.document import from_struct, secret
from tests.sandbox.plugin_client import Client, fails, partial_failure, served
from tests.sandbox.plugin_toy import KIND, ToyPackage


@pytest.fixture
def package() -> ToyPackage:
    """A package of its own for each test."""
    return ToyPackage()


@pytest.fixture
def port(package: ToyPackage) -> Iterator[int]:
    """Where it is served."""
    with served(package) as port:
        yield port


@pytest.fixture
def client(port: int) -> Client:
    """One provider, configured."""
    client = Client(port)
    client.configure(region="here")
    return client


def test_the_handshake_accepts_no_secrets_and_says_the_version(client: Client) -> None:
    """The engine is told to send plain values, and which version this is."""
    shaken = client.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="x"))

    assert shaken == provider_pb2.ProviderHandshakeResponse()
    assert client.stub.GetPluginInfo(empty_pb2.Empty()).version == "1.2.3"


def test_configuring_opens_secrets_and_hides_the_engines_own_keys(port: int, package: ToyPackage) -> None:
    """The package sees the arguments without envelopes, and not what the engine keeps among them."""
    Client(port).configure(region=secret("here"), version="7.0.0", pluginDownloadURL="x")

    assert package.made[0].variables == {"region": "here"}


def test_two_providers_of_one_server_stay_apart(port: int) -> None:
    """Calls over one connection reach the provider that was configured over it, as with PULUMI_DEBUG_PROVIDERS."""
    one, two = Client(port), Client(port)
    one.configure(region="here")
    two.configure(region="there")

    assert one.create(KIND, {})[1] == {"where": "here"}
    assert two.create(KIND, {})[1] == {"where": "there"}


def test_a_call_of_an_unknown_provider_is_refused_when_it_could_be_several(port: int) -> None:
    """A connection that configured nothing is served when there is one provider, and refused when there are two."""
    Client(port).configure(region="here")
    stranger = Client(port)
    assert stranger.create(KIND, {})[1] == {"where": "here"}

    Client(port).configure(region="there")
    with fails("before that provider was configured"):
        stranger.create(KIND, {})


def test_cancel_does_not_end_the_server(client: Client) -> None:
    """After Cancel, which the engine sends when it is done, the server serves on."""
    client.stub.Cancel(empty_pb2.Empty())

    assert client.create(KIND, {})[0] == "toy-1"


def test_failures_of_a_check_reach_the_engine(client: Client) -> None:
    """Check answers the completed inputs, and each reason to refuse them with its property."""
    assert client.check(KIND, {"bad": 1}) == ({"bad": 1, "region": "here"}, [("bad", "no")])


def test_the_diff_says_which_changes_replace(client: Client) -> None:
    """A detailed change of a property that replaces has the replacing kind, the others the plain one."""
    answer = client.diff(KIND, {}, {"x": 1})

    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(answer.diffs), list(answer.replaces)) == (["a", "c", "d"], ["a", "d"])
    assert answer.deleteBeforeReplace
    assert {path: one.kind for path, one in answer.detailedDiff.items()} == {
        "a.b": provider_pb2.PropertyDiff.UPDATE_REPLACE,
        "c": provider_pb2.PropertyDiff.ADD,
        "d": provider_pb2.PropertyDiff.DELETE_REPLACE,
    }


def test_no_difference_is_said_as_such(client: Client) -> None:
    """No changed property is DIFF_NONE, never DIFF_UNKNOWN, which would make the engine compare by itself."""
    assert client.diff(KIND, {}, {}).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_what_is_gone_is_read_as_an_empty_id(client: Client) -> None:
    """Read answers an empty id for what is gone, and state and inputs for what is there."""
    assert client.read(KIND, "gone") == ("", {}, {})
    assert client.read(KIND, "toy-1") == ("toy-1", {"x": 1}, {"x": 2})


def test_a_half_made_resource_is_not_lost(client: Client) -> None:
    """A resource that was made but did not settle is answered with its id and state, so that the engine keeps it."""
    with pytest.raises(grpc.RpcError) as caught:
        client.create(KIND, {"half": True})

    failed = partial_failure(caught.value)
    assert (failed.id, from_struct(failed.properties)) == ("toy-1", {"kept": True})
    assert list(failed.reasons) == ["made, but not ready"]


def test_a_refusal_is_one_line_and_certain(client: Client) -> None:
    """A refusal reaches the engine as its line, with a code that says that nothing happened."""
    with pytest.raises(grpc.RpcError) as caught:
        client.create(KIND, {"refuse": True})

    assert caught.value.details() == "creating a toy: no"
    assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_a_crash_names_its_error(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    """An error that nobody foresaw is one line with its type, and its traceback goes to the standard error."""
    with pytest.raises(grpc.RpcError) as caught:
        client.create(KIND, {"crash": True})

    assert caught.value.details() == "KeyError: 'oops'"
    assert caught.value.code() == grpc.StatusCode.UNKNOWN
    assert "Traceback" in capfd.readouterr().err


def test_the_type_comes_from_the_urn_when_the_engine_is_old(client: Client, package: ToyPackage) -> None:
    """Where a request has no type, the last of the urn's types is taken."""
    urn = "urn:pulumi:dev::test::pkg:index:Parent$toy:index:Toy::one"
    client.stub.Delete(provider_pb2.DeleteRequest(id="toy-1", urn=urn))

    assert package.made[0].asked[0].type_ == KIND


def test_a_schema_is_refused_with_a_way_out(client: Client) -> None:
    """Who asks for the schema, as `pulumi import` does for code, is told how to go without."""
    with fails("--generate-code=false"):
        client.stub.GetSchema(provider_pb2.GetSchemaRequest())


def test_a_plugin_process_ends_with_the_engine() -> None:
    """A plugin prints its port, serves, and ends when the engine's end of its standard input closes."""
    command = [sys.executable, "-m", "sg_integration.sandbox.plugins.aws", "127.0.0.1:1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdin
        try:
            port = int(process.stdout.readline())
            assert Client(port).stub.GetPluginInfo(empty_pb2.Empty()).version
            assert process.poll() is None

            process.stdin.close()

            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
