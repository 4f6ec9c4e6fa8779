"""A value model held against what came: tenths of customers, and orders week by week through the cut-off."""

from datetime import date

import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.layout import FAINT_INK, FIGURE_LEGEND, HUES, make_figure
from segmentlab.report.wording import format_count

EXPECTED_HUE, HAPPENED_HUE = HUES[1], HUES[0]


def compute_tenth_shares(tenths: pd.DataFrame) -> pd.DataFrame:
    """The share of each tenth that was expected to order, and the share that did."""
    parts = tenths[["buyers_expected", "buyers"]].div(tenths["customers"], axis="index")
    return parts.set_axis(["expected", "happened"], axis="columns")


def draw_value_calibration(tenths: pd.DataFrame, cut: date, days: int) -> Picture:
    """Two bars for each tenth of the customers: how many were expected to order, and how many did."""
    data = compute_tenth_shares(tenths)
    sides = (("expected", EXPECTED_HUE), ("happened", HAPPENED_HUE))
    return Picture(
        name="value_calibration",
        title="Did as many order as were expected?",
        caption=f"Customers by what the value model of {cut} expected them to spend, in ten groups of equal "
        f"size, the least on the left: the share that was expected to order within {days} days, and the "
        "share that did. Bars that rise alike tell customers apart; bars of one height tell how many come.",
        figure=make_figure(
            [
                go.Bar(
                    name=name,
                    x=data.index.tolist(),
                    y=data[name].round(4),
                    marker={"color": hue},
                    hovertemplate=f"tenth %{{x}}: %{{y:.1%}} {name}<extra></extra>",
                )
                for name, hue in sides
            ],
            xaxis={"title": {"text": "tenth of customers"}, "tickvals": data.index.tolist()},
            yaxis={"tickformat": ".0%", "rangemode": "tozero"},
            showlegend=True,
            legend=FIGURE_LEGEND,
        ),
    )


def draw_value_tracking(weeks: pd.DataFrame, cut: date) -> Picture:
    """Two lines of repeat orders, expected and happened, and an upright line at the cut-off."""
    sides = (("expected", EXPECTED_HUE, "dash"), ("happened", HAPPENED_HUE, "solid"))
    last = weeks.iloc[-1]
    number = int((weeks["week"] <= pd.Timestamp(cut)).sum()) - 1
    return Picture(
        name="value_tracking",
        title="Repeat orders, week by week",
        caption="All repeat orders until the end of each week, of the customers who were known on "
        f"{cut}: what the law that was fitted on that day (the upright line) expects of them by their first "
        "day alone, and what happened. Right of the line it had seen nothing. At the end "
        f"{format_count(last['happened'])} happened, and {format_count(last['expected'])} were expected.",
        figure=make_figure(
            [
                go.Scatter(
                    mode="lines",
                    name=name,
                    x=list(range(len(weeks))),
                    y=weeks[name].round(1),
                    line={"color": hue, "width": 3, "dash": dash},
                    text=[f"{week.date()}" for week in weeks["week"]],
                    hovertemplate=f"%{{text}}: %{{y:,.0f}} {name}<extra></extra>",
                )
                for name, hue, dash in sides
            ],
            xaxis={**_list_week_ticks(weeks["week"]), "showgrid": False},
            yaxis={"title": {"text": "repeat orders"}, "tickformat": ",.0f", "rangemode": "tozero"},
            shapes=[_draw_cut_line(number)],
            showlegend=True,
            legend=FIGURE_LEGEND,
        ),
    )


def _list_week_ticks(weeks: pd.Series) -> dict[str, object]:
    places = list(range(0, len(weeks), max(len(weeks) // 6, 1)))
    return {"tickvals": places, "ticktext": [f"{weeks.iloc[place].date()}" for place in places]}


def _draw_cut_line(place: int) -> dict[str, object]:
    style, places = {"color": FAINT_INK, "width": 2}, {"xref": "x", "yref": "y domain"}
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, **places, "line": style}
