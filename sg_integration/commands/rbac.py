"""`sg-integration rbac`: the roles that the identity which runs the integration needs in a cluster."""

from __future__ import annotations

import argparse
import re
from typing import Any, Final

from sg_integration.commands.features import add_topic
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import namespace_name
from sg_integration.model.rbac import FEATURES, manifests

_KINDS = ("User", "Group", "ServiceAccount")
_ACCOUNT: Final = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def add(topics: Any) -> None:
    """Add the topic to the command's parser."""
    parser = add_topic(
        topics,
        "rbac",
        "the roles that the identity which runs the integration needs in a cluster",
        FEATURES,
        "bindings",
    )
    parser.add_argument(
        "--subject",
        action="append",
        default=[],
        metavar="KIND:NAME[:NAMESPACE]",
        help="who gets the roles: User:ci, Group:deployers, ServiceAccount:pulumi:ci; again for more",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the manifests; returns the exit code."""
    import yaml  # noqa: PLC0415  other topics print no YAML

    subjects = [_subject(each) for each in arguments.subject]
    found = manifests(arguments.feature or ["bindings"], subjects)
    print(yaml.dump_all(found, Dumper=_plain(yaml), sort_keys=False), end="")
    return 0


def _plain(yaml: Any) -> Any:
    """A writer that repeats what is said twice: `&id001` is for machines."""

    class Plain(yaml.SafeDumper):  # type: ignore[misc]
        def ignore_aliases(self, _data: object) -> bool:
            return True

    return Plain


def _subject(text: str) -> dict[str, str]:
    """A subject from `KIND:NAME`, whose name may have colons, as those of Kubernetes' own users and groups do."""
    kind, _, rest = text.partition(":")
    name, _, namespace = rest.partition(":") if kind == "ServiceAccount" else (rest, "", "")
    if kind not in _KINDS or not name or (kind == "ServiceAccount") != bool(namespace):
        raise InvalidInput(
            "--subject", f"{text!r} is none; write User:NAME, Group:NAME or ServiceAccount:NAME:NAMESPACE."
        )
    if not namespace:
        return {"kind": kind, "name": name}
    if not _ACCOUNT.fullmatch(name):
        words = f"{name!r} is no ServiceAccount's name: write up to 253 lower-case letters, digits, hyphens and dots."
        raise InvalidInput("--subject", words)
    return {"kind": kind, "name": name, "namespace": namespace_name(namespace, "--subject")}
