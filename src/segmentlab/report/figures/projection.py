"""Customers as points, coloured by segment, in two and in three dimensions."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import describe_sampling
from segmentlab.flow import Picture
from segmentlab.report.layout import FIGURE_LEGEND, choose_colour, choose_symbol, make_figure
from segmentlab.report.wording import escape_label

CAMERA_EYE = {
    "x": 1.6,
    "y": 1.6,
    "z": 1.3,
}  # a little further off than usual: room for the titles of the axes


def select_projected_customers(view: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Give the coordinates and the segment of the customers to draw, who may be a sample of all."""
    return view.assign(segment=labels.reindex(view.index))


def draw_projection_2d(
    view: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame, dimension: str
) -> Picture:
    """Customers in the plane of the first two dimensions of the view.

    `dimension` names what the view is made of, such as `principal component`.
    """
    drawn = select_projected_customers(view, labels)
    traces = [
        go.Scatter(x=own["x"], y=own["y"], **_style_segment(segment, profile, size=5))
        for segment, own in _split_by_segment(drawn)
    ]
    return Picture(
        name="projection_2d",
        title="Customers in two dimensions",
        caption=_write_projection_caption(dimension, len(drawn), len(labels)),
        figure=make_figure(traces, **_title_axes(dimension, "xy"), showlegend=True, legend=FIGURE_LEGEND),
    )


def draw_projection_3d(
    view: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame, dimension: str
) -> Picture:
    """Customers in the first three dimensions of the view, which has a column `z`."""
    drawn = select_projected_customers(view, labels)
    traces = [
        go.Scatter3d(x=own["x"], y=own["y"], z=own["z"], **_style_segment(segment, profile, size=2.5))
        for segment, own in _split_by_segment(drawn)
    ]
    return Picture(
        name="projection_3d",
        title="Customers in three dimensions",
        caption=_write_projection_caption(dimension, len(drawn), len(labels)) + " Drag to turn.",
        figure=make_figure(
            traces,
            scene={**_title_axes(dimension, "xyz"), "aspectmode": "cube", "camera": {"eye": CAMERA_EYE}},
            showlegend=True,
            legend={**FIGURE_LEGEND, "y": 0},
            height=500,
            margin={"l": 0, "r": 0, "b": 0},
        ),
    )


def _split_by_segment(drawn: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    """The points of each segment, in single precision: no screen shows more, and a page weighs half."""
    points = drawn.astype({letter: "float32" for letter in "xyz" if letter in drawn})
    for segment in sorted(points["segment"].unique()):
        yield int(segment), points[points["segment"] == segment]


def _style_segment(segment: int, profile: pd.DataFrame, size: float) -> dict[str, Any]:
    return {
        "name": profile["name"].map(escape_label)[segment],
        "mode": "markers",
        "hoverinfo": "name",
        "marker": {
            "size": size,
            "opacity": 0.65,
            "color": choose_colour(segment),
            "symbol": choose_symbol(segment),
        },
    }


def _title_axes(dimension: str, letters: str) -> dict[str, Any]:
    titles = {letter: f"{dimension} {number}" for number, letter in enumerate(letters, start=1)}
    return {f"{letter}axis": {"title": {"text": title}} for letter, title in titles.items()}


def _write_projection_caption(dimension: str, drawn: int, total: int) -> str:
    return (
        f"Each point is a customer, placed by its {dimension}s. A picture of the space, not a judgement: "
        f"segments that touch here may be apart in the dimensions not shown."
        + describe_sampling(drawn, total)
    )
