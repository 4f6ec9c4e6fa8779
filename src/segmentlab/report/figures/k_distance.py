"""How near the neighbours are, and the radius that parts dense from sparse."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.figures.sampling import evenly
from segmentlab.report.layout import figure
from segmentlab.report.palette import ACCENT, HUES
from segmentlab.report.picture import Picture
from segmentlab.report.wording import amount, percent

DRAWN_POINTS = 1_000


def curve(distances: npt.NDArray[np.float64], limit: int = DRAWN_POINTS) -> pd.DataFrame:
    """The share of customers who have so many neighbours within a distance, at evenly spaced ranks."""
    ranks = evenly(len(distances), limit)
    return pd.DataFrame({"share": (ranks + 1) / len(distances), "distance": distances[ranks]})


def k_distance(distances: npt.NDArray[np.float64], neighbours: int, eps: float, chosen: bool) -> Picture:
    """The rising distances, and `eps` as a line that was `chosen` from them or given."""
    drawn = curve(distances)
    core = float(np.mean(distances <= eps))
    plot = figure(
        [
            go.Scatter(
                mode="lines",
                x=drawn["share"],
                y=drawn["distance"],
                line={"color": ACCENT, "width": 2},
                hovertemplate="%{x:.1%} of customers: %{y:.3g} or less<extra></extra>",
            )
        ],
        xaxis={"title": {"text": "customers, the densest first"}, "tickformat": ".0%", "range": [0, 1]},
        yaxis={"title": {"text": f"distance that holds {neighbours} customers"}, "rangemode": "tozero"},
    )
    plot.add_hline(eps, line={"color": HUES[5], "width": 1.5, "dash": "dash"})
    origin = (
        "chosen where the curve lies farthest below the straight line between its ends"
        if chosen
        else "as it was given"
    )
    return Picture(
        name="k_distance",
        title="How near is near?",
        caption=f"The distance around each customer that holds {neighbours} customers, itself included, in "
        f"rising order. The dashed line is eps = {amount(eps)}, {origin}: the {percent(core)} of customers "
        "below it are core points. A sharp bend speaks for one radius, a steady rise for no radius that "
        "suits all.",
        figure=plot,
    )
