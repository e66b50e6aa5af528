"""One configured `aws.Provider`: the life of its resources, the same for all types of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sg_integration.sandbox.plugins.aws import states
from sg_integration.sandbox.plugins.aws.checking import check
from sg_integration.sandbox.plugins.aws.comparing import diff
from sg_integration.sandbox.plugins.aws.faults import code_of, spoken
from sg_integration.sandbox.plugins.aws.lookups import look_up
from sg_integration.sandbox.plugins.aws.scope import Clients, Scope
from sg_integration.sandbox.plugins.aws.table import kind_of
from sg_integration.sandbox.plugins.errors import InitializationFailed, PluginError
from sg_integration.sandbox.plugins.protocol import Created, Found

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sg_integration.sandbox.plugins.aws.kind import Kind
    from sg_integration.sandbox.plugins.aws.settings import Settings
    from sg_integration.sandbox.plugins.document import Document
    from sg_integration.sandbox.plugins.protocol import (
        Checked,
        CheckRequest,
        CreateRequest,
        DeleteRequest,
        Diff,
        DiffRequest,
        ReadRequest,
        UpdateRequest,
    )


class AwsConnection:
    """The resources of one provider; safe to use from several threads.

    Args:
        settings: where and as whom it talks.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients = Clients(settings)

    def check(self, request: CheckRequest) -> Checked:
        """Refuse what is wrong, fill in defaults and a generated name."""
        return check(kind_of(request.type_), request)

    def diff(self, request: DiffRequest) -> Diff:
        """Compare the state with the inputs."""
        return diff(kind_of(request.type_), self._settings, request.state, request.inputs, request.ignore)

    def create(self, request: CreateRequest) -> Created:
        """Make a resource; once AWS has made it, no failure loses it."""
        kind, wanted = kind_of(request.type_), states.wanted(request.inputs, self._settings)
        if request.preview:
            return Created("", states.foretold(kind, wanted))
        scope = self._scope(kind, wanted["region"], request.timeout)
        with spoken(f"creating {kind.token}"):
            id_ = kind.create(scope, wanted)
        return Created(id_, self._finished(kind, scope, id_, wanted))

    def read(self, request: ReadRequest) -> Found | None:
        """Look how a resource stands; without state (an import) its region may follow the id, `vpc-0a1@eu-west-1`."""
        kind = kind_of(request.type_)
        id_, named = (request.id, "") if request.state else _split(request.id)
        region = named or str(request.state.get("region") or self._settings.region)
        scope = self._scope(kind, region)
        found = self._look(kind, scope, id_, request.state)
        if found is None:
            return None
        outputs = states.settled(kind, found, scope, request.state or dict(kind.imported), self._settings)
        inputs = states.inputs_of(kind, outputs, request.inputs, imported=not request.state)
        return Found(str(found.get("id", id_)), outputs, inputs)

    def update(self, request: UpdateRequest) -> Mapping[str, Any]:
        """Bring a resource to its inputs; after a creation that did not finish, finish it."""
        kind = kind_of(request.type_)
        wanted = states.wanted(states.with_ignored(kind, request), self._settings)
        if request.preview:
            return states.foretold_update(kind, request.state, wanted)
        changed = frozenset(diff(kind, self._settings, request.state, request.inputs, request.ignore).changed)
        scope = self._scope(kind, request.state.get("region") or wanted["region"], request.timeout)
        with spoken(f"updating {kind.token} {request.id}"):
            kind.update(scope, request.id, wanted, changed)
            if changed & {"tags", "tagsAll"}:
                self._tag(kind, scope, request, wanted)
        return self._finished(kind, scope, request.id, wanted, state=request.state, finish=not changed)

    def delete(self, request: DeleteRequest) -> None:
        """Remove a resource; one that is gone is success."""
        kind = kind_of(request.type_)
        scope = self._scope(kind, request.state.get("region", self._settings.region), request.timeout)
        with spoken(f"deleting {kind.token} {request.id}"):
            try:
                kind.delete(scope, request.id, {**request.state, **states.remembered(kind, request.inputs)})
            except Exception as fault:
                if code_of(fault) not in kind.gone:
                    raise

    def invoke(self, token: str, args: Document) -> Mapping[str, Any]:
        """Answer a lookup."""
        scope = Scope(self._clients, args.get("region") or self._settings.region, seconds=30.0)
        with spoken(f"invoking {token}"):
            return look_up(token, scope, args)

    def _finished(
        self,
        kind: Kind,
        scope: Scope,
        id_: str,
        wanted: Document,
        *,
        state: Document | None = None,
        finish: bool = True,
    ) -> Document:
        """The state of a resource that was just written; a failure from here on carries what is known of it."""
        known = {**(state or {}), **states.without_defaults(wanted)}
        try:
            if finish:
                with spoken(f"finishing {kind.token} {id_}"):
                    kind.finish(scope, id_, wanted)
            found = self._must_find(kind, scope, id_, known)
        except Exception as fault:  # whatever it is: the resource exists
            reason = str(fault) if isinstance(fault, PluginError) else f"{type(fault).__name__}: {fault}"
            raise InitializationFailed(id_, known, reason) from fault
        return states.settled(kind, found, scope, known, self._settings)

    def _must_find(self, kind: Kind, scope: Scope, id_: str, state: Document) -> Document:
        found = self._look(kind, scope, id_, state)
        if found is None:
            raise PluginError(f"reading {kind.token} {id_}: AWS does not know it, though it was just written")
        return found

    def _look(self, kind: Kind, scope: Scope, id_: str, state: Document) -> Document | None:
        with spoken(f"reading {kind.token} {id_}"):
            try:
                return kind.read(scope, id_, state)
            except Exception as fault:
                if code_of(fault) in kind.gone:
                    return None
                raise

    def _tag(self, kind: Kind, scope: Scope, request: UpdateRequest, wanted: Document) -> None:
        old, new = request.state.get("tagsAll") or {}, wanted["tagsAll"]
        added = {key: value for key, value in new.items() if old.get(key) != value}
        kind.tag(scope, request.id, request.state, added, old.keys() - new.keys())

    def _scope(self, kind: Kind, region: str, seconds: float = 0.0) -> Scope:
        return Scope(self._clients, region, seconds or kind.seconds)


def _split(id_: str) -> tuple[str, str]:
    """An id to import, and the region that may follow it: `vpc-0a1@eu-west-1`."""
    plain, _, region = id_.partition("@")
    return plain, region
