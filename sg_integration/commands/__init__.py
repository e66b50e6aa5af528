"""What the `sg-integration` command does, a module for each topic."""
