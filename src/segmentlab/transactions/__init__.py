"""From any source to clean, canonical transactions."""
