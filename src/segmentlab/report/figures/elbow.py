"""The elbow: how the spread within segments falls with their number, here and where there are none."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import ACCENT, HUES, INK
from segmentlab.report.picture import Picture


def falls(scan: pd.DataFrame) -> pd.DataFrame:
    """Inertia per k as a share of that at the first k: `here`, and in a `box` without any segments.

    The gap statistic is the difference between the logarithms of the two, so where it was drawn the
    curve of the box follows from it.
    """
    table = pd.DataFrame({"k": scan["k"], "here": scan["inertia"] / scan["inertia"].iloc[0]})
    if "gap" in scan:
        boxed = scan["inertia"] * np.exp(scan["gap"])
        table["box"] = boxed / boxed.iloc[0]
    return table


def elbow(scan: pd.DataFrame, chosen: int) -> Picture:
    """Inertia over k, with the number of segments that was chosen."""
    table = falls(scan)
    boxed = "box" in table
    plot = figure(
        [
            _line(table["k"], table["here"], "these customers", ACCENT),
            *(
                [_line(table["k"], table["box"], "a box without segments", HUES[1], dash="dot")]
                if boxed
                else []
            ),
        ],
        xaxis={"title": {"text": "number of segments"}, "tickvals": table["k"].tolist(), "showgrid": False},
        yaxis={
            "title": {"text": f"inertia, that at {table['k'].iloc[0]} is 100 %"},
            "tickformat": ".0%",
            "rangemode": "tozero",
        },
        showlegend=boxed,
        legend=LEGEND,
    )
    plot.add_vline(chosen, line={"color": INK, "width": 1.5, "dash": "dash"})
    return Picture(
        name="elbow",
        title="The elbow",
        caption="Inertia, the squared distances of customers to the middle of their segment: it falls with "
        f"every segment added. The dashed line is the {chosen} chosen. The elbow is no decision: data "
        "without any segments bends as well"
        + (", as the dotted curve shows; what would count is a bend that it has not." if boxed else ".")
        + f" Tried on {scan['customers'].iloc[0]:,} customers.",
        figure=plot,
    )


def _line(ks: pd.Series, shares: pd.Series, name: str, shade: str, dash: str = "solid") -> go.Scatter:
    return go.Scatter(
        mode="lines+markers",
        name=name,
        x=ks,
        y=shares,
        line={"color": shade, "width": 2, "dash": dash},
        marker={"color": shade, "size": 7},
        hovertemplate="%{x} segments: %{y:.1%}<extra></extra>",
    )
