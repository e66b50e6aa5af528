"""The strict layer: what moto lets pass, or gets wrong, and AWS does not.

How it is built. moto answers a request in a *response* class, one method per action, with the parameters parsed by
botocore's own model. Each module here subclasses the response classes of one family of actions: code before `super()`
refuses, code after it mends, a method without `super()` answers by itself. `ec2.StrictEC2` and `rds.StrictRDS` put the
families together, and `install` puts those two into moto's URL tables in the place of moto's own. An `AwsError` becomes the
error document of the protocol. What is wrong in moto's *models* (what it keeps, not what it answers) is mended in `models`.
To add a family: a module, a class, one more base in `ec2` or `rds`.

What AWS asks of every request, whatever it is (credentials, permission, tokens), and the faults that a test sets, are not
here but before moto, in `gate` and `fault_book`: so they befall services that have no strict layer too. What is shown is in
`interface_view` and `instance_view`, as plain dictionaries that `rendering` writes: a page of a thousand takes moto seconds.

Where moto cannot be bent by a thin layer, and therefore is not yet:
- load balancers, NAT gateways, endpoints, functions and databases have no interfaces in EC2, or none with a requester; a
  test marks one of its own (`outside.mark_interface`), and nothing keeps it in step with the service;
- hidden managed resources are not hidden, and IncludeManagedResources changes nothing;
- permissions are denied by the settings, not found from policies: IAM is not evaluated;
- an instance is pending, stopping and shutting-down for no time at all;
- some filters of DescribeInstances are missing, and say so; those of other lists are moto's, where one value in many matches
  otherwise than in AWS;
- an instance of a fleet has no volumes;
- a proxy of databases (ModifyDBProxy) does not change;
- the description of a rule for a prefix list shows in DescribeSecurityGroupRules, not in DescribeSecurityGroups;
- groups of a launch template are not checked; a group of a VPC of another account or Region is no possible peer, and
  a group is not associated with other VPCs or shared (AssociateSecurityGroupVpc, GetSecurityGroupsForVpc).
"""

from __future__ import annotations

import moto.ec2.urls
import moto.rds.urls

from sg_integration.sandbox.aws.strict import engines, models, quotas, speed
from sg_integration.sandbox.aws.strict.ec2 import StrictEC2
from sg_integration.sandbox.aws.strict.rds import StrictRDS


def install() -> None:
    """Make this process's moto strict. Once is enough, twice is harmless; it cannot be undone."""
    moto.ec2.urls.url_paths["{0}/"] = StrictEC2.dispatch
    moto.rds.urls.url_paths["{0}/$"] = StrictRDS.dispatch
    models.mend()
    engines.mend()
    quotas.mend()
    speed.mend()
