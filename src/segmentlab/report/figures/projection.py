"""Customers as points, coloured by segment, in two and in three dimensions."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.figures.sampling import stated
from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import colour, symbol
from segmentlab.report.picture import Picture
from segmentlab.report.wording import label

EYE = {"x": 1.6, "y": 1.6, "z": 1.3}  # a little further off than usual: room for the titles of the axes


def drawn_customers(view: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Give the coordinates and the segment of the customers to draw, who may be a sample of all."""
    return view.assign(segment=labels.reindex(view.index))


def projection_2d(view: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame, dimension: str) -> Picture:
    """Customers in the plane of the first two dimensions of the view.

    `dimension` names what the view is made of, such as `principal component`.
    """
    drawn = drawn_customers(view, labels)
    traces = [
        go.Scatter(x=own["x"], y=own["y"], **_looks(segment, profile, size=5))
        for segment, own in _by_segment(drawn)
    ]
    return Picture(
        name="projection_2d",
        title="Customers in two dimensions",
        caption=_caption(dimension, len(drawn), len(labels)),
        figure=figure(traces, **_axes(dimension, "xy"), showlegend=True, legend=LEGEND),
    )


def projection_3d(view: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame, dimension: str) -> Picture:
    """Customers in the first three dimensions of the view, which has a column `z`."""
    drawn = drawn_customers(view, labels)
    traces = [
        go.Scatter3d(x=own["x"], y=own["y"], z=own["z"], **_looks(segment, profile, size=2.5))
        for segment, own in _by_segment(drawn)
    ]
    return Picture(
        name="projection_3d",
        title="Customers in three dimensions",
        caption=_caption(dimension, len(drawn), len(labels)) + " Drag to turn.",
        figure=figure(
            traces,
            scene={**_axes(dimension, "xyz"), "aspectmode": "cube", "camera": {"eye": EYE}},
            showlegend=True,
            legend={**LEGEND, "y": 0},
            height=500,
            margin={"l": 0, "r": 0, "b": 0},
        ),
    )


def _by_segment(drawn: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    for segment in sorted(drawn["segment"].unique()):
        yield int(segment), drawn[drawn["segment"] == segment]


def _looks(segment: int, profile: pd.DataFrame, size: float) -> dict[str, Any]:
    return {
        "name": profile["name"].map(label)[segment],
        "mode": "markers",
        "hoverinfo": "name",
        "marker": {"size": size, "opacity": 0.65, "color": colour(segment), "symbol": symbol(segment)},
    }


def _axes(dimension: str, letters: str) -> dict[str, Any]:
    titles = {letter: f"{dimension} {number}" for number, letter in enumerate(letters, start=1)}
    return {f"{letter}axis": {"title": {"text": title}} for letter, title in titles.items()}


def _caption(dimension: str, drawn: int, total: int) -> str:
    return (
        f"Each point is a customer, placed by its {dimension}s. A picture of the space, not a judgement: "
        f"segments that touch here may be apart in the dimensions not shown." + stated(drawn, total)
    )
