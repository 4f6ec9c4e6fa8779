"""How large segments were when the model was made, and how large they are."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import ACCENT, NOISE_COLOUR
from segmentlab.report.picture import Picture
from segmentlab.report.wording import label, percent


def segment_drift(segments: pd.DataFrame, names: Mapping[int, str]) -> Picture:
    """Two bars per segment: the share of the customers then and now."""
    ordered = segments.sort_index()
    shown = [label(names[int(segment)], 24) for segment in ordered.index]
    bars = [
        go.Bar(
            x=shown,
            y=ordered[side],
            name=name,
            text=[percent(share) for share in ordered[side]],
            marker={"color": colour},
            hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
        )
        for side, name, colour in (("before", "the model's own", NOISE_COLOUR), ("after", "now", ACCENT))
    ]
    return Picture(
        name="segment_drift",
        title="How large segments were and are",
        caption="The share of customers in each segment: those that the model was made of, and those now.",
        figure=figure(
            bars,
            barmode="group",
            xaxis={"showgrid": False, "type": "category"},
            yaxis={"title": {"text": "share of customers"}, "tickformat": ".0%"},
            showlegend=True,
            legend=LEGEND,
        ),
    )
