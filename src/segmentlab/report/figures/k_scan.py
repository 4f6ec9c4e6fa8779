"""How the usual scores change with the number of segments."""

from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from segmentlab.report.layout import TEMPLATE
from segmentlab.report.palette import ACCENT, HUES, INK
from segmentlab.report.picture import Picture


class Score(NamedTuple):
    """One score over k. Inertia has no best k: it falls with every segment added."""

    column: str
    title: str
    better: str


SCORES = (
    Score("inertia", "Inertia, the elbow", "none"),
    Score("silhouette", "Silhouette", "highest"),
    Score("davies_bouldin", "Davies-Bouldin", "lowest"),
    Score("calinski_harabasz", "Calinski-Harabasz", "highest"),
)


def favoured(k_scan: pd.DataFrame) -> dict[str, int]:
    """Find the k that each score likes best, for the scores that can like one and were measured."""
    best = {}
    for score in SCORES:
        measured = k_scan[["k", score.column]].dropna()
        if score.better != "none" and not measured.empty:
            values = measured[score.column].to_numpy()
            place = values.argmax() if score.better == "highest" else values.argmin()
            best[score.column] = int(measured["k"].to_numpy()[place])
    return best


def k_scan(scan: pd.DataFrame, chosen: int) -> Picture:
    """Four small panels over the same k, the chosen one marked in each."""
    best = favoured(scan)
    panels = make_subplots(
        2, 2, subplot_titles=[_heading(score, best) for score in SCORES], vertical_spacing=0.24
    )
    for place, score in enumerate(SCORES):
        row, col = place // 2 + 1, place % 2 + 1
        panels.add_trace(_line(scan, score), row=row, col=col)
        panels.add_vline(chosen, line={"color": HUES[5], "width": 1.5, "dash": "dash"}, row=row, col=col)
    panels.update_layout(template=TEMPLATE, height=560, margin={"t": 84})
    panels.update_xaxes(tickvals=scan["k"].tolist(), showgrid=False)
    panels.update_xaxes(title_text="number of segments", row=2)
    panels.update_annotations(font={"size": 13, "color": INK})
    return Picture(
        name="k_scan",
        title="How many segments?",
        caption=f"Four views over the number of segments; the dashed line is the {chosen} chosen. They may "
        "disagree, and none decides alone. The elbow is a plot, never a decision.",
        figure=panels,
    )


def _heading(score: Score, best: dict[str, int]) -> str:
    if score.column not in best:
        return f"<b>{score.title}</b><br>{'always falls' if score.better == 'none' else 'not measured'}"
    return f"<b>{score.title}</b><br>best at {best[score.column]} ({score.better})"


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
