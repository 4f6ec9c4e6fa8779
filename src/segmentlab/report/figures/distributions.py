"""How the customers of each segment are spread over each feature."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from segmentlab.features.contract import Column
from segmentlab.report.figures.grid import Panel, axes_of, grid, legend_below
from segmentlab.report.figures.scale import Numbers, Scale, scale_of
from segmentlab.report.figures.telling import stated_features
from segmentlab.report.layout import figure
from segmentlab.report.palette import PAPER, colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import feature_names, label, unit

MOST_RIDGES: Final = 96  # each takes half a millisecond to describe and its share of the page
MOST_FEATURES: Final = 12
GRID_POINTS: Final = 96
SMOOTHEST: Final = 2.0  # grid steps: less shows the places of whole numbers instead of customers
OVERLAP: Final = 1.6  # how many rows a ridge may reach: high enough to be read, low enough to see behind
ROW_HEIGHT: Final = 26
LOWEST_PANEL: Final = 150


def most_features(segments: int) -> int:
    """How many features can be drawn of so many segments."""
    return min(MOST_FEATURES, max(2, MOST_RIDGES // segments))


def ridges(features: pd.DataFrame, labels: pd.Series, scales: Sequence[Scale]) -> pd.DataFrame:
    """A row per feature and segment, with the density at evenly spaced places of the feature's axis.

    Each row sums to 1, whatever the size of the segment.
    """
    segments = labels.reindex(features.index).to_numpy()
    every = np.unique(segments)
    rows = [
        density(scale.positions(features[feature])[segments == segment], scale)
        for feature, scale in zip(features, scales, strict=True)
        for segment in every
    ]
    return pd.DataFrame(rows, pd.MultiIndex.from_product([features, every], names=["feature", "segment"]))


def density(positions: Numbers, scale: Scale, points: int = GRID_POINTS) -> Numbers:
    """A Gaussian kernel density at evenly spaced places: counts smoothed by Silverman's width."""
    step = (scale.high - scale.low) / (points - 1)
    rounded = np.round((positions - scale.low) / step).astype(np.int64)
    counts = np.bincount(rounded, minlength=points).astype(np.float64)
    quartiles = np.subtract(*np.percentile(positions, [75, 25])) / 1.34
    spread = min(positions.std(), quartiles) or positions.std()
    width = 0.9 * spread * len(positions) ** -0.2 / step
    return np.asarray(gaussian_filter1d(counts, max(width, SMOOTHEST), mode="reflect") / len(positions))


def distributions(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, profile: pd.DataFrame, known: int
) -> Picture:
    """A panel per feature, a ridge per segment in each, in the order of the profile.

    `known` is the number of features of which `columns` are drawn.
    """
    scales = [scale_of(features[column.name], column) for column in columns]
    drawn = ridges(features[[column.name for column in columns]], labels, scales)
    segments = list(profile.index)
    names = profile["name"].map(label).tolist()
    panels = [
        Panel(title, {**scale.axis(), "showgrid": False}, _rows(len(segments)))
        for title, scale in zip(_headings(columns), scales, strict=True)
    ]
    height = max(LOWEST_PANEL, ROW_HEIGHT * len(segments))
    layout = grid(panels, min(2, len(panels)), row_height=height, between=68)
    return Picture(
        name="distributions",
        title="How customers are spread",
        caption="A ridge per segment and feature: high where many of its customers are. All ridges are "
        "drawn equally high, so compare where they stand and how wide they are, not how high. Features with "
        "a long tail are on a logarithmic axis; the very lowest and highest values are drawn at its ends."
        + stated_features(len(columns), known),
        figure=figure(
            [
                _ridge(drawn.loc[(column.name, segment)].to_numpy(), scale, (place, row), (segment, name))
                for place, (column, scale) in enumerate(zip(columns, scales, strict=True))
                for row, (segment, name) in enumerate(zip(segments, names, strict=True))
            ],
            **layout,
            showlegend=True,
            legend=legend_below(layout["height"]),
        ),
    )


def _headings(columns: Sequence[Column]) -> list[str]:
    units = (f"<br>{label(unit(column), 16)}" if unit(column) else "" for column in columns)
    return [
        f"<b>{label(name, 16)}</b>{unit}" for name, unit in zip(feature_names(columns), units, strict=True)
    ]


def _rows(segments: int) -> dict[str, object]:
    return {"tickvals": list(range(segments)), "ticktext": [""] * segments, "range": [segments - 0.8, -1.7]}


def _ridge(density: Numbers, scale: Scale, at: tuple[int, int], of: tuple[int, str]) -> dict[str, object]:
    """One ridge, at a panel and a row of it, of a segment and its name; it covers the foot of the one behind.

    A plain dict: Plotly checks an object twice, and there are many.
    """
    (place, row), (segment, name) = at, of
    places = np.linspace(scale.low, scale.high, len(density))
    ridge = row - OVERLAP * density / density.max()
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": str(segment),
        "showlegend": place == 0,
        "x": np.concatenate([places[:1], places, places[-1:]]).astype(np.float32),
        "y": np.concatenate([[row], ridge, [row]]).astype(np.float32),
        "fill": "toself",
        "fillcolor": colour(segment),
        "line": {"color": PAPER, "width": 1},
        "hoveron": "fills",
        "hoverinfo": "name",
        **axes_of(place),
    }
