"""A large VPC in the AWS of the sandbox, served by this process and filled without calls."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroup
from typing_extensions import Self

from sg_integration.model.policy_inputs import Member, PolicyInputs, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from sg_integration.sandbox.aws.gate import ACCOUNT
from sg_integration.sandbox.aws.serving import server
from sg_integration.sandbox.aws.strict import fleet
from sg_integration.sandbox.aws.strict.permissions import Permission
from sg_integration.sandbox.aws.strict.rule_store import StoredRule, rules_of
from sg_integration.sandbox.variables import REGION

_PEERS: Final = {PeerKind.SECURITY_GROUP: "ReferencedGroupId", PeerKind.CIDR_IPV4: "CidrIpv4"}


class Replay:
    """Gives an answer again to a question that was asked before, as long as nobody has written since.

    AWS's own machines are not those that Pulumi runs on; a simulator of it takes the processor that is measured.

    Args:
        application: what answers.

    Attributes:
        asked: how many questions there were.
        replays: whether it gives answers again; else it only keeps them.
    """

    def __init__(self, application: Any) -> None:
        self.asked, self.replays = 0, False
        self._application = application
        self._kept: dict[bytes, tuple[str, list[tuple[str, str]], bytes]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request, as WSGI has it."""
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"].strip("/"):
            return self._application(environ, start_response)  # type: ignore[no-any-return]
        self.asked += 1
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if not body.startswith((b"Action=Describe", b"Action=Get")):
            if body.startswith(b"Action="):  # Service Quotas is asked in JSON, and only asked
                self._kept.clear()
            return self._application(environ, start_response)  # type: ignore[no-any-return]
        if not self.replays or body not in self._kept:
            said: list[Any] = []
            answer = b"".join(self._application(environ, lambda *head: said.extend(head[:2])))
            self._kept[body] = (said[0], said[1], answer)
        status, headers, answer = self._kept[body]
        start_response(status, headers)
        return [answer]


class Cloud:
    """A VPC with groups, members and nodes, served on a port of loopback while it is open.

    Args:
        inputs: what is in it; addresses are its own.

    Attributes:
        vpc_id: the VPC.
        nodes: the instance behind each node, by the node's name.
        replay: what gives its answers again, if told to.
    """

    def __init__(self, inputs: PolicyInputs) -> None:
        self._server = server(0)
        self.replay = Replay(self._server.app)
        self._server.app = self.replay
        self._ec2: Any = ec2_backends[ACCOUNT][REGION]
        self.vpc_id = str(self._ec2.create_vpc("10.1.0.0/16").id)
        self._groups: dict[str, Any] = self._ec2.groups[self.vpc_id]
        made: Any = SecurityGroup  # abstract only to mypy
        for group in inputs.groups:
            self._groups[group.id] = made(self._ec2, group.id, group.name, group.name, vpc_id=self.vpc_id)
            self._groups[group.id].egress_rules.clear()
            for rule in group.rules:
                self._add(group.id, rule)
        subnet = self._ec2.create_subnet(self.vpc_id, "10.1.0.0/17", availability_zone=f"{REGION}a").id
        self._launch_members(subnet, inputs.members)
        names = [node.name for node in inputs.nodes]
        launched = fleet.launch(subnet, len(names), sorted(inputs.default_groups), name_prefix="node")
        self.nodes = {name: each["instance_id"] for name, each in zip(names, launched, strict=True)}

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def _add(self, group: str, rule: SecurityGroupRule) -> None:
        egress = rule.direction is Direction.EGRESS
        permission = Permission(rule.protocol, rule.from_port, rule.to_port, _PEERS[rule.peer_kind], rule.peer)
        stored = StoredRule(self._ec2, group, permission, egress=egress)
        stored.id = rule.id
        rules_of(self._groups[group], egress=egress).append(stored)

    def _launch_members(self, subnet: str, members: tuple[Member, ...]) -> None:
        launched = fleet.launch(subnet, len(members), sorted(members[0].groups), name_prefix="member")
        for member, each in zip(members, launched, strict=True):
            interface = self._ec2.enis[each["interface_id"]]
            interface._group_set = [self._groups[group] for group in sorted(member.groups)]
            interface.ipv6_addresses = [address for address in member.addresses if ":" in address]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
