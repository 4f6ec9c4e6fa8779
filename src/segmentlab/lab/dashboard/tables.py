"""Tables as the dashboard shows them, and files to take away that are safe in a spreadsheet."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from segmentlab.lab.dashboard.trouble import escape_markdown
from segmentlab.lab.tracking import defuse_table
from segmentlab.report import ReportTable

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

MOST_SHOWN: Final = 1_000  # rows of a table; the file to download has all of them
MOST_DOWNLOADED: Final = 200_000  # rows that a browser is handed: more are a matter for segmentlab score


def money_column() -> "ColumnConfig":
    """Whole amounts with separators."""
    return st.column_config.NumberColumn(format="localized", step=1)


def show_table(
    frame: pd.DataFrame,
    columns: "Mapping[str, ColumnConfig] | None" = None,
    shares: Collection[str] = (),
) -> None:
    """The first rows, with the whole width of the page; `shares` are percentages, written as in a report."""
    first = frame.head(MOST_SHOWN)
    first = first.assign(**{name: 100 * first[name] for name in shares})
    percent = dict.fromkeys(shares, st.column_config.NumberColumn(format="%.1f %%"))
    st.dataframe(first, hide_index=True, width="stretch", column_config={**percent, **(columns or {})})
    if len(frame) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN:,} of {len(frame):,} are shown.")


def show_report_table(table: ReportTable) -> None:
    """A table as the report has it, under its title."""
    if table.title:
        st.markdown(f"**{escape_markdown(table.title)}**")
    show_table(pd.DataFrame(table.rows, columns=pd.Index(table.headings)))


def offer_download(frame: pd.DataFrame, name: str, label: str) -> None:
    """A button for the table as CSV; nothing in it runs as a formula."""
    st.download_button(
        label,
        data=lambda: write_csv(frame),
        file_name=name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    if len(frame) > MOST_DOWNLOADED:
        st.caption(f"The file has the first {MOST_DOWNLOADED:,} of {len(frame):,}.")


def write_csv(frame: pd.DataFrame) -> bytes:
    """The table as it is downloaded, made when somebody asks for it; spreadsheets know UTF-8 by its mark."""
    return defuse_table(frame.head(MOST_DOWNLOADED)).to_csv(index=False).encode("utf-8-sig")
