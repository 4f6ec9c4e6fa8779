"""Customers by when they last bought and how often: many or few, and which segment they are in."""

from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.layout import FIGURE_LEGEND, PAPER, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_count, format_percent

MAP_BINS: Final = 16  # along each axis, of equal width on a logarithmic scale
LARGEST_BUBBLE: Final = 36  # pixels across
SMALLEST_BUBBLE: Final = 4


def count_recency_frequency_cells(customers: pd.DataFrame, labels: pd.Series, as_of: date) -> pd.DataFrame:
    """A row per cell in which there are customers.

    `recency` (days) and `frequency` (orders) are the middle of the cell's customers, `segment` is the
    one that most of them are in and `share` how many of them that are; `revenue` is their mean, where
    there is revenue.
    """
    known = customers.reindex(labels.index).assign(segment=labels)
    known = known[known["orders"].fillna(0) > 0]
    recency = (pd.Timestamp(as_of) - pd.to_datetime(known["last"])).dt.days
    known = known.assign(recency=recency, frequency=known["orders"])
    places = [_choose_bins(known["recency"]), _choose_bins(known["frequency"])]
    sizes = known.groupby([*places, known["segment"].to_numpy()]).size()
    most = (
        sizes.sort_values(ascending=False, kind="stable").groupby(level=[0, 1]).head(1).reset_index(level=2)
    )
    cell = known.groupby(places)
    measures = [name for name in ("recency", "frequency", "revenue") if name in known]
    table = cell[measures].agg({name: "mean" if name == "revenue" else "median" for name in measures})
    table["customers"] = cell.size()
    table["segment"] = most["level_2"]
    table["share"] = most[0] / table["customers"]
    return table.reset_index(drop=True)


def draw_recency_frequency_map(drawn: pd.DataFrame, profile: pd.DataFrame) -> Picture:
    """A bubble per cell: as large as it has customers, in the colour of the segment most are in."""
    segments = [segment for segment in profile.index if (drawn["segment"] == segment).any()]
    names = profile["name"].map(escape_label)
    largest = float(drawn["customers"].max())
    hidden = [name for segment, name in names.items() if segment not in segments]
    return Picture(
        name="recency_frequency_map",
        title="When customers last bought, and how often",
        caption=f"{format_count(drawn['customers'].sum())} customers in cells of equal width on logarithmic "
        "axes. The area of a bubble is its number of customers (the smallest are drawn larger, to be seen), "
        "its colour the segment that most of them are in. Recent and frequent buyers are at the upper left."
        + (f" Nowhere the most: {', '.join(hidden)}." if hidden else ""),
        figure=make_figure(
            [
                _draw_bubbles(int(segment), drawn[drawn["segment"] == segment], names[segment], largest)
                for segment in segments
            ],
            xaxis={
                "title": {"text": "days since the last purchase"},
                "type": "log",
                **_list_bin_ticks(drawn["recency"]),
            },
            yaxis={"title": {"text": "orders"}, "type": "log", **_list_bin_ticks(drawn["frequency"])},
            showlegend=True,
            legend=FIGURE_LEGEND,
            height=540,
        ),
    )


def _choose_bins(values: pd.Series) -> npt.NDArray[np.int64]:
    edges = np.geomspace(values.min(), values.max() + 1, MAP_BINS + 1)
    return np.digitize(values, edges[1:-1])


def _list_bin_ticks(values: pd.Series) -> dict[str, object]:
    marks = [mark for mark in (1, 3, 10, 30, 100, 300, 1_000, 3_000) if mark <= values.max()]
    ends = np.log10([values.min() / 1.4, values.max() * 1.4]).tolist()
    return {"tickvals": marks, "ticktext": [format_count(mark) for mark in marks], "range": ends}


def _draw_bubbles(segment: int, own: pd.DataFrame, name: str, largest: float) -> go.Scatter:
    across = np.maximum(LARGEST_BUBBLE * np.sqrt(own["customers"] / largest), SMALLEST_BUBBLE)
    return go.Scatter(
        mode="markers",
        name=name,
        x=own["recency"],
        y=own["frequency"],
        marker={
            "color": choose_colour(segment),
            "size": across.round(1),
            "opacity": 0.85,
            "line": {"color": PAPER, "width": 1},
        },
        customdata=[_describe_cell(row) for row in own.to_dict("records")],
        hovertemplate="%{customdata} %{fullData.name}<extra></extra>",
    )


def _describe_cell(row: dict[Any, Any]) -> str:
    worth = f", {format_amount(row['revenue'])} each" if "revenue" in row else ""
    return f"{format_count(row['customers'])} customers{worth}<br>{format_percent(row['share'])} in"
