"""Dynamic providers. Their module paths and class names are written into every stack's state: they never change."""
