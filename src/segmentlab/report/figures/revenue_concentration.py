"""How the money is spread over customers, and how much of that the segments tell."""

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import choose_even_ranks
from segmentlab.flow import Picture
from segmentlab.report.layout import (
    FAINT_INK,
    FIGURE_LEGEND,
    GRID_COLOUR,
    choose_colour,
    choose_symbol,
    make_figure,
)
from segmentlab.report.wording import escape_label, format_percent

DRAWN_CUSTOMERS: Final = 300
CONCENTRATION_SHARES: Final = ["customer_share", "revenue_share"]


class RevenueConcentration(NamedTuple):
    """Cumulative shares of customers and of revenue, beginning with those who bring most."""

    segments: pd.DataFrame  # a row per segment, the highest mean revenue first: shares, `_begin`, `_end`
    customers: pd.DataFrame  # the same customer by customer, at evenly spaced ranks


def compute_concentration(
    profile: pd.DataFrame, revenue: pd.Series, limit: int = DRAWN_CUSTOMERS
) -> RevenueConcentration | None:
    """Line up segments and customers by what they bring. None where nothing came in: it has no shares."""
    if revenue.sum() <= 0:
        return None
    worth = profile["revenue_share"] / profile["customer_share"]
    ranked = profile.loc[worth.sort_values(ascending=False, kind="stable").index]
    ranked = ranked[["name", *CONCENTRATION_SHARES]]
    ends = ranked[CONCENTRATION_SHARES].cumsum()
    pieces = ranked.join((ends - ranked[CONCENTRATION_SHARES]).add_suffix("_begin")).join(
        ends.add_suffix("_end")
    )
    falling = np.append(0.0, np.cumsum(np.sort(revenue.to_numpy(dtype=np.float64))[::-1]))
    ranks = choose_even_ranks(len(falling), limit)
    spread = {"customer_share": ranks / len(revenue), "revenue_share": falling[ranks] / falling[-1]}
    return RevenueConcentration(pieces, pd.DataFrame(spread))


def draw_revenue_concentration(found: RevenueConcentration) -> Picture:
    """A line piece per segment: as wide as its customers, as high as its revenue."""
    share = {"tickformat": ".0%", "range": [-0.01, 1.01], "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    return Picture(
        name="revenue_concentration",
        title="Revenue against customers",
        caption="Segments in the order of what a customer of theirs brings. A piece is as wide as the "
        "segment's share of customers and as high as its share of revenue: the steeper, the more each one "
        "is worth. On the dashed line everybody would bring the same. The grey curve lines customers up one "
        "by one: segments can't bend farther, and the nearer they come the more of the difference between "
        "customers they tell.",
        figure=make_figure(
            [
                _draw_concentration_line([0, 1], [0, 1], GRID_COLOUR, dash="dash"),
                _draw_concentration_line(
                    found.customers["customer_share"],
                    found.customers["revenue_share"],
                    FAINT_INK,
                ),
                *(_draw_segment_piece(row) for row in found.segments.reset_index().to_dict("records")),
            ],
            xaxis={"title": {"text": "share of customers, the most valuable first"}, **share},
            yaxis={"title": {"text": "share of revenue"}, **share, "range": [-0.01, _find_top_share(found)]},
            showlegend=True,
            legend=FIGURE_LEGEND,
            height=520,
        ),
    )


def _find_top_share(found: RevenueConcentration) -> float:
    """Above 1 where some customers brought less than nothing."""
    return max(1.01, 1.01 * float(found.customers["revenue_share"].max()))


def _draw_concentration_line(x: object, y: object, shade: str, dash: str = "solid") -> go.Scatter:
    return go.Scatter(
        mode="lines",
        showlegend=False,
        x=x,
        y=y,
        line={"color": shade, "width": 2, "dash": dash},
        hovertemplate="%{x:.1%} of customers bring %{y:.1%} of revenue<extra></extra>",
    )


def _draw_segment_piece(row: dict[Any, Any]) -> go.Scatter:
    name, shade = escape_label(row["name"]), choose_colour(row["segment"])
    said = (
        f"{format_percent(row['customer_share'])} of customers, "
        f"{format_percent(row['revenue_share'])} of revenue"
    )
    return go.Scatter(
        mode="lines+markers",
        name=name,
        x=[row["customer_share_begin"], row["customer_share_end"]],
        y=[row["revenue_share_begin"], row["revenue_share_end"]],
        line={"color": shade, "width": 5},
        marker={"color": shade, "size": 9, "symbol": choose_symbol(row["segment"])},
        hovertemplate=f"%{{fullData.name}}<br>{said}<extra></extra>",
    )
