"""The list of IAM actions is exactly what the code calls, and AWS knows every call and parameter of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

import sg_integration.aws
from sg_integration.aws.errors import action_of
from sg_integration.aws.permissions import ACTIONS, EC2_ACTIONS, FEATURES, RDS_ACTIONS, ROLE, STS_ACTIONS, named
from sg_integration.kubernetes import eks
from sg_integration.sandbox.plugins.aws import rules, scope, security_group, tagging

SERVICES = ("ec2", "rds", "sts", "service-quotas")
LISTED = {**EC2_ACTIONS, **RDS_ACTIONS, **STS_ACTIONS}
SOURCES = [ast.parse(path.read_text()) for path in Path(sg_integration.aws.__file__).parent.glob("*.py")]
# What botocore calls for us when its class is used.
IMPLIED = {"AssumeRoleCredentialFetcher": "AssumeRole"}


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    """The model that botocore has of each service."""
    session = botocore.session.get_session()
    return {service: session.get_service_model(service) for service in SERVICES}


def words() -> Iterator[str]:
    """Every attribute, name and text in the edge's code."""
    for node in (node for tree in SOURCES for node in ast.walk(tree)):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_the_list_is_what_the_code_calls(models: dict[str, Any]) -> None:
    """Every operation that is called anywhere in the edge is listed, and nothing else is."""
    known = {xform_name(name): name for model in models.values() for name in model.operation_names}
    said = set(words())
    called = {known[word] for word in said & known.keys()} | {IMPLIED[word] for word in said & IMPLIED.keys()}
    assert {action_of(operation) for operation in called} == set(LISTED)


def test_every_action_says_what_it_is_for() -> None:
    """A reason stands beside each action, so that a person can decide to grant it, and it is listed once."""
    assert all(each.why.strip() and each.features <= FEATURES.keys() | {ROLE} for each in ACTIONS)
    assert len({each.name for each in ACTIONS}) == len(ACTIONS)


def texts(module: Any) -> Iterator[str]:
    """Every attribute and text of a module; of a text that is put together, what it begins with."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_the_calls_of_the_aws_provider_are_listed(models: dict[str, Any]) -> None:
    """For groups and rules: what the stand-in calls, which is what the real provider calls, but for one listing."""
    known = {xform_name(name): name for model in models.values() for name in model.operation_names}
    said = {text for module in (security_group, rules, scope, tagging) for text in texts(module)}
    said |= {f"{each}{direction}" for each in said for direction in ("ingress", "egress") if each.endswith("_group_")}
    called = {action_of(known[word]) for word in said & known.keys() if not word.endswith("_resource")}
    # Before it deletes a group the real one looks for interfaces that Lambda has left: vpc_security_group.go.
    assert called | {"ec2:DescribeNetworkInterfaces"} == named(frozenset({"groups"}))


def test_the_calls_to_eks_are_listed() -> None:
    """A cluster by its name is asked for, and a role assumed; a token is signed here and sent to the cluster alone."""
    operations = {"describe_cluster": "eks:DescribeCluster", "assume_role": "sts:AssumeRole"}
    assert operations.keys() <= set(texts(eks))
    assert {*operations.values()} == named(frozenset({"eks", ROLE}))


def calls() -> Iterator[tuple[str, set[str]]]:
    """Each direct call of an operation: its method, and the parameters it is given by name."""
    for node in (node for tree in SOURCES for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, {keyword.arg for keyword in node.keywords if keyword.arg}


def test_every_parameter_is_one_that_aws_has(models: dict[str, Any]) -> None:
    """No call names a parameter that its operation lacks, and none is ApplyImmediately."""
    shapes = {
        xform_name(name): set(model.operation_model(name).input_shape.members)
        for model in models.values()
        for name in model.operation_names
        if model.operation_model(name).input_shape
    }
    checked = 0
    for method, parameters in calls():
        if method in shapes:
            assert parameters <= shapes[method], method
            checked += 1
        assert "ApplyImmediately" not in parameters
    assert checked >= 5
