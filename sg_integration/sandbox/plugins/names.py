"""Names of properties, read from the installed SDK packages.

A stand-in must refuse what the official SDK would not send and what the SDK has but the stand-in does not apply; the
SDK's own source says which names there are. It is parsed, not imported: importing a whole SDK takes seconds, parsing
one module takes milliseconds.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sg_integration.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Names:
    """The names, on the wire, of one resource type or lookup: its inputs, those that are required, and its outputs."""

    inputs: frozenset[str]
    required: frozenset[str]
    outputs: frozenset[str]


@functools.cache
def sdk_root(sdk: str) -> Path:
    """The directory of an installed SDK, such as `pulumi_aws`; nothing of it is imported.

    Raises:
        PluginError: it is not installed.
    """
    spec = importlib.util.find_spec(sdk)
    if spec is None or not spec.submodule_search_locations:
        raise PluginError(f"looking for the SDK {sdk}: it is not installed. Install it with pip.")
    return Path(next(iter(spec.submodule_search_locations)))


def sdk_version(sdk: str) -> str:
    """The version of the plugin that an installed SDK asks for."""
    return str(json.loads((sdk_root(sdk) / "pulumi-plugin.json").read_text())["version"])


@functools.cache
def resource_names(sdk: str, token: str) -> Names:
    """The names of a resource type, for example `aws:ec2/securityGroup:SecurityGroup`.

    Raises:
        PluginError: the SDK has no such type.
    """
    classes = _classes(sdk, token)
    name = token.rsplit(":", 1)[-1]
    if name not in classes or f"{name}Args" not in classes:
        raise PluginError(f"the installed {sdk} has no resource type {token}")
    wire = dict(_getters(classes[f"{name}Args"]))
    return Names(
        inputs=frozenset(wire.values()),
        required=frozenset(wire[python] for python in _required(classes[f"{name}Args"])),
        outputs=frozenset(wire for _, wire in _getters(classes[name])),
    )


@functools.cache
def provider_inputs(sdk: str) -> frozenset[str]:
    """The names of the arguments of the SDK's `Provider`."""
    tree = ast.parse((sdk_root(sdk) / "provider.py").read_text())
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return frozenset(wire for _, wire in _getters(classes["ProviderArgs"]))


@functools.cache
def lookup_names(sdk: str, token: str) -> Names:
    """The names of a lookup, for example `aws:ec2/getVpc:getVpc`; none of its arguments counts as required.

    Raises:
        PluginError: the SDK has no such lookup.
    """
    classes = _classes(sdk, token)
    name = token.rsplit(":", 1)[-1]
    result = f"{name[0].upper()}{name[1:]}Result"
    if result not in classes:
        raise PluginError(f"the installed {sdk} has no function {token}")
    inputs = set(re.findall(r"__args__\['(\w+)'\]", _module(sdk, token).read_text()))
    outputs = frozenset(wire for _, wire in _getters(classes[result]))
    return Names(inputs=frozenset(inputs), required=frozenset(), outputs=outputs)


def _module(sdk: str, token: str) -> Path:
    """The file of a token: `aws:ec2/securityGroup:SecurityGroup` is in `ec2/security_group.py`."""
    path = token.split(":")[1].removeprefix("index/")
    folder, _, module = path.rpartition("/")
    return sdk_root(sdk) / folder / f"{_snake(module)}.py"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _classes(sdk: str, token: str) -> dict[str, ast.ClassDef]:
    if token.count(":") != 2 or not _module(sdk, token).is_file():  # noqa: PLR2004 - package, module, name
        return {}
    tree = ast.parse(_module(sdk, token).read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _getters(cls: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Each property's name in Python and on the wire: `@pulumi.getter(name="vpcId") def vpc_id(self)`."""
    for node in cls.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            function = call.func if call else decorator
            if isinstance(function, ast.Attribute) and function.attr == "getter":
                renamed = [word.value for word in call.keywords if word.arg == "name"] if call else []
                yield node.name, str(ast.literal_eval(renamed[0])) if renamed else node.name


def _required(args: ast.ClassDef) -> Iterator[str]:
    """The keyword arguments of the class's constructor that have no default."""
    for node in args.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if default is None:
                    yield argument.arg
