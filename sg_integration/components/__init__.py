"""What users write in a Pulumi program."""
