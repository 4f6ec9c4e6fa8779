"""How far features and segments have moved from the model's own customers."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.layout import ACCENT, DEFAULT_HEIGHT, FIGURE_LEGEND, NOISE_COLOUR, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_percent

# How far each feature has moved from the model's own customers.


SHOWN_GAPS: Final = 30
DRIFT_ROW_HEIGHT: Final = 28


class FeatureGaps(NamedTuple):
    """The features that moved most, the farthest last: a figure is drawn from below."""

    names: list[str]
    gaps: list[float]


def find_largest_gaps(features: pd.DataFrame) -> FeatureGaps:
    """The largest gaps."""
    shown = features.nlargest(SHOWN_GAPS, "gap").iloc[::-1]
    return FeatureGaps(shown["feature"].tolist(), shown["gap"].tolist())


def draw_feature_drift(features: pd.DataFrame) -> Picture:
    """One bar per feature."""
    data = find_largest_gaps(features)
    bars = go.Bar(
        x=data.gaps,
        y=[escape_label(name) for name in data.names],
        orientation="h",
        text=[format_amount(gap) for gap in data.gaps],
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
        figure=make_figure(
            [bars],
            xaxis={"title": {"text": "gap"}, "range": [0, min(1.0, 1.2 * max(data.gaps) + 0.05)]},
            yaxis={"showgrid": False},
            height=max(DEFAULT_HEIGHT // 2, DRIFT_ROW_HEIGHT * len(data.names) + 120),
        ),
    )


def draw_segment_drift(segments: pd.DataFrame, names: Mapping[int, str]) -> Picture:
    """Two bars per segment: the share of the customers then and now."""
    ordered = segments.sort_index()
    shown = [escape_label(names[int(segment)], 24) for segment in ordered.index]
    bars = [
        go.Bar(
            x=shown,
            y=ordered[side],
            name=name,
            text=[format_percent(share) for share in ordered[side]],
            marker={"color": colour},
            hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
        )
        for side, name, colour in (("before", "the model's own", NOISE_COLOUR), ("after", "now", ACCENT))
    ]
    return Picture(
        name="segment_drift",
        title="How large segments were and are",
        caption="The share of customers in each segment: those that the model was made of, and those now.",
        figure=make_figure(
            bars,
            barmode="group",
            xaxis={"showgrid": False, "type": "category"},
            yaxis={"title": {"text": "share of customers"}, "tickformat": ".0%"},
            showlegend=True,
            legend=FIGURE_LEGEND,
        ),
    )
