"""What each segment brought, month by month."""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.figures.months import last_complete, month_name, month_numbers
from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import label

MOST_TICKS: Final = 12


def revenue_by_month(months: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Months in rows (`2011-03`), those without sales included, segments in columns."""
    numbers = pd.Series(month_numbers(months["month"]), index=months.index)
    own = months["customer_id"].map(labels)
    table = months["revenue"].groupby([numbers, own]).sum().unstack(fill_value=0)  # noqa: PD010
    every = range(int(numbers.min()), int(numbers.max()) + 1)
    table = table.reindex(index=every, columns=np.sort(labels.unique()), fill_value=0.0)
    return table.set_axis([month_name(number) for number in every]).rename_axis(
        index="month", columns="segment"
    )


def sales_by_segment(months: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame, as_of: date) -> Picture:
    """A line per segment; its last piece is dotted where the last month is not over."""
    table = revenue_by_month(months, labels)
    unfinished = bool(table.index[-1] > month_name(last_complete(as_of)))
    whole = table.iloc[: len(table) - 1] if unfinished and len(table) > 1 else table
    names, segments = profile["name"].map(label), profile.index.tolist()
    return Picture(
        name="sales_by_segment",
        title="Sales over time by segment",
        caption="Revenue per month of the customers who are in each segment today, after cleaning. Who is "
        "in a segment was decided by all of these months: that a segment of recent buyers rises at the end "
        "is what it means, not what it did."
        + (f" {table.index[-1]} ends on {as_of} and is not complete: dotted." if unfinished else ""),
        figure=figure(
            [
                *(_line(segment, whole[segment], names[segment]) for segment in segments),
                *(_rest(segment, table[segment]) for segment in segments if unfinished),
            ],
            xaxis={**_ticks(table.index.tolist()), "showgrid": False},
            yaxis={"title": {"text": "revenue"}, "tickformat": ",.0f", "rangemode": "tozero"},
            showlegend=True,
            legend=LEGEND,
        ),
    )


def _ticks(months: list[str]) -> dict[str, object]:
    """A name every few months, the same month of each year where there are years."""
    step = next((step for step in (1, 2, 3, 6) if len(months) <= step * MOST_TICKS), 12)
    places = list(range(0, len(months), step))
    return {"tickvals": places, "ticktext": [months[place] for place in places]}


def _line(segment: int, revenue: pd.Series, name: str) -> go.Scatter:
    return go.Scatter(
        mode="lines",
        name=name,
        legendgroup=str(segment),
        x=list(range(len(revenue))),
        y=revenue.round(2),
        line={"color": colour(segment), "width": 3},
        text=revenue.index.tolist(),
        hovertemplate="%{fullData.name}<br>%{text}: %{y:,.0f}<extra></extra>",
    )


def _rest(segment: int, revenue: pd.Series) -> go.Scatter:
    """The way from the last complete month to the last."""
    return go.Scatter(
        mode="lines",
        showlegend=False,
        legendgroup=str(segment),
        x=list(range(len(revenue)))[-2:],
        y=revenue.round(2).iloc[-2:],
        line={"color": colour(segment), "width": 3, "dash": "dot"},
        hovertemplate="not complete: %{y:,.0f}<extra></extra>",
    )
