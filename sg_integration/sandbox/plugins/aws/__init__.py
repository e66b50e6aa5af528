"""A stand-in for `pulumi-resource-aws`: the few types that security groups need, over boto3, on loopback only."""
