"""The groups inside somebody's larger program: resource options do what Pulumi users expect."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pulumi
import pulumi_aws as aws
import pytest

from sg_integration import SecurityGroup, VpcIntegration, ports
from sg_integration.sandbox.aws.server import EmbeddedAws

from .cloud import Cloud
from .stacks import EngineStack, Program


class Platform(pulumi.ComponentResource):
    """Somebody's component, with ours inside."""

    def __init__(self, name: str, vpc_id: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("acme:index:Platform", name, {}, opts)
        self.vpc = VpcIntegration(f"{name}-vpc", vpc_id=vpc_id, opts=pulumi.ResourceOptions(parent=self))
        self.api = SecurityGroup(f"{name}-api", vpc_id=vpc_id, opts=pulumi.ResourceOptions(parent=self))
        self.db = SecurityGroup(
            f"{name}-db", vpc_id=vpc_id, default_port=ports.POSTGRES, opts=pulumi.ResourceOptions(parent=self)
        )
        self.db.allow_from(self.api)
        self.register_outputs({})


@pytest.fixture
def elsewhere(embedded_aws: EmbeddedAws) -> Iterator[Cloud]:
    """A VPC in another region than the environment's."""
    client = boto3.client(
        "ec2",
        endpoint_url=embedded_aws.url,
        region_name="us-west-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    yield Cloud.make(client)
    client.close()


def provider(name: str, region: str, url: str) -> aws.Provider:
    """An explicit provider that points at the embedded AWS by itself."""
    return aws.Provider(
        name,
        region=region,
        access_key="test",
        secret_key="test",
        endpoints=[aws.ProviderEndpointArgs(ec2=url, rds=url, sts=url)],
        skip_credentials_validation=True,
        skip_requesting_account_id=True,
        skip_metadata_api_check=True,
    )


def test_inside_a_component_with_an_explicit_provider_and_a_transform(
    stack: EngineStack, elsewhere: Cloud, embedded_aws: EmbeddedAws
) -> None:
    """Parent, provider and transform reach every group and rule: they stand in the provider's region, with the tags."""

    def tag(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:ec2/securityGroup:SecurityGroup":
            return None
        tags = pulumi.Output.from_input(args.props["tags"]).apply(lambda known: {**known, "cost": "net"})
        return pulumi.ResourceTransformResult({**args.props, "tags": tags}, args.opts)

    def program() -> None:
        west = provider("west", "us-west-2", embedded_aws.url)
        Platform("acme", elsewhere.vpc_id, opts=pulumi.ResourceOptions(provider=west, transforms=[tag]))

    stack.up(program).succeeded()
    groups = elsewhere.groups()
    assert set(groups) == {"acme-vpc-trust", "acme-vpc-enforced", "acme-api", "acme-db"}
    assert all(elsewhere.tags(group_id)["cost"] == "net" for group_id in groups.values())
    assert elsewhere.tags(groups["acme-vpc-trust"])["sg-integration:role"] == "trust"
    assert elsewhere.rules(groups["acme-db"]) == {"ingress tcp 5432-5432 from acme-api"}
    chains = {resource["urn"].split("::")[2] for resource in stack.resources() if "Rule" in resource["type"]}
    assert all(chain.startswith("acme:index:Platform$sg-integration:index:") for chain in chains)
    assert stack.up(program, expect_no_changes=True).succeeded()
    stack.destroy().succeeded()
    assert elsewhere.groups() == {}


def test_two_providers_in_one_program(
    stack: EngineStack, cloud: Cloud, elsewhere: Cloud, embedded_aws: EmbeddedAws
) -> None:
    """Components with different explicit providers go to their own regions in one update."""

    def program() -> None:
        for name, region, vpc_id in (("here", "eu-central-1", cloud.vpc_id), ("there", "us-west-2", elsewhere.vpc_id)):
            chosen = provider(name, region, embedded_aws.url)
            VpcIntegration(f"vpc-{name}", vpc_id=vpc_id, opts=pulumi.ResourceOptions(provider=chosen))

    stack.up(program).succeeded()
    assert set(cloud.groups()) == {"vpc-here-trust", "vpc-here-enforced"}
    assert set(elsewhere.groups()) == {"vpc-there-trust", "vpc-there-enforced"}
    stack.destroy().succeeded()


def test_the_region_argument_moves_groups_and_rules(stack: EngineStack, elsewhere: Cloud) -> None:
    """With `region`, group and rules stand in that region without an explicit provider."""

    def program() -> None:
        api = SecurityGroup("api", vpc_id=elsewhere.vpc_id, region="us-west-2")
        SecurityGroup("db", vpc_id=elsewhere.vpc_id, region="us-west-2", default_port=ports.POSTGRES).allow_from(api)

    stack.up(program).succeeded()
    assert elsewhere.rules(elsewhere.groups()["db"]) == {"ingress tcp 5432-5432 from api"}


def renamed(cloud: Cloud, names: tuple[str, str], former: tuple[str | None, str | None] = (None, None)) -> Program:
    """Two groups under names, with aliases to the names that they had."""

    def group(name: str, alias: str | None, port: ports.Port | None = None) -> SecurityGroup:
        opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=alias)]) if alias else None
        return SecurityGroup(name, vpc_id=cloud.vpc_id, default_port=port, tags={"Name": "kept"}, opts=opts)

    def program() -> None:
        group(names[1], former[1], ports.POSTGRES).allow_from(group(names[0], former[0]))

    return program


@pytest.mark.parametrize("names", [("web", "db"), ("api", "store"), ("web", "store")])
def test_a_renamed_group_with_an_alias_is_not_replaced(
    stack: EngineStack, cloud: Cloud, names: tuple[str, str]
) -> None:
    """A renamed component with an alias keeps its group and rules, and so do rules that are named after it."""
    stack.up(renamed(cloud, ("api", "db"))).succeeded()
    rules = {rule["SecurityGroupRuleId"] for group in cloud.group_ids() for rule in cloud.raw_rules(group)}
    former = tuple(old if old != new else None for old, new in zip(("api", "db"), names, strict=True))
    outcome = stack.up(renamed(cloud, names, former)).succeeded()  # type: ignore[arg-type]
    assert set(outcome.counts) <= {"update"}
    assert {rule["SecurityGroupRuleId"] for group in cloud.group_ids() for rule in cloud.raw_rules(group)} == rules


def test_protect_reaches_the_groups(stack: EngineStack, cloud: Cloud) -> None:
    """A protected component refuses destroy, and everything in it stays; unprotected, it goes."""

    def program(protect: bool) -> Program:
        return lambda: _forget(
            VpcIntegration("prod", vpc_id=cloud.vpc_id, opts=pulumi.ResourceOptions(protect=protect))
        )

    stack.up(program(True)).succeeded()
    refused = stack.destroy()
    assert refused.failed
    assert "protected" in refused.output
    assert len(cloud.groups()) == 2
    stack.up(program(False)).succeeded()
    stack.destroy().succeeded()
    assert cloud.groups() == {}


def test_depends_on_reaches_the_groups(stack: EngineStack, cloud: Cloud, embedded_aws: EmbeddedAws) -> None:
    """Everything inside a component comes after what the component depends on, and goes before it."""

    def program() -> None:
        first = SecurityGroup("first", vpc_id=cloud.vpc_id)
        first.allow_from(first, ports.SSH)
        later = SecurityGroup("later", vpc_id=cloud.vpc_id, opts=pulumi.ResourceOptions(depends_on=[first]))
        later.allow_from(later, ports.SSH)

    def groups_written() -> list[str]:
        """The group of each call that makes or takes away a group or a rule."""
        verbs = ("CreateSec", "AuthorizeSec", "RevokeSec", "DeleteSec")
        calls = [call for call in embedded_aws.calls() if call.action.startswith(verbs)]
        embedded_aws.clear_calls()
        return [names.get(found, "new") for call in calls for found in call.ids if found.startswith("sg-")]

    names: dict[str, str] = {}
    embedded_aws.clear_calls()
    stack.up(program).succeeded()
    names = {group_id: name for name, group_id in cloud.groups().items()}
    made = groups_written()
    stack.destroy().succeeded()
    assert made.index("later") > max(at for at, name in enumerate(made) if name == "first")
    gone = groups_written()
    assert gone.index("first") > max(at for at, name in enumerate(gone) if name == "later")


def test_a_target_is_updated_alone(stack: EngineStack, cloud: Cloud) -> None:
    """`--target` with one rule's URN makes that rule and leaves the other changes for later."""

    def program(*extra: int) -> Program:
        def declare() -> None:
            db = SecurityGroup("db", vpc_id=cloud.vpc_id)
            for number in extra:
                db.allow_from(db, ports.tcp(number))

        return declare

    stack.up(program()).succeeded()
    urn = "urn:pulumi:dev::{}::sg-integration:index:SecurityGroup$aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::db-from-db-tcp-1"
    targeted = stack.up(program(1, 2), target=[urn.format(stack.project)]).succeeded()
    assert targeted.steps == (("create", "db-from-db-tcp-1"),)
    assert stack.up(program(1, 2)).succeeded().counts == {"create": 3}


def _forget(_: object) -> None:
    """Make an expression a statement."""
