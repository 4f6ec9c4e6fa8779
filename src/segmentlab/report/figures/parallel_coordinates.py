"""Typical customers of each segment, feature by feature, in the units people think in.

Parallel axes and no radar: on a radar the area and the shape that meet the eye follow from the order of
the features, and there is no room for a unit.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.features.contract import Column
from segmentlab.report.figures.sampling import stated, stratified
from segmentlab.report.figures.telling import stated_features
from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import FAINT_INK, PAPER, colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import amount, feature_names, label, unit

MOST_FEATURES: Final = 8  # more axes leave no room for their values
DRAWN_AT_MOST: Final = 120
MARKED: Final = (0.05, 0.5, 0.95)  # shares of the customers whose values are written on an axis


class Coordinates(NamedTuple):
    """Positions are shares: of all customers, how many have less (those with as much count half)."""

    customers: pd.DataFrame  # a sample, with the column `segment`
    medians: pd.DataFrame  # of each segment, over all its customers
    marks: pd.DataFrame  # the values that stand at the marked positions of each axis


def coordinates(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, limit: int = DRAWN_AT_MOST
) -> Coordinates:
    """Put each feature on the scale of its own ranks, on which no tail is long."""
    features = features[[column.name for column in columns]]
    segments = labels.reindex(features.index)
    positions = (features.rank(method="average") - 0.5) / len(features)
    sample = positions.loc[stratified(segments, limit)]
    return Coordinates(
        sample.assign(segment=segments[sample.index]),
        positions.groupby(segments).median(),
        features.quantile(list(MARKED)),
    )


def parallel_coordinates(
    found: Coordinates, columns: Sequence[Column], profile: pd.DataFrame, known: int
) -> Picture:
    """A bold line per segment through its medians, over pale lines of some of its customers.

    `known` is the number of features of which `columns` are drawn.
    """
    names = profile["name"].map(label)
    segments = found.medians.index
    return Picture(
        name="parallel_coordinates",
        title="Typical customers",
        caption="A bold line goes through the median customer of each segment, pale lines are customers. "
        "Height is the share of all customers who have less of a feature; the values beside an axis are "
        "those that 5 %, half and 95 % of customers stay below."
        + stated(len(found.customers), int(profile["customers"].sum()))
        + stated_features(len(columns), known),
        figure=figure(
            [
                *(_customers(int(segment), found) for segment in segments),
                *(_median(int(segment), found, names[segment]) for segment in segments),
            ],
            xaxis={
                "tickvals": list(range(len(columns))),
                "ticktext": _headings(columns),
                "side": "top",
                "range": [-0.15, len(columns) - 0.55],
            },
            yaxis={
                "title": {"text": "customers who have less"},
                "tickformat": ".0%",
                "range": [-0.02, 1.02],
                "showgrid": False,
            },
            annotations=[*_marks(found)],
            showlegend=True,
            legend=LEGEND,
            height=500,
        ),
    )


def _headings(columns: Sequence[Column]) -> list[str]:
    units = (f"<br>{label(unit(column), 16)}" if unit(column) else "" for column in columns)
    return [label(name, 16) + unit for name, unit in zip(feature_names(columns), units, strict=True)]


def _customers(segment: int, found: Coordinates) -> go.Scatter:
    """All sampled customers of a segment as one line with gaps: a trace each would be slow."""
    own = found.customers.loc[found.customers["segment"] == segment, found.medians.columns]
    gaps = np.full((len(own), 1), np.nan)
    return go.Scatter(
        mode="lines",
        showlegend=False,
        legendgroup=str(segment),
        x=np.tile(np.append(np.arange(own.shape[1], dtype=np.float32), np.nan), len(own)),
        y=np.hstack([own.to_numpy(dtype=np.float64), gaps]).ravel().astype(np.float32),
        opacity=0.25,
        line={"color": colour(segment), "width": 1},
        hoverinfo="skip",
    )


def _median(segment: int, found: Coordinates, name: str) -> go.Scatter:
    return go.Scatter(
        mode="lines+markers",
        name=name,
        legendgroup=str(segment),
        x=list(range(found.medians.shape[1])),
        y=found.medians.loc[segment],
        line={"color": colour(segment), "width": 4},
        marker={"color": colour(segment), "size": 9},
        hovertemplate="%{fullData.name}: more than %{y:.0%} of customers<extra></extra>",
    )


def _marks(found: Coordinates) -> list[dict[str, object]]:
    look = {"showarrow": False, "xanchor": "left", "font": {"size": 11, "color": FAINT_INK}, "bgcolor": PAPER}
    return [
        {"x": place + 0.03, "y": share, "xref": "x", "yref": "y", "text": amount(value), **look}
        for place, feature in enumerate(found.marks)
        for share, value in found.marks[feature].items()
    ]
