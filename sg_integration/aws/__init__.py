"""The edge to AWS: the only part of the product that imports boto3."""
