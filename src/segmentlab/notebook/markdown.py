"""Numbers and tables as a note shows them."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd


def markdown(table: pd.DataFrame) -> str:
    """A table of text. What comes from data can't end a cell or become a tag."""
    rows = [list(map(str, table.columns)), ["-"] * len(table.columns), *table.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in rows)


def number(value: Any, digits: int | None) -> str:  # noqa: ANN401  (whatever a run has logged)
    """A number with so many decimals, whole ones without, or as it was written; a dash for a missing one."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, str | bool):
        return str(value)
    if digits is None:
        return f"{value:,}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.{digits}f}"


def matches(published: Sequence[Any], values: Sequence[Any]) -> list[bool]:
    """For each published number: whether ours is the same, as far as it was written."""
    pairs = zip(published, values, strict=True)
    return [_same(theirs, ours) for theirs, ours in pairs if theirs is not None]


def agreement_sentence(agreed: Sequence[bool]) -> str:
    """How many published numbers were met; nothing where none was published."""
    if not agreed:
        return ""
    told = f"all {len(agreed)}" if all(agreed) else f"{sum(agreed)} of {len(agreed)}"
    return f"\n\nPublished and repeated agree in {told} figures."


def _same(theirs: Any, ours: Any) -> bool:  # noqa: ANN401  (numbers, or words)
    if isinstance(theirs, str) or ours is None:
        return str(theirs) == str(ours)
    decimals = len(str(theirs).partition(".")[2])
    return math.isclose(round(float(ours), decimals), theirs, abs_tol=10**-decimals / 1e6)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
