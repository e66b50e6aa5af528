"""Run the quickstart in the sandbox, for a person to watch: preview, up, up again, what stands in AWS, destroy."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from lightkube import Client, KubeConfig
from lightkube.resources.core_v1 import Pod

from sg_integration.sandbox import keeper
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.seed import seed

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".sandbox"
STACK = "sandbox"  # of the sandbox that is kept; one that is not has a stack named after its process, so that two do not meet


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--keep", action="store_true", help="leave sandbox and stack there, to play with by hand")
    started = time.monotonic()
    try:
        if arguments.parse_args().keep:
            show_and_keep()
        else:
            with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory)) as sandbox:
                show_all({**os.environ, **sandbox.env()}, sandbox.state.plugins)
    except SandboxError as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    return 0


def show_and_keep() -> None:
    keeper.stop(KEPT)
    keeper.purge(KEPT)
    plugins = keeper.start(KEPT).plugins
    try:
        show_until_up(STACK, {**os.environ, **keeper.environment(KEPT)}, plugins)
    except BaseException:
        print(f"\nThe sandbox in {KEPT} is still up; .venv/bin/sg-integration sandbox down ends it.", file=sys.stderr)
        raise
    say("The sandbox stays up, and the stack in it. In another shell, here:")
    print(f"""
  eval "$(.venv/bin/sg-integration sandbox env)"
  pulumi preview -s {STACK}       # change examples/quickstart/__main__.py, and look
  pulumi up -s {STACK}
  pulumi destroy -s {STACK}
  .venv/bin/sg-integration sandbox down --purge""")


def show_all(env: Mapping[str, str], plugins: Mapping[str, str]) -> None:
    stack = f"demo-{os.getpid()}"
    try:
        vpc_id, before = show_until_up(stack, env, plugins)
        say("And back: destroy takes away what is ours, and nothing else")
        pulumi(stack, env, "destroy", "--yes", "--skip-preview")
        show_groups(env, vpc_id)
        if left := set(groups_in(env, vpc_id)) - set(before):
            raise SandboxError(f"destroy left {', '.join(left)} in {vpc_id}.")
    finally:
        with suppress(FileNotFoundError):
            (ROOT / f"Pulumi.{stack}.yaml").unlink()


def show_until_up(stack: str, env: Mapping[str, str], plugins: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    used = ", ".join(f"{name}: {which}" for name, which in sorted(plugins.items()))
    print(f"Engine: pulumi {run(env, 'pulumi', 'version')}. Plugins: {used}.")
    seeded = seed(env)
    say(f"A VPC that somebody else owns: {seeded.vpc_id}")
    show_members(env, seeded.vpc_id)
    show_pods(env)
    show_groups(env, seeded.vpc_id)
    before = groups_in(env, seeded.vpc_id)
    with suppress(FileNotFoundError):
        (ROOT / f"Pulumi.{stack}.yaml").unlink()
    run(env, "pulumi", "stack", "init", stack, "--non-interactive")
    run(env, "pulumi", "config", "set-all", "--stack", stack, "--path", *seeded.config_arguments())
    say("Preview: what would be made, rule by rule, before anything is")
    pulumi(stack, env, "preview")
    say("Up: make it")
    pulumi(stack, env, "up", "--yes", "--skip-preview")
    say("Up again: nothing to do")
    pulumi(stack, env, "up", "--yes", "--skip-preview", "--expect-no-changes")
    say("What stands in AWS now")
    show_groups(env, seeded.vpc_id)
    return seeded.vpc_id, before


def pulumi(stack: str, env: Mapping[str, str], *arguments: str) -> None:
    command = ["pulumi", *arguments, "--stack", stack]
    print(f"$ {shlex.join(command)}\n", flush=True)
    process = subprocess.Popen(command, env=env, cwd=ROOT)
    interrupted = False
    while True:  # Ctrl-C reaches Pulumi too, which then ends in good order: wait for it
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    if code:
        raise SandboxError(f"{shlex.join(command)} failed; what it says stands above.")


def run(env: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(command, env=env, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SandboxError(f"{shlex.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


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


def show_pods(env: Mapping[str, str]) -> None:
    pods = Client(config=KubeConfig.from_file(env["KUBECONFIG"]).get()).list(Pod, namespace="*")
    table(
        [("NAMESPACE", "POD"), *((str(pod.metadata.namespace), str(pod.metadata.name)) for pod in pods if pod.metadata)]
    )


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


if __name__ == "__main__":
    sys.exit(main())
