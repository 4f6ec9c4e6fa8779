"""How the customers of each segment are spread over each feature."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.report.figures.chosen_features import describe_omitted_features
from segmentlab.report.figures.panels import (
    FeatureScale,
    GridPanel,
    ScaleValues,
    choose_feature_scale,
    lay_out_grid,
    name_axes,
    place_legend_below,
)
from segmentlab.report.layout import PAPER, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_unit, name_features

MOST_RIDGES: Final = 96  # each takes half a millisecond to describe and its share of the page
MOST_RIDGE_FEATURES: Final = 12
GRID_POINTS: Final = 96
SMOOTHEST: Final = 2.0  # grid steps: less shows the places of whole numbers instead of customers
RIDGE_OVERLAP: Final = (
    1.6  # how many rows a ridge may reach: high enough to be read, low enough to see behind
)
RIDGE_ROW_HEIGHT: Final = 26
LOWEST_PANEL: Final = 150


def limit_features(segments: int) -> int:
    """How many features can be drawn of so many segments."""
    return min(MOST_RIDGE_FEATURES, max(2, MOST_RIDGES // segments))


def compute_density_ridges(
    features: pd.DataFrame, labels: pd.Series, scales: Sequence[FeatureScale]
) -> pd.DataFrame:
    """A row per feature and segment, with the density at evenly spaced places of the feature's axis.

    Each row sums to 1, whatever the size of the segment.
    """
    segments = labels.reindex(features.index).to_numpy()
    every = np.unique(segments)
    rows = [
        estimate_density(scale.positions(features[feature])[segments == segment], scale)
        for feature, scale in zip(features, scales, strict=True)
        for segment in every
    ]
    return pd.DataFrame(rows, pd.MultiIndex.from_product([features, every], names=["feature", "segment"]))


def estimate_density(positions: ScaleValues, scale: FeatureScale, points: int = GRID_POINTS) -> ScaleValues:
    """A Gaussian kernel density at evenly spaced places: counts smoothed by Silverman's width."""
    step = (scale.high - scale.low) / (points - 1)
    rounded = np.round((positions - scale.low) / step).astype(np.int64)
    counts = np.bincount(rounded, minlength=points).astype(np.float64)
    quartiles = np.subtract(*np.percentile(positions, [75, 25])) / 1.34
    spread = min(positions.std(), quartiles) or positions.std()
    width = 0.9 * spread * len(positions) ** -0.2 / step
    return np.asarray(gaussian_filter1d(counts, max(width, SMOOTHEST), mode="reflect") / len(positions))


def draw_distributions(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, profile: pd.DataFrame, known: int
) -> Picture:
    """A panel per feature, a ridge per segment in each, in the order of the profile.

    `known` is the number of features of which `columns` are drawn.
    """
    scales = [choose_feature_scale(features[column.name], column) for column in columns]
    drawn = compute_density_ridges(features[[column.name for column in columns]], labels, scales)
    segments = list(profile.index)
    names = profile["name"].map(escape_label).tolist()
    panels = [
        GridPanel(title, {**scale.axis(), "showgrid": False}, _count_panel_rows(len(segments)))
        for title, scale in zip(_list_panel_titles(columns), scales, strict=True)
    ]
    height = max(LOWEST_PANEL, RIDGE_ROW_HEIGHT * len(segments))
    layout = lay_out_grid(panels, min(2, len(panels)), row_height=height, between=68)
    return Picture(
        name="distributions",
        title="How customers are spread",
        caption="A ridge per segment and feature: high where many of its customers are. All ridges are "
        "drawn equally high, so compare where they stand and how wide they are, not how high. Features with "
        "a long tail are on a logarithmic axis; the very lowest and highest values are drawn at its ends."
        + describe_omitted_features(len(columns), known),
        figure=make_figure(
            [
                _draw_ridge(
                    drawn.loc[(column.name, segment)].to_numpy(), scale, (place, row), (segment, name)
                )
                for place, (column, scale) in enumerate(zip(columns, scales, strict=True))
                for row, (segment, name) in enumerate(zip(segments, names, strict=True))
            ],
            **layout,
            showlegend=True,
            legend=place_legend_below(layout["height"]),
        ),
    )


def _list_panel_titles(columns: Sequence[Column]) -> list[str]:
    units = (
        f"<br>{escape_label(format_unit(column), 16)}" if format_unit(column) else "" for column in columns
    )
    return [
        f"<b>{escape_label(name, 16)}</b>{unit}"
        for name, unit in zip(name_features(columns), units, strict=True)
    ]


def _count_panel_rows(segments: int) -> dict[str, object]:
    return {"tickvals": list(range(segments)), "ticktext": [""] * segments, "range": [segments - 0.8, -1.7]}


def _draw_ridge(
    density: ScaleValues, scale: FeatureScale, at: tuple[int, int], of: tuple[int, str]
) -> dict[str, object]:
    """One ridge, at a panel and a row of it, of a segment and its name; it covers the foot of the one behind.

    A plain dict: Plotly checks an object twice, and there are many.
    """
    (place, row), (segment, name) = at, of
    places = np.linspace(scale.low, scale.high, len(density))
    ridge = row - RIDGE_OVERLAP * density / density.max()
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": str(segment),
        "showlegend": place == 0,
        "x": np.concatenate([places[:1], places, places[-1:]]).astype(np.float32),
        "y": np.concatenate([[row], ridge, [row]]).astype(np.float32),
        "fill": "toself",
        "fillcolor": choose_colour(segment),
        "line": {"color": PAPER, "width": 1},
        "hoveron": "fills",
        "hoverinfo": "name",
        **name_axes(place),
    }
