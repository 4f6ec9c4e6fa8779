"""Feature sets: one file each. See `contract` for what a set promises, `table` for how they join."""
