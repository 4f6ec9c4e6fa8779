"""Tables of the dashboard: those of the report, people to be downloaded, numbers with intervals."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from segmentlab.evaluation import Measure
from segmentlab.lab.tracking import defuse_table
from segmentlab.report import ReportTable, format_count, format_percent

SHARE: Final = "share"
COUNT: Final = "count"


def show_report_table(table: ReportTable) -> None:
    """A table as the report has it, under its title."""
    st.markdown(f"**{table.title}**" if table.title else "")
    st.dataframe(pd.DataFrame(table.rows, columns=pd.Index(table.headings)), hide_index=True, width="stretch")


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


def offer_download(people: pd.DataFrame, label: str, file_name: str) -> None:
    """A list of people as CSV, in which a spreadsheet computes nothing."""
    st.download_button(
        label,
        defuse_table(people).to_csv(index=False).encode("utf-8-sig"),
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
    )


def shorten_list(names: Sequence[str], most: int = 4) -> str:
    """The first of several names, and how many more there are."""
    told = ", ".join(names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most} more"
