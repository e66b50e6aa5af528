"""What stands on a pod: the annotation that says its groups, and the labels that say them to Calico.

The annotation is the original product's: a JSON list of ids in a string. Open-source Calico sees labels only, so annotation
and labels are always written together. `ATTACHED` is ours: which of the groups came from bindings, so that a group that
somebody else wrote is never taken away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from sg_integration.model.errors import InvalidAnnotation
from sg_integration.model.groups import Groups

GROUPS: Final = "aws.tigera.io/security-groups"
"""The annotation: a JSON list of the pod's groups."""
LABEL_PREFIX: Final = "sg.aws.tigera.io/"
"""Before the id of each group, the key of a label with an empty value."""
OURS: Final = "sg-integration"
"""The prefix of all that the library names on Kubernetes objects, and its API group for permissions."""
ATTACHED: Final = f"{OURS}/attached"
"""The annotation that lists, in the same form, those of the groups that bindings gave."""
BOUND: Final = f"{OURS}/bound"
"""The label, with value `true`, of every pod that has groups of its own; without it a pod has the node groups."""

# Kubernetes' CEL has no JSON parser and tests this very pattern (RE2), so blanks are spelled out as RFC 8259 has them: what
# \s means differs between the two. An id is no longer than a label's key may be.
_BLANKS: Final = r"[ \t\r\n]*"
_ID: Final = f'"sg-[0-9a-f]{{1,60}}"{_BLANKS}'
WELL_FORMED: Final = rf"^{_BLANKS}(\[{_BLANKS}({_ID}(,{_BLANKS}{_ID})*)?\]{_BLANKS})?$"
"""The pattern of a well-formed annotation, as Python and RE2 both read it; nothing at all is well-formed too."""
_WELL_FORMED: Final = re.compile(WELL_FORMED)


def parse(text: str | None, name: str = GROUPS) -> Groups:
    """The groups in an annotation; none, if there is no annotation or its list is empty.

    Raises:
        InvalidAnnotation: it is not a JSON list of group ids; also the form `["sg-a, sg-b"]`, which old documentation shows.
    """
    if not _WELL_FORMED.fullmatch(text or ""):
        raise InvalidAnnotation(name, f'{text!r} is not a JSON list of group ids; write it as \'["sg-…","sg-…"]\'.')
    return frozenset(json.loads(text)) if text and "[" in text else frozenset()


def render(groups: Iterable[str]) -> str:
    """The annotation's value: sorted, without blanks."""
    return json.dumps(sorted(set(groups)), separators=(",", ":"))


def labels(groups: Iterable[str]) -> dict[str, str]:
    """The labels of a pod that has these groups; none for no groups."""
    found = {f"{LABEL_PREFIX}{group}": "" for group in sorted(set(groups))}
    return {**found, BOUND: "true"} if found else {}


def labelled(labels: Mapping[str, str]) -> Groups:
    """The groups that a pod's labels name."""
    return frozenset(key.removeprefix(LABEL_PREFIX) for key in labels if key.startswith(LABEL_PREFIX))
