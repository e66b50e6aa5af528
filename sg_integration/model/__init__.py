"""Pure values and decisions: no I/O, no Pulumi, only the standard library."""
