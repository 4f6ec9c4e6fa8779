"""How good the segments are, in numbers that can be compared."""
