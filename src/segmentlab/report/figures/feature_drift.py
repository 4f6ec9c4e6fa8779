"""How far each feature has moved from the model's own customers."""

from typing import Final, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import DEFAULT_HEIGHT, figure
from segmentlab.report.palette import ACCENT
from segmentlab.report.picture import Picture
from segmentlab.report.wording import amount, label

SHOWN: Final = 30
ROW_HEIGHT: Final = 28


class GapData(NamedTuple):
    """The features that moved most, the farthest last: a figure is drawn from below."""

    names: list[str]
    gaps: list[float]


def gap_data(features: pd.DataFrame) -> GapData:
    """The largest gaps."""
    shown = features.nlargest(SHOWN, "gap").iloc[::-1]
    return GapData(shown["feature"].tolist(), shown["gap"].tolist())


def feature_drift(features: pd.DataFrame) -> Picture:
    """One bar per feature."""
    data = gap_data(features)
    bars = go.Bar(
        x=data.gaps,
        y=[label(name) for name in data.names],
        orientation="h",
        text=[amount(gap) for gap in data.gaps],
        marker={"color": ACCENT},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    left_out = len(features) - len(data.names)
    others = f" {left_out} features that moved less are in features.csv." if left_out else ""
    return Picture(
        name="feature_drift",
        title="How far features have moved",
        caption="The largest gap between the cumulative shares of the model's own customers and of those "
        f"now: 0 is the same distribution, 1 is no overlap.{others}",
        figure=figure(
            [bars],
            xaxis={"title": {"text": "gap"}, "range": [0, min(1.0, 1.2 * max(data.gaps) + 0.05)]},
            yaxis={"showgrid": False},
            height=max(DEFAULT_HEIGHT // 2, ROW_HEIGHT * len(data.names) + 120),
        ),
    )
