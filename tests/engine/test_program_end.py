"""What comes at a program's end comes there, also when the program waits for an answer before."""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2

from sg_integration import VpcIntegration
from sg_integration.components import program as end

from .cloud import Cloud
from .stacks import EngineStack


def test_a_program_that_waits_for_an_answer_has_not_ended(stack: EngineStack, cloud: Cloud) -> None:
    """A look-up in the middle lets nothing begin that belongs at the end: enforcement declared later would be left out."""
    declared: list[str] = []
    seen: list[list[str]] = []

    def program() -> None:
        declared.clear()
        VpcIntegration("prod", vpc_id=cloud.vpc_id)
        end.at_its_end(lambda: seen.append(list(declared)))
        ec2.get_vpc(id=cloud.vpc_id)
        declared.append("what comes after the look-up")

    stack.preview(program).succeeded()
    assert seen == [["what comes after the look-up"]]


def test_a_stack_transform_comes_before_the_integration(stack: EngineStack, cloud: Cloud) -> None:
    """Pulumi lets it wait for all that is declared before it, which would wait for ever: it is refused, and says what to do."""

    def program() -> None:
        VpcIntegration("prod", vpc_id=cloud.vpc_id)
        pulumi.runtime.register_resource_transform(lambda _: None)

    outcome = stack.preview(program)
    assert outcome.failed
    assert "Register it before the first VpcIntegration" in outcome.output
