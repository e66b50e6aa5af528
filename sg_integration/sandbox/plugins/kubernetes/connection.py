"""One configured provider: what the engine asks about resources, answered by a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.document import UNKNOWN, Document, is_known
from sg_integration.sandbox.plugins.errors import InitializationFailed, PluginError
from sg_integration.sandbox.plugins.kubernetes import objects, ownership, refusals
from sg_integration.sandbox.plugins.kubernetes.api import Api, Refused, Unanswered
from sg_integration.sandbox.plugins.kubernetes.cluster import Cluster, Place
from sg_integration.sandbox.plugins.kubernetes.decoding import decode
from sg_integration.sandbox.plugins.kubernetes.difference import drifted
from sg_integration.sandbox.plugins.kubernetes.discovery import Discovery, NotServed
from sg_integration.sandbox.plugins.kubernetes.ignored import without_ignored
from sg_integration.sandbox.plugins.kubernetes.meaning import diff_of
from sg_integration.sandbox.plugins.protocol import Checked, Created, Diff, Found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.plugins import protocol
    from sg_integration.sandbox.plugins.kubernetes.arguments import Settings
    from sg_integration.sandbox.plugins.kubernetes.objects import Kind

_DELETE_SECONDS: Final = 300.0
_POLICY: Final = "pulumi.com/deletionPropagationPolicy"
_SKIP_AWAIT: Final = "pulumi.com/skipAwait"


class ClusterConnection:
    """Resources of one `kubernetes.Provider`.

    Args:
        settings: what the provider was configured with.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        api = Api(settings.access)
        self._discovery = Discovery(api)
        self._cluster = Cluster(api, self._discovery)

    def check(self, request: protocol.CheckRequest) -> Checked:
        """Refuse what is not supported; fill in kind, name and namespace."""
        kind = objects.kind_of(request.inputs, request.type_)
        refusals.demand_supported(request.type_, kind, request.inputs)
        inputs: Document = {**request.inputs, "apiVersion": kind.api_version, "kind": kind.name}
        inputs = objects.named(inputs, request.old, prefix=request.name, seed=request.seed)
        return Checked(objects.guarded_inputs(self._with_namespace(inputs, kind)))

    def diff(self, request: protocol.DiffRequest) -> protocol.Diff:
        """Compare old with new inputs; the old ones show drift after a refresh, see `read`."""
        try:
            served = self._discovery.known(objects.kind_of(request.inputs, request.type_))
        except Unanswered:
            if not self._settings.skip_unreachable:
                raise
            return Diff()
        namespaced = served is None or served.namespaced
        return diff_of(request, namespaced=namespaced, mutable=self._settings.mutable)

    def create(self, request: protocol.CreateRequest) -> Created:
        """Create the object; in a preview by a dry run, where everything that it needs is known and there."""
        inputs, kind = request.inputs, objects.kind_of(request.inputs, request.type_)
        manager = ownership.manager_of(inputs, {})
        if request.preview:
            return Created("", self._foretold(inputs, kind, manager))
        namespace, name = self._namespace(inputs), str(objects.metadata(inputs).get("name", ""))
        try:
            live = self._created(kind, namespace, name, inputs, manager)
        except (NotServed, Refused) as refusal:
            raise refusals.explained(refusal, f"creating {kind.name} {namespace}/{name}", manager) from refusal
        outputs = objects.outputs(live, manager=manager, initial=kind.api_version)
        place = self._cluster.place(kind, namespace, objects.metadata(live)["name"])
        try:
            live = self._cluster.own(place, live, manager)
        except PluginError as error:
            raise InitializationFailed(objects.id_of(live), outputs, str(error)) from error
        return Created(objects.id_of(live), objects.outputs(live, manager=manager, initial=kind.api_version))

    def read(self, request: protocol.ReadRequest) -> Found | None:
        """Look at the live object; the inputs are as they would have to be to make it so."""
        kind = objects.kind_of(request.inputs or request.state, request.type_)
        refusals.demand_supported(request.type_, kind, request.inputs)
        place = self._known_place(kind, request.id)
        live = self._cluster.read(place) if place else None
        if live is None:
            return None
        if request.inputs:
            inputs = drifted(request.inputs, request.state, objects.spelled_as_inputs(live))
        else:
            inputs = objects.imported_inputs(live)
        initial = request.state.get(objects.INITIAL_VERSION_KEY) or kind.api_version
        outputs = objects.outputs(live, manager=ownership.manager_of(inputs, request.state), initial=initial)
        return Found(request.id, outputs, objects.guarded_inputs(inputs))

    def update(self, request: protocol.UpdateRequest) -> Mapping[str, Any]:
        """Apply the new inputs; in a preview as a dry run, where all of them are known."""
        inputs, kind = request.inputs, objects.kind_of(request.inputs, request.type_)
        place = self._known_place(kind, request.id)
        if request.preview and (place is None or not is_known(inputs)):
            return objects.guarded_inputs(inputs)
        if place is None:
            raise refusals.explained(NotServed(kind), f"updating {kind.name} {request.id}", "")
        live = self._cluster.read(place)
        if live is None:
            raise PluginError(f"updating {kind.name} {request.id}: it is gone. Run `pulumi refresh`, then try again.")
        manager = ownership.manager_of(inputs, request.state)
        if not request.preview:
            live = dict(self._cluster.own(place, live, manager))
        wanted = without_ignored(inputs, live, request.ignore, manager)
        live = self._applied(place, wanted, live, manager, preview=request.preview)
        before = ownership.manager_of(request.old_inputs, request.state)
        if before != manager and not request.preview:
            self._cluster.relinquish(place, before)
        initial = request.state.get(objects.INITIAL_VERSION_KEY) or kind.api_version
        return objects.outputs(live, manager=manager, initial=initial)

    def delete(self, request: protocol.DeleteRequest) -> None:
        """Delete the object and wait until it is gone."""
        place = self._known_place(objects.kind_of(request.state, request.type_), request.id)
        if place is None:  # its definition is gone, and with that all its objects
            return
        waits = objects.annotation(request.inputs, _SKIP_AWAIT) != "true"
        policy = objects.annotation(request.inputs, _POLICY)
        seconds = (request.timeout or _DELETE_SECONDS) if waits else 0
        try:
            self._cluster.delete(place, policy=policy, timeout=seconds)
        except Refused as refusal:
            raise refusals.explained(refusal, f"deleting {place}", "") from refusal

    def invoke(self, token: str, args: Document) -> Mapping[str, Any]:
        """Decode YAML for `ConfigFile` and `ConfigGroup`; nothing else is supported."""
        if token != "kubernetes:yaml:decode":  # noqa: S105 - a function's name
            raise PluginError(f"the kubernetes stand-in does not support {token}")
        return {"result": decode(args)}

    def _with_namespace(self, inputs: Document, kind: Kind) -> Document:
        """The inputs with the default namespace, unless the kind has none; an unknown kind is taken to have them."""
        about = inputs.get("metadata")
        try:
            served = self._discovery.known(kind)
        except Unanswered:
            if not self._settings.skip_unreachable:
                raise
            return inputs
        if (
            about is UNKNOWN
            or (served is not None and not served.namespaced)
            or objects.metadata(inputs).get("namespace")
        ):
            return inputs
        return {**inputs, "metadata": {**objects.metadata(inputs), "namespace": self._settings.namespace}}

    def _namespace(self, inputs: Mapping[str, Any]) -> str:
        return str(objects.metadata(inputs).get("namespace") or self._settings.namespace)

    def _known_place(self, kind: Kind, id_: str) -> Place | None:
        served = self._discovery.known(kind)
        return Place(kind, served, *objects.parse_id(id_)) if served else None

    def _created(self, kind: Kind, namespace: str, name: str, inputs: Mapping[str, Any], manager: str) -> Any:
        if not self._settings.upsert:
            return self._cluster.create_patiently(kind, namespace, name, inputs, manager)
        place = self._cluster.place(kind, namespace, name)
        return self._cluster.apply(place, inputs, manager, force=self._is_forced(inputs), preview=False)

    def _foretold(self, inputs: Mapping[str, Any], kind: Kind, manager: str) -> Document:
        """The state after a create, as far as a dry run can tell; else the inputs."""
        served = self._discovery.known(kind)
        if served is None or not is_known(inputs):
            return objects.guarded_inputs(inputs)
        place = Place(kind, served, self._namespace(inputs), str(objects.metadata(inputs).get("name", "")))
        try:
            live = self._cluster.create(place, inputs, manager, preview=True)
        except Refused as refusal:
            if refusals.says_nothing_in_preview(refusal):
                return objects.guarded_inputs(inputs)
            raise refusals.explained(refusal, f"previewing {place}", manager) from refusal
        live.pop("status", None)
        return objects.outputs(live, manager=manager, initial=kind.api_version)

    def _applied(
        self, place: Place, inputs: Mapping[str, Any], live: Mapping[str, Any], manager: str, *, preview: bool
    ) -> Any:
        """Apply; in a preview also over managers whose fields the update will have taken over by then."""
        force = self._is_forced(inputs)
        try:
            return self._cluster.apply(place, inputs, manager, force=force, preview=preview)
        except Refused as refusal:
            if preview and ownership.is_conflict(refusal) and ownership.only_taken_over(refusal, live, manager):
                return self._cluster.apply(place, inputs, manager, force=True, preview=True)
            if preview and refusals.says_nothing_in_preview(refusal):
                return {**live, **inputs}
            raise refusals.explained(refusal, f"updating {place}", manager) from refusal

    def _is_forced(self, inputs: Mapping[str, Any]) -> bool:
        return self._settings.patch_force or ownership.is_forced(inputs)
