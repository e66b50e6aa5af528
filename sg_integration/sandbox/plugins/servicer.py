"""Serves a stand-in package to the Pulumi engine: the `pulumirpc.ResourceProvider` service over the package protocol.

Every provider of a program has its own connection to the server, also when several share one process (the engine
starts a process for each, but `PULUMI_DEBUG_PROVIDERS` attaches all of them to one): the peer address of the
connection says which provider a call is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sg_integration.sandbox.plugins import protocol
from sg_integration.sandbox.plugins.document import from_struct, to_struct
from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.faults import faults_as_status
from sg_integration.sandbox.plugins.peers import Peers

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.document import Document
    from sg_integration.sandbox.plugins.protocol import Checked, Connection, Diff, Package

# What the engine itself keeps among a provider's inputs; no business of the package.
_ENGINE_KEYS: Final = frozenset({"version", "pluginDownloadURL", "__internal"})


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Translates the engine's calls for one package; errors become gRPC statuses with one clear line."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._connections: Peers[Connection] = Peers(package.name)

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 - the service's names
        """Agree on the protocol: no secrets, resources or outputs as values of their own kind."""
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Be attached to by an engine that did not start this process."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Do nothing: the engine says this after every operation, and the server may serve the next one."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Tell the version of the package."""
        return plugin_pb2.PluginInfo(version=self._package.version)

    @faults_as_status
    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Refuse: only code generation asks, and the installed SDK is the code."""
        raise PluginError(f"the {self._package.name} stand-in has no schema; import with --generate-code=false")

    @faults_as_status
    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Check a provider's arguments."""
        news = from_struct(request.news)
        checked = self._package.check_config(_without_engine_keys(news))
        kept = {key: value for key, value in news.items() if key in _ENGINE_KEYS}
        return _check_response(protocol.Checked({**checked.inputs, **kept}, checked.failures))

    @faults_as_status
    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Compare a provider's arguments."""
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        return _diff_response(self._package.diff_config(_without_engine_keys(old), _without_engine_keys(new)))

    @faults_as_status
    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Make a provider ready; later calls over the same connection are for it."""
        variables = _without_engine_keys(from_struct(request.args))
        self._connections.put(context.peer(), self._package.configure(variables))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    @faults_as_status
    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Check a resource's inputs."""
        asked = protocol.CheckRequest(
            urn=request.urn,
            type_=_type(request),
            name=request.name or request.urn.rsplit("::", 1)[-1],
            inputs=from_struct(request.news),
            old=from_struct(request.olds),
            seed=request.randomSeed,
        )
        return _check_response(self._connection(context).check(asked))

    @faults_as_status
    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Compare a resource's state with its new inputs."""
        asked = protocol.DiffRequest(
            urn=request.urn,
            type_=_type(request),
            id=request.id,
            inputs=from_struct(request.news),
            old_inputs=from_struct(request.old_inputs),
            state=from_struct(request.olds),
            ignore=tuple(request.ignoreChanges),
        )
        return _diff_response(self._connection(context).diff(asked))

    @faults_as_status
    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Make a resource, or foretell it."""
        inputs = from_struct(request.properties)
        asked = protocol.CreateRequest(request.urn, _type(request), inputs, request.preview, request.timeout)
        created = self._connection(context).create(asked)
        return provider_pb2.CreateResponse(id=created.id, properties=to_struct(created.outputs))

    @faults_as_status
    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Look how a resource stands; an empty answer says that it is gone."""
        inputs, state = from_struct(request.inputs), from_struct(request.properties)
        asked = protocol.ReadRequest(request.urn, _type(request), request.id, inputs, state)
        found = self._connection(context).read(asked)
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id, properties=to_struct(found.outputs), inputs=to_struct(found.inputs)
        )

    @faults_as_status
    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Change a resource in place, or foretell it."""
        asked = protocol.UpdateRequest(
            urn=request.urn,
            type_=_type(request),
            id=request.id,
            inputs=from_struct(request.news),
            old_inputs=from_struct(request.old_inputs),
            state=from_struct(request.olds),
            preview=request.preview,
            ignore=tuple(request.ignoreChanges),
            timeout=request.timeout,
        )
        return provider_pb2.UpdateResponse(properties=to_struct(self._connection(context).update(asked)))

    @faults_as_status
    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Remove a resource."""
        inputs, state = from_struct(request.old_inputs), from_struct(request.properties)
        self._connection(context).delete(
            protocol.DeleteRequest(request.urn, _type(request), request.id, inputs, state, request.timeout)
        )
        return empty_pb2.Empty()

    @faults_as_status
    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Answer a lookup."""
        answer = self._connection(context).invoke(request.tok, from_struct(request.args))
        return provider_pb2.InvokeResponse(**{"return": to_struct(answer)})

    def _connection(self, context: Any) -> Connection:
        return self._connections.get(context.peer())


def _type(request: Any) -> str:
    """The resource type; of an urn `urn:pulumi:stack::project::parent$type::name` the last of the types."""
    return str(request.type or request.urn.split("::")[2].rsplit("$", 1)[-1])


def _without_engine_keys(variables: Document) -> Document:
    return {key: value for key, value in variables.items() if key not in _ENGINE_KEYS}


def _check_response(checked: Checked) -> Any:
    failures = [provider_pb2.CheckFailure(property=one.property, reason=one.reason) for one in checked.failures]
    return provider_pb2.CheckResponse(inputs=to_struct(checked.inputs), failures=failures)


def _diff_response(diff: Diff) -> Any:
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if diff.changed else response.DIFF_NONE,
        diffs=diff.changed,
        replaces=diff.replaces,
        deleteBeforeReplace=diff.delete_before_replace,
        detailedDiff=dict(_detailed(diff)),
        hasDetailedDiff=True,
    )


def _detailed(diff: Diff) -> list[tuple[str, Any]]:
    """Each path with its kind on the wire: one more than the plain kind when the property's change replaces."""

    def kind(path: str) -> Any:
        top = path.split(".", 1)[0].split("[", 1)[0]
        return diff.detailed[path] + (top in diff.replaces or path in diff.replaces)

    return [(path, provider_pb2.PropertyDiff(kind=kind(path))) for path in diff.detailed]
