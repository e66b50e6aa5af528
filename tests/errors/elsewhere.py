"""Messages that take an engine, a cluster or a broken machine: the test that raises them, and the words by which it knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ELSEWHERE: Final[Mapping[str, tuple[str, str]]] = {
    "NotYet: new pods do not": ("providers/test_pod_waiting.py", "NotYet: new pods do not get the groups"),
    "It was only tried, so": ("kubernetes/test_pods.py", "It was only tried"),
    "StillThere:": ("providers/test_pod_way_back.py", "is still registered"),
    "let us take it over": ("kubernetes/test_writes.py", "let us take it over"),
    "Somebody wrote it since": ("kubernetes/test_write_races.py", "Somebody wrote it since it was read"),
    "no such group in this account and": ("engine/test_nodes.py", "control_plane_security_group_id: no such group"),
    "InvalidGroup.NotFound: … is a group of": ("aws/test_security_groups.py", "is a group of vpc-2. Name a group of"),
    "NotLive: after … s it is": ("providers/test_tigera.py", "NotLive: after 300 s it is not live"),
    "it waits for what is declared": ("engine/test_program_end.py", "Register it before the first VpcIntegration"),
    "is there, and the nodes could not be told": ("components/test_membership.py", "is there, .* Run up again"),
    "it answered … for": ("components/test_membership.py", "True or False is meant"),
    "it is …, and … is none": ("components/test_adoption.py", "it is a rule, and sg-0123456789abcdef0 is none"),
    "it declares no …, so": ("engine/test_membership.py", "it declares no securityGroups"),
    "reading EC2 VPC: …": ("sandbox/test_plugin_aws_members.py", "no matching EC2 VPC found"),
    "one is up there already": ("sandbox/test_environment.py", "one is up there already, held by process"),
    "go ended with exit code": ("sandbox/test_toolchain_obtain.py", "go ended with exit code 2"),
    "it is gone. Run `pulumi refresh`": (
        "sandbox/test_plugin_kubernetes_connection.py",
        "it is gone. Run `pulumi refresh`",
    ),
    "starting a sandbox: … not installed": ("sandbox/test_environment.py", "not installed. Run: pip install"),
    "Somebody else writes it at the same time, or": (
        "kubernetes/test_calico_survey.py",
        "applying Tier sg-local: Conflict",
    ),
}
