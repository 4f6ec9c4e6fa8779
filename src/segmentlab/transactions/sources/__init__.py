"""Readers, one file per form of source, and what turns any of them into canonical transactions."""
