"""An example as a stack: its program and its Pulumi.yaml as they are, on the real engine, in what the sandbox seeds."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pulumi import automation

from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod
from sg_integration.sandbox.seed import Seeded
from tests.kubernetes.calico_fixtures import clear
from tests.sandbox.plugin_kubernetes_world import Server

from .stacks import EngineStack, Outcome
from .verdicts import Verdicts

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

EXAMPLES = Path(__file__).parents[2] / "examples"
ANNOTATION = "aws.tigera.io/security-groups"


@dataclass
class ExampleStack:
    """One program of an example, with a stack of its own.

    Args:
        engine: the stack.
        program: a copy of the program's folder, to be changed as a user changes it.
        gone: whether nothing of it stands.
    """

    engine: EngineStack
    program: Path
    gone: bool = True

    @property
    def reference(self) -> str:
        """What another stack calls it in a StackReference."""
        return f"organization/{self.engine.project}/{self.engine.name}"

    def preview(self, **options: Any) -> Outcome:
        """`pulumi preview`, which succeeds."""
        return self.engine.preview(self._run, **options).succeeded()

    def up(self) -> Outcome:
        """`pulumi up`, which succeeds."""
        return self.try_up().succeeded()

    def try_up(self, **options: Any) -> Outcome:
        """`pulumi up`, whether it succeeds or not."""
        self.gone = False
        return self.engine.up(self._run, **options)

    def destroy(self) -> Outcome:
        """`pulumi destroy`, which succeeds."""
        done = self.engine.destroy().succeeded()
        self.gone = True
        return done

    def change(self, old: str, new: str, file: str = "__main__.py") -> None:
        """Edit a file of the program."""
        path = self.program / file
        before = path.read_text()
        assert before.count(old) == 1, (old, before)
        path.write_text(before.replace(old, new))

    def _run(self) -> None:
        runpy.run_path(str(self.program / "__main__.py"), run_name="__main__")


@dataclass
class Shop:
    """What the sandbox seeds, and the examples that run in it.

    Args:
        server: the cluster.
        aws: the account.
        ec2: a client of it.
        env: the environment of the engine and of the plugins.
        directory: where stacks live.
        seeded: what was seeded.
    """

    server: Server
    aws: EmbeddedAws
    ec2: EC2Client
    env: Mapping[str, str]
    directory: Path
    seeded: Seeded
    stacks: list[ExampleStack] = field(default_factory=list)

    def stack(self, example: str, **config: str) -> ExampleStack:
        """A stack `prod` of one program in examples/, with what was seeded as its configuration, and more."""
        home = self.directory / example
        program = home / "program"
        shutil.copytree(EXAMPLES / example, program)
        project = yaml.safe_load((program / "Pulumi.yaml").read_text())
        engine = EngineStack("prod", home, self.env, project["name"], here=True, project_file=program / "Pulumi.yaml")
        declared = project.get("config", {})
        values: dict[str, automation.ConfigValue] = {}
        for key, value in {**self.seeded.config(), **config}.items():
            secret = declared.get(key, {}).get("secret", False)
            items = {key: value} if isinstance(value, str) else {f"{key}[{at}]": one for at, one in enumerate(value)}
            values |= {path: automation.ConfigValue(one, secret) for path, one in items.items() if key in declared}
        engine._selected().set_all_config(values, path=True)
        self.stacks.append(ExampleStack(engine, program))
        return self.stacks[-1]

    def destroy(self) -> None:
        """Destroy what a test that failed has left, the last stack first."""
        for stack in reversed(self.stacks):
            if not stack.gone:
                stack.destroy()

    def bound(self, server: Server | None = None) -> dict[str, bool]:
        """Whether the pods of each Deployment have groups; all of them, or none."""
        return bound(server or self.server)

    def reaches(self, source: str, destination: str, port: int, server: Server | None = None) -> bool:
        """What the nodes of a cluster decide now about a flow."""
        return Verdicts(server or self.server, self.ec2, self.seeded.vpc_id).reaches(source, destination, port)

    def addresses(self) -> dict[str, str]:
        """The address of every instance, by its name and by its interface, and that of the database."""
        found: dict[str, str] = {}
        in_vpc: Any = [{"Name": "vpc-id", "Values": [self.seeded.vpc_id]}]
        for reservation in self.ec2.describe_instances(Filters=in_vpc)["Reservations"]:
            for each in reservation["Instances"]:
                found |= {tag["Value"]: each["PrivateIpAddress"] for tag in each["Tags"] if tag["Key"] == "Name"}
        for interface in self.ec2.describe_network_interfaces(Filters=in_vpc)["NetworkInterfaces"]:
            name = "database" if interface["Description"] == "RDSNetworkInterface" else interface["NetworkInterfaceId"]
            found[name] = interface["PrivateIpAddress"]
        return found

    def launch(self, name: str, **tags: str) -> None:
        """Start an instance beside those that were seeded."""
        in_vpc: Any = [{"Name": "vpc-id", "Values": [self.seeded.vpc_id]}]
        subnet = self.ec2.describe_subnets(Filters=in_vpc)["Subnets"][0]["SubnetId"]
        tagged: Any = [{"Key": key, "Value": value} for key, value in {"Name": name, **tags}.items()]
        self.ec2.run_instances(
            ImageId="ami-12c6146b",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[
                {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [self.seeded.servers_security_group_id]}
            ],
            TagSpecifications=[{"ResourceType": "instance", "Tags": tagged}],
        )

    def group(self, name: str) -> str:
        """The id of the group with a Name tag."""
        filters: Any = [{"Name": "tag:Name", "Values": [name]}, {"Name": "vpc-id", "Values": [self.seeded.vpc_id]}]
        (found,) = self.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        return found["GroupId"]

    def left_groups(self) -> int:
        """How many groups of ours stand in AWS."""
        return sum(call.action == "CreateSecurityGroup" and call.status == 200 for call in self.aws.calls()) - sum(
            call.action == "DeleteSecurityGroup" and call.status == 200 for call in self.aws.calls()
        )


def bound(server: Server) -> dict[str, bool]:
    """Whether the pods of each Deployment have groups; all of them, or none."""
    found: dict[str, set[bool]] = {}
    for pod in server.api.request("GET", "/api/v1/namespaces/shop/pods")["items"]:
        has = ANNOTATION in pod["metadata"].get("annotations", {})
        found.setdefault(pod["metadata"]["labels"]["app"], set()).add(has)
    return {app: seen == {True} for app, seen in found.items()}


@contextmanager
def emptied(server: Server) -> Iterator[Server]:
    """A cluster; the nodes that are seeded are gone at the end, and all that Calico has."""
    yield server
    for node in server.api.request("GET", "/api/v1/nodes")["items"]:
        server.api.request("DELETE", f"/api/v1/nodes/{node['metadata']['name']}")
        remove_calico_pod(server.api, node["metadata"]["name"])
    clear(server)
