"""What a rule of a Calico policy may say, with the limits of Calico's API.

Written from https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy and the limits that Calico's own
definitions have (api/pkg/apis/projectcalico/v3/policy_common.go in projectcalico/calico).
"""

from __future__ import annotations

from sg_integration.sandbox.kubernetes.schemas import Schema, choice, either, fields, items, number, text, texts

SELECTOR = text(1024)
_NETS = 256
_PORTS = 50
_RULES = 1024
_ADDRESS = text(49)
_PORT = either()
_ENTITY_RULES = (
    ("!has(self.selector) || !self.selector.contains('global(')", "global() can only be used in a namespaceSelector"),
)


def _is(*protocols: str | int) -> str:
    """An expression: the rule's protocol is one of these. A list of CEL takes no values of two types."""
    return "(" + " || ".join(f"self.protocol == {each!r}" for each in protocols) + ")"


_ANY_PORTS = " || ".join(f"(has(self.{end}) && has(self.{end}.ports))" for end in ("source", "destination"))
_RULE_RULES = (
    (
        f"!has(self.icmp) || (has(self.protocol) && {_is('ICMP', 'ICMPv6', 1, 58)})",
        "ICMP fields require protocol to be ICMP or ICMPv6",
    ),
    (
        f"!has(self.protocol) || !{_is('ICMP', 1)} || !has(self.ipVersion) || self.ipVersion == 4",
        "protocol ICMP requires ipVersion 4",
    ),
    (
        f"!has(self.protocol) || !{_is('ICMPv6', 58)} || !has(self.ipVersion) || self.ipVersion == 6",
        "protocol ICMPv6 requires ipVersion 6",
    ),
    (
        f"!({_ANY_PORTS}) || (has(self.protocol) && {_is('TCP', 'UDP', 'SCTP', 6, 17, 132)})",
        "rules that specify ports must set protocol to TCP or UDP or SCTP",
    ),
)


def rules_of_a_policy() -> Schema:
    """The rules of one direction."""
    return items(_rule(), _RULES)


def _rule() -> Schema:
    return fields(
        {
            "action": choice("Allow", "Deny", "Log", "Pass"),
            "ipVersion": {"type": "integer", "enum": [4, 6]},
            "protocol": either(),
            "notProtocol": either(),
            "icmp": _icmp(),
            "notICMP": _icmp(),
            # Calico's API server shows both in every rule, empty if nothing was said.
            "source": {**_entity(), "default": {}},
            "destination": {**_entity(), "default": {}},
            "metadata": fields({"annotations": texts()}),
        },
        "action",
        rules=_RULE_RULES,
    )


def _icmp() -> Schema:
    return fields(
        {"type": number(0, 254), "code": number(0, 255)},
        rules=(("!has(self.code) || has(self.type)", "ICMP code specified without an ICMP type"),),
    )


def _entity() -> Schema:
    return fields(
        {
            "nets": items(_ADDRESS, _NETS, kind="set"),
            "notNets": items(_ADDRESS, _NETS, kind="set"),
            "selector": SELECTOR,
            "notSelector": SELECTOR,
            "namespaceSelector": SELECTOR,
            "ports": items(_PORT, _PORTS),
            "notPorts": items(_PORT, _PORTS),
            "serviceAccounts": fields({"names": items(text(), kind="set"), "selector": SELECTOR}),
        },
        rules=_ENTITY_RULES,
    )
