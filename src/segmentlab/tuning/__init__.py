"""Searches the parameters of a run: what trials share, the study around them, and the choice at its end."""
