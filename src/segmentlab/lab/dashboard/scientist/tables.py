"""Numbers with their intervals, and lists of names, as one reads them in a table."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from segmentlab.evaluation import Measure
from segmentlab.report import format_count, format_percent

SHARE: Final = "share"
COUNT: Final = "count"


def format_metric(measure: Measure, metrics: Mapping[str, float]) -> str:
    """Its value with the interval that it has; nothing where it was not measured."""
    name, low, high = measure.names
    if name not in metrics:
        return ""
    told = _format_value(measure, metrics[name])
    if low in metrics and high in metrics:
        told += f" ({_format_value(measure, metrics[low])} to {_format_value(measure, metrics[high])})"
    return told


def _format_value(measure: Measure, value: float) -> str:
    if pd.isna(value):
        return ""
    if measure.unit == SHARE:
        return format_percent(value)
    return format_count(value) if measure.unit == COUNT else f"{value:.3f}"


def shorten_list(names: Sequence[str], most: int = 4) -> str:
    """The first of several names, and how many more there are."""
    told = ", ".join(names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most} more"
