"""The generated shop: who buys, when, what, and what goes wrong in its records."""
