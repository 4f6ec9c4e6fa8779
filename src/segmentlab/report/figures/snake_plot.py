"""The profile of each segment as a line over the features."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from segmentlab.features.contract import Column
from segmentlab.report.figures.profile_heatmap import profile_data
from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import FAINT_INK, colour, symbol
from segmentlab.report.picture import Picture
from segmentlab.report.wording import feature_names, label


def snake_plot(
    profile: pd.DataFrame, columns: Sequence[Column], prepared: pd.DataFrame, labels: pd.Series
) -> Picture:
    """The deviations of the profile heatmap as lines: segments that mirror each other are seen at once."""
    deviations = profile_data(profile, columns, prepared, labels).deviations
    names = [label(name, 24) for name in feature_names(columns)]
    return Picture(
        name="snake_plot",
        title="Profiles side by side",
        caption="The mean of each segment in standard deviations from the mean of all customers, on the "
        "scale that the model saw; 0 is the average customer. Where lines lie together a feature does not "
        "tell those segments apart. The lines only lead the eye: the order of the features means nothing.",
        figure=figure(
            [
                _line(segment, deviations.loc[segment], label(name))
                for segment, name in zip(profile.index.tolist(), profile["name"], strict=True)
            ],
            xaxis={"tickvals": list(range(len(names))), "ticktext": names, "side": "top"},
            yaxis={
                "title": {"text": "standard deviations"},
                "zeroline": True,
                "zerolinecolor": FAINT_INK,
                "showgrid": False,
            },
            showlegend=True,
            legend=LEGEND,
            height=500,
        ),
    )


def _line(segment: int, deviations: pd.Series, name: str) -> go.Scatter:
    shade = colour(segment)
    return go.Scatter(
        mode="lines+markers",
        name=name,
        x=list(range(len(deviations))),
        y=deviations,
        line={"color": shade, "width": 3},
        marker={"color": shade, "size": 9, "symbol": symbol(segment)},
        hovertemplate="%{fullData.name}: %{y:+.2f}<extra></extra>",
    )
