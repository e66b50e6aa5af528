"""What the embedded AWS asks of every call, and what befalls calls: rows of the table. See behaviours_aws for the sources."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_EC2_GUIDE = "https://docs.aws.amazon.com/ec2/latest/devguide"
_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
_RDS_ERRORS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html"
_GITHUB = "https://github.com"
_GATE = "tests/sandbox/test_aws_gate.py"
_FAULTS = "tests/sandbox/test_aws_faults.py"
_RACES = "tests/sandbox/test_aws_races.py"
_FLEET = "tests/sandbox/test_aws_fleet.py"
_OWN = "the sandbox's own, set by a test: it stands for"

GATE_ROWS = (
    Behaviour(
        "Expired credentials: RequestExpired of EC2, ExpiredToken of RDS and STS, ExpiredTokenException of JSON services",
        f"{_GITHUB}/aws/aws-sdk-java/issues/1443 (EC2), {_GITHUB}/jenkinsci/ec2-plugin/pull/1008 (STS); for JSON services inferred",
        f"{_GATE}::test_credentials_that_are_no_good_are_refused",
    ),
    Behaviour(
        "A denied write: UnauthorizedOperation that names action and ARN, also that of a group in the request",
        f"{_ERRORS} (UnauthorizedOperation); {_GITHUB}/deckhouse/deckhouse/pull/10854",
        f"{_GATE}::test_a_denied_write_names_the_action_and_the_resource",
    ),
    Behaviour(
        "A denied listing: UnauthorizedOperation without ARN of EC2, AccessDenied with `*` of RDS",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
        f"{_GATE}::test_a_denied_listing_names_the_action",
    ),
    Behaviour(
        "When set, an access key is held to an IAM policy: every resource that a call names or touches must be allowed, and a "
        "condition on a key that the request lacks is false",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html; "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html. Resources that an action may "
        "name are always asked for, which is at least as strict",
        "tests/sandbox/test_aws_iam.py::test_an_access_key_is_held_to_its_policy",
    ),
    Behaviour(
        "When set, an action's token bucket empties and fills: RequestLimitExceeded, 503",
        f"{_EC2_GUIDE}/ec2-api-throttling.html",
        f"{_GATE}::test_a_bucket_empties_and_fills",
    ),
    Behaviour(
        "When set, RDS throttles with Throttling, Rate exceeded, 400",
        f"{_RDS_ERRORS} (ThrottlingException); {_GITHUB}/aws/aws-cli/issues/8604",
        f"{_GATE}::test_rds_throttles_in_its_own_words",
    ),
    Behaviour(
        "The documented buckets of EC2; a listing without filter and page has a smaller one",
        f"{_EC2_GUIDE}/ec2-api-throttling.html",
        f"{_GATE}::test_the_buckets_of_ec2_are_those_it_documents",
    ),
    Behaviour(
        "When set, reads show an interface's old groups for some time after a write, and checks see the truth",
        f"{_EC2_GUIDE}/eventual-consistency.html; {_GITHUB}/hashicorp/terraform-provider-aws/issues/16201",
        f"{_GATE}::test_reads_lag_behind_a_write_for_a_time",
    ),
    Behaviour(
        "When set, reads show an interface's old groups a number of times after a write",
        f"{_EC2_GUIDE}/eventual-consistency.html; {_GITHUB}/hashicorp/terraform-provider-aws/issues/16201",
        f"{_GATE}::test_reads_lag_behind_a_write_for_a_number_of_reads",
    ),
)

FAULT_ROWS = (
    Behaviour(
        "A call is refused with any code, for one id, a number of times, after a number of successes",
        f"{_OWN} refusals that depend on the account",
        f"{_FAULTS}::test_a_call_is_refused_as_often_as_said",
    ),
    Behaviour(
        "Another principal writes to an interface just before or after our write: the last write wins",
        f"{_OWN} a race; no write to groups has a condition: "
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html",
        f"{_RACES}::test_a_stranger_writes_to_an_interface",
    ),
    Behaviour(
        "Another principal writes to a database",
        f"{_OWN} a race, as for an interface",
        f"{_RACES}::test_a_stranger_writes_to_a_database",
    ),
    Behaviour(
        "An interface is gone just when it is written: InvalidNetworkInterfaceID.NotFound",
        f"{_OWN} a termination in between; {_ERRORS} (InvalidNetworkInterfaceID.NotFound)",
        f"{_RACES}::test_an_interface_vanishes_just_when_it_is_written",
    ),
    Behaviour(
        "After a number of writes the next is held, and is not carried out when its program is killed",
        f"{_OWN} a program killed half-way",
        f"{_FAULTS}::test_a_held_call_of_a_killed_program_is_not_carried_out",
    ),
    Behaviour(
        "Thousands of instances are made at once, and each is as one that was launched",
        f"{_OWN} a large VPC",
        f"{_FLEET}::test_a_fleet_is_like_instances_launched_one_by_one",
    ),
)
