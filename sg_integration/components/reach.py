"""How dynamic providers of a component reach AWS, as near to what Pulumi's own aws provider does as can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import pulumi
import pulumi_aws

Text: TypeAlias = "pulumi.Input[str] | pulumi.Output[str | None] | None"


@dataclass(frozen=True, slots=True)
class Reach:
    """Where AWS is and who we are there; every field may be left out.

    The credentials of an explicit `aws.Provider` do not reach a dynamic provider, only its region and profile do.

    Args:
        region: the region.
        profile: a profile of the AWS configuration.
        role_arn: a role to assume.
        endpoint_url: another endpoint for every service.
    """

    region: Text = None
    profile: Text = None
    role_arn: Text = None
    endpoint_url: Text = None

    def completed(self, component: pulumi.Resource) -> Reach:
        """With region and profile of the component's aws provider, else of the stack's configuration, where not given."""
        provider = component.get_provider("aws:ec2/securityGroup:SecurityGroup")
        known = provider if isinstance(provider, pulumi_aws.Provider) else None
        config = pulumi.Config("aws")
        region = known.region if known else config.get("region")
        profile = known.profile if known else config.get("profile")
        return Reach(
            region=self.region if self.region is not None else region,
            profile=self.profile if self.profile is not None else profile,
            role_arn=self.role_arn,
            endpoint_url=self.endpoint_url,
        )

    def over(self, default: Reach) -> Reach:
        """This one, with the other's values where this one has none."""
        names = ("region", "profile", "role_arn", "endpoint_url")
        mine = {name: getattr(self, name) for name in names}
        return Reach(**{name: getattr(default, name) if value is None else value for name, value in mine.items()})

    def props(self) -> dict[str, Text]:
        """As inputs of a dynamic resource."""
        return {
            "region": self.region,
            "profile": self.profile,
            "role_arn": self.role_arn,
            "endpoint_url": self.endpoint_url,
        }
