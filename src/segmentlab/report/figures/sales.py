"""Sales month by month: what came in and went back, and what each segment brought."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.layout import ACCENT, FIGURE_LEGEND, HUES, choose_colour, make_figure
from segmentlab.report.wording import escape_label

# Months as whole numbers, which can be subtracted.


MonthNumbers = npt.NDArray[np.int64]


def number_months(months: pd.Series) -> MonthNumbers:
    """Months since the year 0."""
    dates = pd.to_datetime(months).dt
    return np.asarray(dates.year * 12 + dates.month - 1, dtype=np.int64)


def find_last_complete_month(as_of: date) -> int:
    """The last month of which every day lies before `as_of`."""
    last_day = as_of - timedelta(days=1)
    current = last_day.year * 12 + last_day.month - 1
    return current if as_of.day == 1 else current - 1


def name_month(number: int) -> str:
    """A month as `2011-03`."""
    return f"{number // 12}-{number % 12 + 1:02d}"


# What came in and what went back, month by month.


def sum_monthly_sales(months: pd.DataFrame) -> pd.DataFrame:
    """Give sales and returns per month (`2011-03`), months without lines included."""
    periods = pd.PeriodIndex(pd.to_datetime(months["month"]), freq="M")
    every = pd.period_range(periods.min(), periods.max(), freq="M")
    table = months.set_index(periods)[["sales", "returns"]].reindex(every, fill_value=0.0)
    return table.rename_axis("month").reset_index().assign(month=[str(month) for month in every])


def draw_sales_over_time(months: pd.DataFrame) -> Picture:
    """A bar up for sales, a bar down for returns."""
    data = sum_monthly_sales(months)
    traces = [
        go.Bar(name=name, x=data["month"], y=data[name], marker={"color": colour})
        for name, colour in (("sales", ACCENT), ("returns", HUES[5]))
    ]
    return Picture(
        name="sales_over_time",
        title="Sales over time",
        caption="Value of lines per month, before cleaning: sales upwards, returns and cancellations "
        "downwards. The first and the last month may be cut short.",
        figure=make_figure(traces, xaxis={"type": "category"}, showlegend=True),
    )


MOST_MONTH_TICKS: Final = 12


def sum_segment_revenue(months: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Months in rows (`2011-03`), those without sales included, segments in columns."""
    numbers = pd.Series(number_months(months["month"]), index=months.index)
    own = months["customer_id"].map(labels)
    table = months["revenue"].groupby([numbers, own]).sum().unstack(fill_value=0)  # noqa: PD010
    every = range(int(numbers.min()), int(numbers.max()) + 1)
    table = table.reindex(index=every, columns=np.sort(labels.unique()), fill_value=0.0)
    return table.set_axis([name_month(number) for number in every]).rename_axis(
        index="month", columns="segment"
    )


def draw_sales_by_segment(
    months: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame, as_of: date
) -> Picture:
    """A line per segment; its last piece is dotted where the last month is not over."""
    table = sum_segment_revenue(months, labels)
    unfinished = bool(table.index[-1] > name_month(find_last_complete_month(as_of)))
    whole = table.iloc[: len(table) - 1] if unfinished and len(table) > 1 else table
    names, segments = profile["name"].map(escape_label), profile.index.tolist()
    return Picture(
        name="sales_by_segment",
        title="Sales over time by segment",
        caption="Revenue per month of the customers who are in each segment today, after cleaning. Who is "
        "in a segment was decided by all of these months: that a segment of recent buyers rises at the end "
        "is what it means, not what it did."
        + (f" {table.index[-1]} ends on {as_of} and is not complete: dotted." if unfinished else ""),
        figure=make_figure(
            [
                *(_draw_sales_line(segment, whole[segment], names[segment]) for segment in segments),
                *(_draw_last_month(segment, table[segment]) for segment in segments if unfinished),
            ],
            xaxis={**_list_month_ticks(table.index.tolist()), "showgrid": False},
            yaxis={"title": {"text": "revenue"}, "tickformat": ",.0f", "rangemode": "tozero"},
            showlegend=True,
            legend=FIGURE_LEGEND,
        ),
    )


def _list_month_ticks(months: list[str]) -> dict[str, object]:
    """A name every few months, the same month of each year where there are years."""
    step = next((step for step in (1, 2, 3, 6) if len(months) <= step * MOST_MONTH_TICKS), 12)
    places = list(range(0, len(months), step))
    return {"tickvals": places, "ticktext": [months[place] for place in places]}


def _draw_sales_line(segment: int, revenue: pd.Series, name: str) -> go.Scatter:
    return go.Scatter(
        mode="lines",
        name=name,
        legendgroup=str(segment),
        x=list(range(len(revenue))),
        y=revenue.round(2),
        line={"color": choose_colour(segment), "width": 3},
        text=revenue.index.tolist(),
        hovertemplate="%{fullData.name}<br>%{text}: %{y:,.0f}<extra></extra>",
    )


def _draw_last_month(segment: int, revenue: pd.Series) -> go.Scatter:
    """The way from the last complete month to the last."""
    return go.Scatter(
        mode="lines",
        showlegend=False,
        legendgroup=str(segment),
        x=list(range(len(revenue)))[-2:],
        y=revenue.round(2).iloc[-2:],
        line={"color": choose_colour(segment), "width": 3, "dash": "dot"},
        hovertemplate="not complete: %{y:,.0f}<extra></extra>",
    )
