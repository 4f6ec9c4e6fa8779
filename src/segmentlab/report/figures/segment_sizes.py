"""How many customers each segment holds, beside how much money it brings where that is known."""

import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.layout import DEFAULT_HEIGHT, choose_colour, make_figure
from segmentlab.report.wording import format_percent, wrap_label

SIZE_ROW_HEIGHT = 58
TEXT_ROOM = 2.3  # of the longest bar: on a phone its words are longer than it is


def compute_size_shares(profile: pd.DataFrame) -> pd.DataFrame:
    """Give the share of customers and of revenue per segment, between 0 and 1, with the name to show."""
    columns = {"customer_share": "customers", "revenue_share": "revenue"}
    known = profile.filter([*columns]).rename(columns=columns)
    known.insert(0, "name", profile["name"].map(wrap_label))
    return known


def draw_segment_sizes(profile: pd.DataFrame) -> Picture:
    """Two bars per segment: a pale one for its customers, a full one for its revenue."""
    data = compute_size_shares(profile)
    measures = [name for name in ("customers", "revenue") if name in data]
    return Picture(
        name="segment_sizes",
        title=f"{' and '.join(measures).capitalize()} by segment",
        caption="Share of all customers (pale) beside share of all revenue (full). A segment whose full "
        "bar is longer brings more than its size."
        if "revenue" in data
        else "Share of all customers. What they bring is not known: the data has no transactions.",
        figure=make_figure(
            [
                _draw_size_bars(data, name, opacity)
                for name, opacity in zip(measures, (0.4, 1.0), strict=False)
            ],
            bargap=0.3,
            xaxis={
                "tickformat": ".0%",
                "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1],
                "range": [0, TEXT_ROOM * data[measures].max().max()],
            },
            yaxis={
                "tickvals": list(range(len(data))),
                "ticktext": data["name"].tolist(),
                "range": [len(data) - 0.5, -0.5],
                "showgrid": False,
            },
            height=max(DEFAULT_HEIGHT, SIZE_ROW_HEIGHT * len(data)),
        ),
    )


def _draw_size_bars(data: pd.DataFrame, measure: str, opacity: float) -> go.Bar:
    return go.Bar(
        orientation="h",
        name=measure,
        x=data[measure],
        y=list(range(len(data))),
        marker={"color": [choose_colour(segment) for segment in data.index], "opacity": opacity},
        text=[f"{format_percent(share)} of {measure}" for share in data[measure]],
        textposition="outside",
        cliponaxis=False,
        customdata=data["name"],
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
    )
