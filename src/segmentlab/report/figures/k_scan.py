"""How the usual scores change with the number of segments."""

from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from segmentlab.evaluation.k_scan import agreement, choices
from segmentlab.report.layout import TEMPLATE
from segmentlab.report.palette import ACCENT, HUES, INK
from segmentlab.report.picture import Picture


class Score(NamedTuple):
    """One score over k. Inertia has no best k: it falls with every segment added."""

    column: str
    title: str
    better: str


SCORES = (
    Score("inertia", "Inertia, the elbow", "always falls"),
    Score("silhouette", "Silhouette", "highest"),
    Score("davies_bouldin", "Davies-Bouldin", "lowest"),
    Score("calinski_harabasz", "Calinski-Harabasz", "highest"),
    Score("stability", "Stability, mean Jaccard", "highest"),
    Score("prediction_strength", "Prediction strength", "largest above 0.8"),
    Score("gap", "Gap", "its rule"),
    Score("null", "Silhouette of one cloud", "farthest below the silhouette"),
)


def k_scan(scan: pd.DataFrame, chosen: int) -> Picture:
    """A small panel for each score over the same k, the chosen one marked in each."""
    best = choices(scan)
    shown = [score for score in SCORES if score.column in scan]
    rows = len(shown) // 2
    panels = make_subplots(
        rows, 2, subplot_titles=[_heading(score, best) for score in shown], vertical_spacing=0.48 / rows
    )
    for place, score in enumerate(shown):
        row, col = place // 2 + 1, place % 2 + 1
        panels.add_trace(_line(scan, score), row=row, col=col)
        panels.add_vline(chosen, line={"color": HUES[5], "width": 1.5, "dash": "dash"}, row=row, col=col)
    panels.update_layout(template=TEMPLATE, height=280 * rows, margin={"t": 84})
    panels.update_xaxes(tickvals=scan["k"].tolist(), showgrid=False)
    panels.update_xaxes(title_text="number of segments", row=rows)
    panels.update_annotations(font={"size": 13, "color": INK})
    return Picture(
        name="k_scan",
        title="How many segments?",
        caption=f"Views over the number of segments; the dashed line is the {chosen} chosen. "
        f"{agreement(best)} None decides alone, and the elbow is a plot, never a decision. Every number was "
        f"tried on {scan['customers'].iloc[0]:,} customers.",
        figure=panels,
    )


def _heading(score: Score, best: dict[str, int]) -> str:
    if score.column not in best:
        chooses_none = score.better if score.column == "inertia" else "chooses none"
        return f"<b>{score.title}</b><br>{chooses_none}"
    return f"<b>{score.title}</b><br>chooses {best[score.column]} ({score.better})"


def _line(scan: pd.DataFrame, score: Score) -> go.Scatter:
    return go.Scatter(
        mode="lines+markers",
        name=score.title,
        x=scan["k"],
        y=scan[score.column],
        line={"color": ACCENT, "width": 2},
        marker={"color": ACCENT, "size": 7},
        hovertemplate="%{x} segments: %{y:.4g}<extra></extra>",
    )
