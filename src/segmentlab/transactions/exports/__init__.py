"""Exports of shop systems and public data sets: known by the names of their columns, one YAML file each."""
