"""How separated segments are: the knife plot, and what the same method reaches where there are none."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import MOST_DRAWN_CUSTOMERS, Reference, choose_even_ranks
from segmentlab.flow import Picture
from segmentlab.report.layout import (
    ACCENT,
    DEFAULT_HEIGHT,
    FAINT_INK,
    FIGURE_LEGEND,
    HUES,
    INK,
    NOISE_SEGMENT,
    choose_colour,
    make_figure,
)
from segmentlab.report.wording import wrap_label

# What the same method reaches on data without segments, beside what it reached here.


NULL_BINS: Final = 10
NULL_NAMES: Final = {
    "gaussian": "one cloud, same covariance",
    "permuted": "shuffled columns",
    "copula": "same values, same rank correlation",
}


def draw_nulls(references: Mapping[str, Reference]) -> Picture:
    """A histogram for each kind of data without segments, and a line where the run's silhouette is."""
    observed = next(iter(references.values())).observed
    drawn = len(next(iter(references.values())).reached)
    return Picture(
        name="nulls",
        title="Is there more than in data without segments?",
        caption=f"Silhouettes that the same method reaches on {drawn} data sets without segments, of each "
        f"of {len(references)} kinds. The upright line is the silhouette on this data: left of a histogram "
        "or in it, the method finds as much where there is nothing to find.",
        figure=make_figure(
            [
                _draw_null_outline(null, one, hue)
                for (null, one), hue in zip(references.items(), HUES, strict=False)
            ],
            showlegend=True,
            legend=FIGURE_LEGEND,
            xaxis={"title": {"text": "silhouette"}},
            yaxis={"title": {"text": "data sets"}},
            shapes=[_draw_observed_line(observed)],
        ),
    )


def _draw_null_outline(null: str, reference: Reference, hue: str) -> go.Scatter:
    """The histogram of one null as an outline, so that several can lie over each other."""
    counts, edges = np.histogram(reference.reached, bins=NULL_BINS)
    return go.Scatter(
        mode="lines",
        name=f"{NULL_NAMES[null]}, p={reference.p_value:.3g}",
        x=np.repeat(edges, 2),
        y=[0, *np.repeat(counts, 2), 0],
        line={"color": hue, "width": 2},
        hovertemplate="silhouette %{x:.3f}<extra></extra>",
    )


def _draw_observed_line(observed: float) -> dict[str, object]:
    style, places = {"color": ACCENT, "width": 2}, {"xref": "x", "yref": "y domain"}
    return {"type": "line", "x0": observed, "x1": observed, "y0": 0, "y1": 1, **places, "line": style}


KNIFE_ROW_HEIGHT = 48
KNIFE_GAP = 0.02  # between two knives, as a share of all customers


class Knife(NamedTuple):
    """One segment: its silhouettes from best to worst, and where each is drawn."""

    segment: int
    mean: float
    silhouettes: np.ndarray
    positions: np.ndarray


def build_silhouette_knives(silhouettes: pd.DataFrame, limit: int = MOST_DRAWN_CUSTOMERS) -> list[Knife]:
    """Lay the segments out one under the other, without noise, which has no silhouette.

    A knife with more customers than its share of `limit` is drawn through evenly spaced ranks: its
    outline is the same.
    """
    scored = silhouettes[silhouettes["segment"] != NOISE_SEGMENT]
    share_drawn = min(1.0, limit / len(scored)) if len(scored) else 1.0
    start, result = 0.0, []
    for segment in np.sort(scored["segment"].unique()):
        ranked = np.sort(scored.loc[scored["segment"] == segment, "silhouette"])[::-1]
        ranks = choose_even_ranks(len(ranked), max(1, int(len(ranked) * share_drawn)))
        result.append(Knife(int(segment), float(ranked.mean()), ranked[ranks], start + ranks))
        start += len(ranked) + KNIFE_GAP * len(scored)
    return result


def draw_silhouette_plot(silhouettes: pd.DataFrame, profile: pd.DataFrame) -> Picture:
    """One knife per segment, and the mean over all customers as a line."""
    blades = build_silhouette_knives(silhouettes)
    names = profile["name"].map(wrap_label)
    scored = silhouettes.loc[silhouettes["segment"] != NOISE_SEGMENT, "silhouette"]
    plot = make_figure(
        [_draw_blade(blade) for blade in blades],
        xaxis={"title": {"text": "silhouette"}, "zeroline": True, "zerolinecolor": FAINT_INK},
        yaxis={
            "tickvals": [(blade.positions[0] + blade.positions[-1]) / 2 for blade in blades],
            "ticktext": [f"{names[blade.segment]}  {blade.mean:.2f}" for blade in blades],
            "range": [max((blade.positions[-1] for blade in blades), default=1) + 1, 0],
            "showgrid": False,
        },
        height=max(DEFAULT_HEIGHT, KNIFE_ROW_HEIGHT * len(blades)),
    )
    plot.add_vline(scored.mean(), line={"color": INK, "width": 1.5, "dash": "dash"})
    return Picture(
        name="silhouette_plot",
        title="How well customers sit in their segments",
        caption="The customers of each segment from the best to the worst placed, with the segment's mean "
        "beside its name. Left of zero a customer is closer to another segment. The dashed line is the "
        f"mean of all, {scored.mean():.3f}." + _describe_scored_share(len(scored), profile),
        figure=plot,
    )


def _describe_scored_share(scored: int, profile: pd.DataFrame) -> str:
    total = int(profile.drop(index=NOISE_SEGMENT, errors="ignore")["customers"].sum())
    return "" if scored == total else f" Measured on {scored:,} of {total:,} customers."


def _draw_blade(blade: Knife) -> go.Scatter:
    shade = choose_colour(blade.segment)
    return go.Scatter(
        mode="lines",
        x=blade.silhouettes.astype("float32"),  # no screen shows more, and a page weighs half
        y=blade.positions.astype("float32"),
        fill="tozerox",
        fillcolor=shade,
        line={"color": shade, "width": 1},
        hovertemplate="%{x:.2f}<extra></extra>",
    )
