"""How much customers belong to their segments, and how far off they are."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from segmentlab.flow import Picture
from segmentlab.report.layout import DEFAULT_HEIGHT, FIGURE_TEMPLATE, INK, PAPER, choose_colour
from segmentlab.report.wording import escape_label

MEMBERSHIP_ROW_HEIGHT = 40
WHISKER_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MEMBERSHIP_TITLES = {"probability": "Membership", "outlier_score": "Outlier score"}


def compute_membership_spread(memberships: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A row per segment, noise among them, with the quantiles of one measure over its customers."""
    return memberships.groupby("segment")[measure].quantile(np.array(WHISKER_QUANTILES)).unstack()  # noqa: PD010


def draw_memberships(table: pd.DataFrame, profile: pd.DataFrame) -> Picture:
    """A row per segment: a thin line over nine tenths of its customers, a thick one over half, the median."""
    panels = make_subplots(
        1,
        2,
        subplot_titles=[f"<b>{title}</b>" for title in MEMBERSHIP_TITLES.values()],
        horizontal_spacing=0.06,
    )
    for col, measure in enumerate(MEMBERSHIP_TITLES, start=1):
        rows = compute_membership_spread(table, measure)
        for place, (segment, quantiles) in enumerate(zip(rows.index, rows.to_numpy(), strict=True)):
            for trace in _draw_whisker(int(segment), place, quantiles):
                panels.add_trace(trace, row=1, col=col)
    names = profile["name"].map(escape_label)[rows.index].tolist()
    panels.update_xaxes(range=[-0.02, 1.02])
    panels.update_yaxes(tickvals=list(range(len(names))), range=[len(names) - 0.5, -0.5], showgrid=False)
    panels.update_yaxes(ticktext=names, col=1)
    panels.update_yaxes(ticktext=[""] * len(names), col=2)
    panels.update_layout(
        template=FIGURE_TEMPLATE, height=max(DEFAULT_HEIGHT, 130 + MEMBERSHIP_ROW_HEIGHT * len(names))
    )
    panels.update_annotations(font={"size": 13, "color": INK})
    return Picture(
        name="memberships",
        title="How much customers belong",
        caption="Per segment the median, the middle half (thick) and nine tenths (thin) of its customers. "
        "Membership is 1 at the densest part of the segment and 0 for noise. The outlier score compares a "
        "customer with the densest part of its branch of the tree: near 1, it stands alone. "
        "tables/memberships.parquet has both for every customer.",
        figure=panels,
    )


def _draw_whisker(segment: int, place: int, quantiles: npt.NDArray[np.float64]) -> list[go.Scatter]:
    low, first, middle, third, high = quantiles
    shade = choose_colour(segment)
    return [
        _draw_whisker_line([low, high], place, shade, width=2),
        _draw_whisker_line([first, third], place, shade, width=14),
        go.Scatter(
            mode="markers",
            x=[middle],
            y=[place],
            marker={"color": INK, "size": 9, "line": {"color": PAPER, "width": 1}},
            hovertemplate="median %{x:.2f}<extra></extra>",
        ),
    ]


def _draw_whisker_line(ends: list[float], place: int, shade: str, width: float) -> go.Scatter:
    return go.Scatter(
        mode="lines",
        x=ends,
        y=[place, place],
        line={"color": shade, "width": width},
        hovertemplate="%{x:.2f}<extra></extra>",
    )
