"""The quotas that are enforced here.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html.
"""

RULES_PER_GROUP = 60  # for each direction and each of IPv4 and IPv6
