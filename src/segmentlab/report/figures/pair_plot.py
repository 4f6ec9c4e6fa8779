"""Every two features against each other."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import choose_drawn_customers, describe_sampling
from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.report.figures.chosen_features import describe_omitted_features
from segmentlab.report.figures.panels import (
    GridPanel,
    choose_feature_scale,
    lay_out_grid,
    name_axes,
    place_legend_below,
)
from segmentlab.report.layout import choose_colour, make_figure
from segmentlab.report.wording import escape_label, name_features

MOST_PAIR_FEATURES: Final = 6
MOST_PAIR_TICKS: Final = 2
MOST_PAIR_CUSTOMERS: Final = 400
LEAST_PAIR_HEIGHT: Final = 460  # of all rows
PAIR_ROW_HEIGHT: Final = 150


def list_feature_pairs(names: Sequence[str]) -> list[tuple[int, int]]:
    """The row and the column of each pair, of the triangle below the diagonal."""
    return [(row, column) for row in range(1, len(names)) for column in range(row)]


def sample_pair_points(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, limit: int = MOST_PAIR_CUSTOMERS
) -> pd.DataFrame:
    """Positions of a sample of customers on the axis of each feature, and their `segment`.

    The axes are made for all customers; the sample is shuffled, so that no segment lies over the others.
    """
    segments = labels.reindex(features.index)
    chosen = choose_drawn_customers(segments, limit)
    order = chosen[np.random.default_rng(0).permutation(len(chosen))]
    places = {
        column.name: choose_feature_scale(features[column.name], column).positions(
            features.loc[order, column.name]
        )
        for column in columns
    }
    return pd.DataFrame(places, index=order).assign(segment=segments[order])


def draw_pair_plot(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, profile: pd.DataFrame, known: int
) -> Picture:
    """A panel for each two of `columns`, which are so many of the `known` features."""
    drawn = sample_pair_points(features, columns, labels)
    names = [escape_label(name, 20) for name in name_features(columns)]
    side = len(names) - 1
    height = max(PAIR_ROW_HEIGHT, LEAST_PAIR_HEIGHT // side)
    layout = lay_out_grid(
        _lay_out_pair_panels(features, columns, names), side, row_height=height, between=14, beside=0.025
    )
    marker = _make_pair_marker(drawn["segment"], list(profile.index))
    return Picture(
        name="pair_plot",
        title="Every two features",
        caption=f"A panel for each two of {', '.join(names)}. Each point is a customer. Features with a long "
        "tail are on a logarithmic axis; the very lowest and highest values are drawn at its ends."
        + describe_sampling(len(drawn), len(features))
        + describe_omitted_features(len(columns), known),
        figure=make_figure(
            [
                *(
                    _draw_pair_points(
                        drawn, columns[column].name, columns[row].name, marker, (row - 1) * side + column
                    )
                    for row, column in list_feature_pairs(names)
                ),
                *(
                    _draw_legend_entry(segment, escape_label(name))
                    for segment, name in zip(profile.index.tolist(), profile["name"], strict=True)
                ),
            ],
            **layout,
            showlegend=True,
            legend=place_legend_below(layout["height"]),
        ),
    )


def _lay_out_pair_panels(
    features: pd.DataFrame, columns: Sequence[Column], names: Sequence[str]
) -> list[GridPanel | None]:
    """The triangle in a square: titles and ticks stand at its left and its lower edge alone."""
    axes = [choose_feature_scale(features[column.name], column).axis(MOST_PAIR_TICKS) for column in columns]
    side = len(columns) - 1
    panels: list[GridPanel | None] = [None for _ in range(side * side)]
    for row, column in list_feature_pairs(names):
        below = (
            {**axes[column], "tickangle": 0, "title": {"text": names[column]}}
            if row == side
            else _hide_axis(axes[column])
        )
        left = {**axes[row], "title": {"text": names[row]}} if column == 0 else _hide_axis(axes[row])
        panels[(row - 1) * side + column] = GridPanel("", below, left)
    return panels


def _hide_axis(axis: dict[str, object]) -> dict[str, object]:
    return {**axis, "showticklabels": False}


def _make_pair_marker(segments: pd.Series, every: list[int]) -> dict[str, object]:
    """A colour per customer as a number on a scale of steps: Plotly checks colours one by one."""
    steps = [[end / len(every), choose_colour(s)] for n, s in enumerate(every) for end in (n, n + 1)]
    places = segments.map({segment: place for place, segment in enumerate(every)})
    scale = {"colorscale": steps, "cmin": -0.5, "cmax": len(every) - 0.5, "showscale": False}
    return {"color": places.to_numpy(dtype=np.int8), "size": 4, "opacity": 0.7, **scale}


def _draw_pair_points(
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
        **name_axes(place),
    }


def _draw_legend_entry(segment: int, name: str) -> go.Scatter:
    """What the legend says of a segment; it draws nothing."""
    look = {"color": choose_colour(segment), "size": 7}
    return go.Scatter(mode="markers", name=name, x=[None], y=[None], marker=look)
