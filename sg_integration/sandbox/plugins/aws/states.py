"""From inputs to states and back: what a preview foretells, what is kept after a write, what a refresh makes of drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.plugins.aws.checking import DEFAULTS
from sg_integration.sandbox.plugins.aws.kind import is_empty
from sg_integration.sandbox.plugins.aws.settings import SDK
from sg_integration.sandbox.plugins.aws.tagging import all_tags, own_tags
from sg_integration.sandbox.plugins.document import UNKNOWN
from sg_integration.sandbox.plugins.names import resource_names

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.aws.kind import Kind
    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.aws.settings import Settings
    from sg_integration.sandbox.plugins.document import Document
    from sg_integration.sandbox.plugins.protocol import UpdateRequest


def wanted(inputs: Document, settings: Settings) -> Document:
    """The inputs with the provider's part: its region and its default tags (`tagsAll`)."""
    tags = all_tags(inputs.get("tags"), settings.default_tags)
    return {"region": settings.region, **inputs, "tagsAll": tags}


def with_ignored(kind: Kind, request: UpdateRequest) -> Document:
    """The inputs, with those that `ignoreChanges` names as they stand: what is ignored is not written back either."""
    ignored = (kind.applied | {"tags"}) & set(request.ignore)
    return {**request.inputs, **{name: request.state[name] for name in ignored if name in request.state}}


def without_defaults(document: Document) -> Document:
    """The document without the note of which inputs were filled in."""
    return {key: value for key, value in document.items() if key != DEFAULTS}


def remembered(kind: Kind, document: Document) -> Document:
    """The part of a document that AWS never tells again."""
    return {key: value for key, value in document.items() if key in kind.remembered}


def foretold(kind: Kind, inputs: Document) -> Document:
    """The state that a creation will give, as far as it is known before."""
    names = resource_names(SDK, kind.token)
    return {**dict.fromkeys((names.outputs - names.inputs) | kind.kept, UNKNOWN), **without_defaults(inputs)}


def foretold_update(kind: Kind, state: Document, inputs: Document) -> Document:
    """The state that an update will give: what was, less the inputs that are no longer there, plus those that are."""
    dropped = (kind.applied | {"tags"}) - kind.kept - inputs.keys()
    return {**{key: value for key, value in state.items() if key not in dropped}, **without_defaults(inputs)}


def settled(kind: Kind, found: Document, scope: Scope, known: Document, settings: Settings) -> Document:
    """The state of a resource: what AWS says, and what it does not say but was known."""
    found = {key: value for key, value in found.items() if value is not None and key != "id"}
    tags = own_tags(found.get("tagsAll") or {}, known.get("tags"), settings.default_tags)
    kept = remembered(kind, known)
    return {**kept, **found, **_as_given(kind, found, known), "region": scope.region, "tags": tags}


def _as_given(kind: Kind, found: Document, known: Document) -> Document:
    """Inputs that AWS tells in another form of the same meaning stay as the program wrote them."""
    return {
        name: known[name] for name in kind.canonical if name in found and kind.same(name, found[name], known.get(name))
    }


def inputs_of(kind: Kind, outputs: Document, old: Document, *, imported: bool) -> Document:
    """The inputs that correspond to a state.

    After an import, all that the state has; after a refresh, those that were given before, with their values of now, so
    that the next preview shows what drifted.
    """
    if imported:
        names = kind.applied | {"tags"}
        return {name: outputs[name] for name in sorted(names) if not is_empty(outputs.get(name))} | {DEFAULTS: []}
    kept: dict[str, Any] = {}
    for name, value in old.items():
        if name in {DEFAULTS, "region"} or name in kind.remembered or kind.same(name, value, outputs.get(name)):
            kept[name] = value
        elif outputs.get(name) is not None:
            kept[name] = outputs[name]
    return kept
