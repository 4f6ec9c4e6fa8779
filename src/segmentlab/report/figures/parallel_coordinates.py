"""Typical customers of each segment, feature by feature, in the units people think in.

Parallel axes and no radar: on a radar the area and the shape that meet the eye follow from the order of
the features, and there is no room for a unit.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import choose_drawn_customers, describe_sampling
from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.report.figures.chosen_features import describe_omitted_features
from segmentlab.report.layout import FAINT_INK, FIGURE_LEGEND, PAPER, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_unit, name_features

MOST_PARALLEL_FEATURES: Final = 8  # more axes leave no room for their values
MOST_PARALLEL_LINES: Final = 120
MARKED_QUANTILES: Final = (0.05, 0.5, 0.95)  # shares of the customers whose values are written on an axis


class ParallelCoordinates(NamedTuple):
    """Positions are shares: of all customers, how many have less (those with as much count half)."""

    customers: pd.DataFrame  # a sample, with the column `segment`
    medians: pd.DataFrame  # of each segment, over all its customers
    marks: pd.DataFrame  # the values that stand at the marked positions of each axis


def compute_coordinates(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, limit: int = MOST_PARALLEL_LINES
) -> ParallelCoordinates:
    """Put each feature on the scale of its own ranks, on which no tail is long."""
    features = features[[column.name for column in columns]]
    segments = labels.reindex(features.index)
    positions = (features.rank(method="average") - 0.5) / len(features)
    sample = positions.loc[choose_drawn_customers(segments, limit)]
    return ParallelCoordinates(
        sample.assign(segment=segments[sample.index]),
        positions.groupby(segments).median(),
        features.quantile(list(MARKED_QUANTILES)),
    )


def draw_parallel_coordinates(
    found: ParallelCoordinates, columns: Sequence[Column], profile: pd.DataFrame, known: int
) -> Picture:
    """A bold line per segment through its medians, over pale lines of some of its customers.

    `known` is the number of features of which `columns` are drawn.
    """
    names = profile["name"].map(escape_label)
    segments = found.medians.index
    return Picture(
        name="parallel_coordinates",
        title="Typical customers",
        caption="A bold line goes through the median customer of each segment, pale lines are customers. "
        "Height is the share of all customers who have less of a feature; the values beside an axis are "
        "those that 5 %, half and 95 % of customers stay below."
        + describe_sampling(len(found.customers), int(profile["customers"].sum()))
        + describe_omitted_features(len(columns), known),
        figure=make_figure(
            [
                *(_draw_customer_lines(int(segment), found) for segment in segments),
                *(_draw_median_line(int(segment), found, names[segment]) for segment in segments),
            ],
            xaxis={
                "tickvals": list(range(len(columns))),
                "ticktext": _list_axis_headings(columns),
                "side": "top",
                "range": [-0.15, len(columns) - 0.55],
            },
            yaxis={
                "title": {"text": "customers who have less"},
                "tickformat": ".0%",
                "range": [-0.02, 1.02],
                "showgrid": False,
            },
            annotations=[*_draw_axis_marks(found)],
            showlegend=True,
            legend=FIGURE_LEGEND,
            height=500,
        ),
    )


def _list_axis_headings(columns: Sequence[Column]) -> list[str]:
    units = (
        f"<br>{escape_label(format_unit(column), 16)}" if format_unit(column) else "" for column in columns
    )
    return [escape_label(name, 16) + unit for name, unit in zip(name_features(columns), units, strict=True)]


def _draw_customer_lines(segment: int, found: ParallelCoordinates) -> go.Scatter:
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
        line={"color": choose_colour(segment), "width": 1},
        hoverinfo="skip",
    )


def _draw_median_line(segment: int, found: ParallelCoordinates, name: str) -> go.Scatter:
    return go.Scatter(
        mode="lines+markers",
        name=name,
        legendgroup=str(segment),
        x=list(range(found.medians.shape[1])),
        y=found.medians.loc[segment],
        line={"color": choose_colour(segment), "width": 4},
        marker={"color": choose_colour(segment), "size": 9},
        hovertemplate="%{fullData.name}: more than %{y:.0%} of customers<extra></extra>",
    )


def _draw_axis_marks(found: ParallelCoordinates) -> list[dict[str, object]]:
    look = {"showarrow": False, "xanchor": "left", "font": {"size": 11, "color": FAINT_INK}, "bgcolor": PAPER}
    return [
        {"x": place + 0.03, "y": share, "xref": "x", "yref": "y", "text": format_amount(value), **look}
        for place, feature in enumerate(found.marks)
        for share, value in found.marks[feature].items()
    ]
