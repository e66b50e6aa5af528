"""What the demo shows of the sandbox's AWS account, in tables for a person to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import boto3


def client(env: Mapping[str, str], service: Any) -> Any:
    session = boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name=env["AWS_REGION"])
    return session.client(service, endpoint_url=env["AWS_ENDPOINT_URL"])


def in_vpc(vpc_id: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc_id]}]


def named(described: Mapping[str, Any], otherwise: str) -> str:
    return next((tag["Value"] for tag in described.get("Tags", []) if tag["Key"] == "Name"), otherwise)


def groups_in(env: Mapping[str, str], vpc_id: str) -> dict[str, str]:
    groups = client(env, "ec2").describe_security_groups(Filters=in_vpc(vpc_id))["SecurityGroups"]
    return {group["GroupId"]: named(group, group["GroupName"]) for group in groups}


def show_members(env: Mapping[str, str], vpc_id: str) -> None:
    rows, names = [("MEMBER", "ID", "SECURITY GROUPS")], groups_in(env, vpc_id)
    for reservation in client(env, "ec2").describe_instances(Filters=in_vpc(vpc_id))["Reservations"]:
        for instance in reservation["Instances"]:
            groups = ", ".join(group["GroupName"] for group in instance["SecurityGroups"])
            rows.append((named(instance, "-"), instance["InstanceId"], groups))
    for database in client(env, "rds").describe_db_instances()["DBInstances"]:
        if database["DBSubnetGroup"]["VpcId"] == vpc_id:
            groups = ", ".join(names[group["VpcSecurityGroupId"]] for group in database["VpcSecurityGroups"])
            rows.append(("orders", database["DBInstanceIdentifier"], groups))
    table(rows)


def show_groups(env: Mapping[str, str], vpc_id: str) -> None:
    ec2, names = client(env, "ec2"), groups_in(env, vpc_id)
    rows = [("SECURITY GROUP", "ID", "DIRECTION", "TRAFFIC", "PEER")]
    for group_id, name in sorted(names.items(), key=lambda item: item[1]):
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
        head = (name, group_id)
        lines = sorted(in_words(rule, names) for rule in rules["SecurityGroupRules"]) or [("no rules", "", "")]
        for line in lines:
            rows.append((*head, *line))
            head = ("", "")
    table(rows)


def in_words(rule: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str, str]:
    group_id = rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
    peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or names.get(group_id, group_id)
    traffic = "all" if rule["IpProtocol"] == "-1" else f"{rule['IpProtocol']}/{ports_of(rule)}"
    return ("egress to" if rule["IsEgress"] else "ingress from"), traffic, peer


def ports_of(rule: Mapping[str, Any]) -> str:
    first, last = rule["FromPort"], rule["ToPort"]
    return str(first) if first == last else f"{first}-{last}"


def say(heading: str) -> None:
    print(f"\n━━ {heading}\n", flush=True)


def table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(flush=True)
