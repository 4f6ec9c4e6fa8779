"""How well each customer sits in its segment: the knife plot."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.figures.sampling import DRAWN_AT_MOST
from segmentlab.report.layout import DEFAULT_HEIGHT, figure
from segmentlab.report.palette import FAINT_INK, INK, NOISE, colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import label

ROW_HEIGHT = 48
GAP = 0.02  # between two knives, as a share of all customers


class Knife(NamedTuple):
    """One segment: its silhouettes from best to worst, and where each is drawn."""

    segment: int
    mean: float
    silhouettes: np.ndarray
    positions: np.ndarray


def knives(silhouettes: pd.DataFrame, limit: int = DRAWN_AT_MOST) -> list[Knife]:
    """Lay the segments out one under the other, without noise, which has no silhouette.

    A knife with more customers than its share of `limit` is drawn through evenly spaced ranks: its
    outline is the same.
    """
    scored = silhouettes[silhouettes["segment"] != NOISE]
    share_drawn = min(1.0, limit / len(scored)) if len(scored) else 1.0
    start, result = 0.0, []
    for segment in np.sort(scored["segment"].unique()):
        ranked = np.sort(scored.loc[scored["segment"] == segment, "silhouette"])[::-1]
        ranks = np.linspace(0, len(ranked) - 1, max(1, int(len(ranked) * share_drawn))).round().astype(int)
        result.append(Knife(int(segment), float(ranked.mean()), ranked[ranks], start + ranks))
        start += len(ranked) + GAP * len(scored)
    return result


def silhouette_plot(silhouettes: pd.DataFrame, profile: pd.DataFrame) -> Picture:
    """One knife per segment, and the mean over all customers as a line."""
    blades = knives(silhouettes)
    names = profile["name"].map(label)
    scored = silhouettes.loc[silhouettes["segment"] != NOISE, "silhouette"]
    plot = figure(
        [_blade(blade) for blade in blades],
        xaxis={"title": {"text": "silhouette"}, "zeroline": True, "zerolinecolor": FAINT_INK},
        yaxis={
            "tickvals": [(blade.positions[0] + blade.positions[-1]) / 2 for blade in blades],
            "ticktext": [f"{names[blade.segment]}  {blade.mean:.2f}" for blade in blades],
            "range": [max((blade.positions[-1] for blade in blades), default=1) + 1, 0],
            "showgrid": False,
        },
        height=max(DEFAULT_HEIGHT, ROW_HEIGHT * len(blades)),
    )
    plot.add_vline(scored.mean(), line={"color": INK, "width": 1.5, "dash": "dash"})
    return Picture(
        name="silhouette_plot",
        title="How well customers sit in their segments",
        caption="The customers of each segment from the best to the worst placed, with the segment's mean "
        "beside its name. Left of zero a customer is closer to another segment. The dashed line is the "
        f"mean of all, {scored.mean():.3f}." + _stated(len(scored), profile),
        figure=plot,
    )


def _stated(scored: int, profile: pd.DataFrame) -> str:
    total = int(profile.drop(index=NOISE, errors="ignore")["customers"].sum())
    return "" if scored == total else f" Measured on {scored:,} of {total:,} customers."


def _blade(blade: Knife) -> go.Scatter:
    shade = colour(blade.segment)
    return go.Scatter(
        mode="lines",
        x=blade.silhouettes,
        y=blade.positions,
        fill="tozerox",
        fillcolor=shade,
        line={"color": shade, "width": 1},
        hovertemplate="%{x:.2f}<extra></extra>",
    )
