"""Kubernetes YAML as objects, for `ConfigFile` and `ConfigGroup` of the SDK, which declare each as a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from sg_integration.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Loader(yaml.SafeLoader):
    """YAML without dates: JSON, which Kubernetes objects are, has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def decode(args: Mapping[str, Any]) -> list[Any]:
    """The objects of a YAML text with one or several documents.

    Raises:
        PluginError: it is not YAML, or an argument is not supported.
    """
    extra = {name for name, value in args.items() if value is not None} - {"text"}
    if extra:
        raise PluginError(
            f"the kubernetes stand-in does not apply the arguments {', '.join(sorted(extra))} of yaml:decode"
        )
    try:
        return [document for document in yaml.load_all(args["text"], Loader=_Loader) if document]
    except yaml.YAMLError as error:
        raise PluginError(f"decoding YAML: {error}") from error
