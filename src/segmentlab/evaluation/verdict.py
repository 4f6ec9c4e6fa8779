"""Whether there are groups in the data at all, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from segmentlab.evaluation.reference import Reference

SURE: Final = 0.05

Kind = Literal["natural clusters", "a partition of a continuum", "no structure"]


@dataclass(frozen=True)
class Verdict:
    """The words, and the comparison that they rest on."""

    kind: Kind
    reason: str


def structure(references: Mapping[str, Reference]) -> Verdict | None:
    """What the nulls say together; None where none was computed.

    Natural clusters have to beat every null: shuffled columns, one correlated cloud, and data with the
    same values whose ranks correlate alike. Beating shuffled columns alone shows that features go
    together, which a continuum does as well: then segments are a useful cut through it, not groups.
    """
    if not references:
        return None
    values = {null: reference.p_value for null, reference in references.items()}
    told = ", ".join(f"p={value:.3f} against {null}" for null, value in values.items())
    if max(values.values()) <= SURE:
        return Verdict("natural clusters", f"Better separated than every null ({told}).")
    if min(values.values()) <= SURE:
        return Verdict("a partition of a continuum", f"Beyond some nulls and not others ({told}).")
    return Verdict("no structure", f"Data without segments is separated as well ({told}).")
