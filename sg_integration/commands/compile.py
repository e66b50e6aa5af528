"""`sg-integration compile`: what Calico would be told, from a live VPC or from a file; no cluster is needed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sg_integration.commands import landscapes
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.aws.policy_inputs import VpcPolicy
    from sg_integration.model.groups import Groups
    from sg_integration.model.policy_inputs import PolicyInputs

_GROUPS = ("group", "node-group", "pod-default", "trust", "enforced")


def add(topics: Any) -> None:
    """Add the topic to the command's parser."""
    parser = topics.add_parser(
        "compile", help="what Calico would be told to enforce the groups' rules; nothing is written"
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--vpc-id", metavar="VPC", help="read this VPC")
    source.add_argument("--file", type=Path, help="read what --save wrote")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep what was read, to change and compile it again")
    parser.add_argument("--output", choices=("table", "yaml", "json"), default="table", help="how to print it")
    parser.add_argument("--hosts", choices=("members", "off"), default="members", help="as of CalicoEnforcement")
    parser.add_argument("--staged", action="store_true", help="as staged policies")
    parser.add_argument("--metadata", action="store_true", help="keep pods from instance metadata")
    live = landscapes.add_live(parser, "pod-default", "trust", "enforced")
    for name, words in (
        ("group", "a group that pods have"),
        ("node", "an instance that is a node: its own address counts, those of its pods do not"),
    ):
        live.add_argument(f"--{name}", action="append", default=[], metavar="ID", help=f"{words}; again for more")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the objects; warnings go to the error stream. Returns the exit code."""
    from sg_integration.model import calico  # noqa: PLC0415  other topics need no compiler
    from sg_integration.model.policy_compile import compile_policy  # noqa: PLC0415

    inputs = _from_file(arguments.file) if arguments.file else _from_vpc(arguments)
    if arguments.save:
        from sg_integration.model.policy_document import as_document  # noqa: PLC0415

        arguments.save.write_text(json.dumps(as_document(inputs), indent=1) + "\n")
    compiled = compile_policy(inputs)
    objects = calico.objects(compiled, hosts=arguments.hosts, staged=arguments.staged, metadata=arguments.metadata)
    print(_printed(objects, arguments.output))
    for each in (*compiled.caveats, *calico.caveats(compiled)):
        print(f"warning: {each}", file=sys.stderr)
    print(
        f"note: whatever these say, Calico lets nodes be reached on {', '.join(calico.FAILSAFE_INBOUND)} and reach "
        f"{', '.join(calico.FAILSAFE_OUTBOUND)}, unless its failsafe ports are configured otherwise.",
        file=sys.stderr,
    )
    return 0


def _printed(objects: Mapping[str, Any], output: str) -> str:
    if output == "json":
        return json.dumps(list(objects.values()), indent=2)
    if output == "yaml":
        import yaml  # noqa: PLC0415

        found: str = yaml.safe_dump_all(objects.values(), sort_keys=False)
        return found
    from sg_integration.model.calico import meaning  # noqa: PLC0415

    return "\n".join(f"{each['kind']:<28}{meaning(each)}" for each in objects.values())


def _from_file(path: Path) -> PolicyInputs:
    from sg_integration.model.policy_document import from_document  # noqa: PLC0415

    return from_document(landscapes.document(path), str(path))


def _from_vpc(arguments: argparse.Namespace) -> PolicyInputs:
    from sg_integration.aws.policy_inputs import VpcPolicyReader  # noqa: PLC0415
    from sg_integration.aws.role_groups import role_groups  # noqa: PLC0415
    from sg_integration.commands.everybodys_groups import everybodys_groups  # noqa: PLC0415

    named = {name: landscapes.named_groups(arguments, name) for name in _GROUPS}
    for each in sorted(named["trust"] & named["node-group"]):
        words = f"{each} is a --node-group, too, and trust is for members alone: correct one of them."
        raise InvalidInput("--trust", words)
    vpc_id = identifiers.vpc_id(arguments.vpc_id, "--vpc-id")
    connection = landscapes.connection(arguments)
    roles = role_groups(connection, vpc_id)
    trust, enforced = named["trust"] or roles.trust, named["enforced"] or roles.enforced
    vpc = VpcPolicyReader(connection, vpc_id).read(
        nodes={each: each for each in arguments.node}, trust=trust, enforced=enforced, in_use=named["group"]
    )
    notes = _unknown(named, arguments.node, vpc, vpc_id)
    try:
        groups = everybodys_groups(named["node-group"], "".join(named["pod-default"]), vpc, roles, notes)
    finally:  # a node that is not there may be why its groups cannot be seen
        for each in notes:
            print(f"note: {each}", file=sys.stderr)
    return groups.known_to(vpc).inputs(
        default_groups=groups.node_groups,
        pod_default=groups.pod_default,
        in_use=named["group"],
        reserved=trust | enforced,
    )


def _unknown(named: Mapping[str, Groups], nodes: Collection[str], vpc: VpcPolicy, vpc_id: str) -> list[str]:
    """What was named and is not there, a note each: it compiles all the same, as if nothing were granted to it."""
    known = frozenset(each.id for each in vpc.groups) | frozenset(each.name for each in vpc.nodes)
    given = [(option, each) for option, groups in named.items() for each in sorted(groups)]
    given += [("node", each) for each in dict.fromkeys(nodes)]
    return [f"--{option} {each} is not in {vpc_id}; correct it" for option, each in given if each not in known]
