"""What the same method reaches on data without segments, beside what it reached here."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go

from segmentlab.evaluation.reference import Reference
from segmentlab.report.layout import figure
from segmentlab.report.palette import ACCENT, HUES
from segmentlab.report.picture import Picture

BINS: Final = 10
NAMES: Final = {
    "gaussian": "one cloud, same covariance",
    "permuted": "shuffled columns",
    "copula": "same values, same rank correlation",
}


def nulls(references: Mapping[str, Reference]) -> Picture:
    """A histogram for each kind of data without segments, and a line where the run's silhouette is."""
    observed = next(iter(references.values())).observed
    drawn = len(next(iter(references.values())).reached)
    return Picture(
        name="nulls",
        title="Is there more than in data without segments?",
        caption=f"Silhouettes that the same method reaches on {drawn} data sets without segments, of each "
        f"of {len(references)} kinds. The upright line is the silhouette on this data: left of a histogram "
        "or in it, the method finds as much where there is nothing to find.",
        figure=figure(
            [_outline(null, one, hue) for (null, one), hue in zip(references.items(), HUES, strict=False)],
            showlegend=True,
            margin={"r": 300},
            xaxis={"title": {"text": "silhouette"}},
            yaxis={"title": {"text": "data sets"}},
            shapes=[_line(observed)],
        ),
    )


def _outline(null: str, reference: Reference, hue: str) -> go.Scatter:
    """The histogram of one null as an outline, so that several can lie over each other."""
    counts, edges = np.histogram(reference.reached, bins=BINS)
    return go.Scatter(
        mode="lines",
        name=f"{NAMES[null]}, p={reference.p_value:.3g}",
        x=np.repeat(edges, 2),
        y=[0, *np.repeat(counts, 2), 0],
        line={"color": hue, "width": 2},
        hovertemplate="silhouette %{x:.3f}<extra></extra>",
    )


def _line(observed: float) -> dict[str, object]:
    style, places = {"color": ACCENT, "width": 2}, {"xref": "x", "yref": "y domain"}
    return {"type": "line", "x0": observed, "x1": observed, "y0": 0, "y1": 1, **places, "line": style}
