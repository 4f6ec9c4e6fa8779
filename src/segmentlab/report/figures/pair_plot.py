"""Every two features against each other."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.features.contract import Column
from segmentlab.report.figures.grid import Panel, axes_of, grid, legend_below
from segmentlab.report.figures.sampling import stated, stratified
from segmentlab.report.figures.scale import scale_of
from segmentlab.report.figures.telling import stated_features
from segmentlab.report.layout import figure
from segmentlab.report.palette import colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import feature_names, label

MOST_FEATURES: Final = 6
MOST_TICKS: Final = 2
DRAWN_AT_MOST: Final = 400
LEAST_HEIGHT: Final = 460  # of all rows
ROW_HEIGHT: Final = 150


def pairs(names: Sequence[str]) -> list[tuple[int, int]]:
    """The row and the column of each pair, of the triangle below the diagonal."""
    return [(row, column) for row in range(1, len(names)) for column in range(row)]


def scattered(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, limit: int = DRAWN_AT_MOST
) -> pd.DataFrame:
    """Positions of a sample of customers on the axis of each feature, and their `segment`.

    The axes are made for all customers; the sample is shuffled, so that no segment lies over the others.
    """
    segments = labels.reindex(features.index)
    chosen = stratified(segments, limit)
    order = chosen[np.random.default_rng(0).permutation(len(chosen))]
    places = {
        column.name: scale_of(features[column.name], column).positions(features.loc[order, column.name])
        for column in columns
    }
    return pd.DataFrame(places, index=order).assign(segment=segments[order])


def pair_plot(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, profile: pd.DataFrame, known: int
) -> Picture:
    """A panel for each two of `columns`, which are so many of the `known` features."""
    drawn = scattered(features, columns, labels)
    names = [label(name, 20) for name in feature_names(columns)]
    side = len(names) - 1
    height = max(ROW_HEIGHT, LEAST_HEIGHT // side)
    layout = grid(_panels(features, columns, names), side, row_height=height, between=14, beside=0.025)
    marker = _marker(drawn["segment"], list(profile.index))
    return Picture(
        name="pair_plot",
        title="Every two features",
        caption=f"A panel for each two of {', '.join(names)}. Each point is a customer. Features with a long "
        "tail are on a logarithmic axis; the very lowest and highest values are drawn at its ends."
        + stated(len(drawn), len(features))
        + stated_features(len(columns), known),
        figure=figure(
            [
                *(
                    _points(drawn, columns[column].name, columns[row].name, marker, (row - 1) * side + column)
                    for row, column in pairs(names)
                ),
                *(
                    _entry(segment, label(name))
                    for segment, name in zip(profile.index.tolist(), profile["name"], strict=True)
                ),
            ],
            **layout,
            showlegend=True,
            legend=legend_below(layout["height"]),
        ),
    )


def _panels(features: pd.DataFrame, columns: Sequence[Column], names: Sequence[str]) -> list[Panel | None]:
    """The triangle in a square: titles and ticks stand at its left and its lower edge alone."""
    axes = [scale_of(features[column.name], column).axis(MOST_TICKS) for column in columns]
    side = len(columns) - 1
    panels: list[Panel | None] = [None for _ in range(side * side)]
    for row, column in pairs(names):
        below = (
            {**axes[column], "tickangle": 0, "title": {"text": names[column]}}
            if row == side
            else _bare(axes[column])
        )
        left = {**axes[row], "title": {"text": names[row]}} if column == 0 else _bare(axes[row])
        panels[(row - 1) * side + column] = Panel("", below, left)
    return panels


def _bare(axis: dict[str, object]) -> dict[str, object]:
    return {**axis, "showticklabels": False}


def _marker(segments: pd.Series, every: list[int]) -> dict[str, object]:
    """A colour per customer as a number on a scale of steps: Plotly checks colours one by one."""
    steps = [[end / len(every), colour(s)] for n, s in enumerate(every) for end in (n, n + 1)]
    places = segments.map({segment: place for place, segment in enumerate(every)})
    scale = {"colorscale": steps, "cmin": -0.5, "cmax": len(every) - 0.5, "showscale": False}
    return {"color": places.to_numpy(dtype=np.int8), "size": 4, "opacity": 0.7, **scale}


def _points(
    drawn: pd.DataFrame, across: str, upwards: str, marker: dict[str, object], place: int
) -> dict[str, object]:
    # One trace per panel: with one per panel and segment, sixty segments would be nine hundred.
    return {
        "type": "scatter",
        "mode": "markers",
        "showlegend": False,
        "x": drawn[across].to_numpy(dtype=np.float32),
        "y": drawn[upwards].to_numpy(dtype=np.float32),
        "marker": marker,
        "hoverinfo": "skip",
        **axes_of(place),
    }


def _entry(segment: int, name: str) -> go.Scatter:
    """What the legend says of a segment; it draws nothing."""
    look = {"color": colour(segment), "size": 7}
    return go.Scatter(mode="markers", name=name, x=[None], y=[None], marker=look)
