"""What the entry points share: their grammar, their help, and the edge between Hydra and the core."""
