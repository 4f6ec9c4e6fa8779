"""What the preparation made of each feature."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.report.figures.panels import GridPanel, lay_out_grid, name_axes, stack_on_phones
from segmentlab.report.layout import ACCENT, HUES, make_figure
from segmentlab.report.wording import escape_label, format_amount, name_features

OUTLINE_BINS = 40
MOST_PREPARED_FEATURES = 12
PREPARATION_ROW_HEIGHT = 130
BETWEEN_ROWS = 62  # room for the ticks of one row and the titles of the next
NO_TICKS: Final = {"tickvals": [], "rangemode": "tozero"}


class FeatureOutline(NamedTuple):
    """The upper edge of a histogram: two points per bin, from the ground and back to it."""

    edges: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]  # of the customers, per bin


def compute_outline(values: npt.NDArray[np.float64], bins: int = OUTLINE_BINS) -> FeatureOutline:
    """Count customers in bins of one width. The size does not depend on how many customers there are."""
    counts, edges = np.histogram(values, bins)
    return FeatureOutline(np.repeat(edges, 2), np.concatenate([[0], np.repeat(counts / len(values), 2), [0]]))


def choose_skewed_features(shapes: pd.DataFrame, limit: int = MOST_PREPARED_FEATURES) -> list[int]:
    """The places of the features with the longest tails before the preparation, in their own order."""
    furthest = shapes["skewness_before"].abs().sort_values(ascending=False, kind="stable").index[:limit]
    return sorted(furthest)


def draw_preparation(
    shapes: pd.DataFrame, columns: Sequence[Column], before: pd.DataFrame, after: pd.DataFrame
) -> Picture:
    """A row per feature: its distribution in its own unit, and as the model saw it."""
    drawn = choose_skewed_features(shapes)
    titles = _list_preparation_titles(shapes, columns, drawn)
    panels, traces = [], []
    for row, name in enumerate(columns[place].name for place in drawn):
        ends = [before[name].min(), before[name].max()]  # between them a long tail has nothing to mark
        marks = {"tickvals": ends, "ticktext": [format_amount(end) for end in ends]}
        unmarked: dict[str, list[Any]] = {}
        sides = ((before[name], HUES[5], marks), (after[name], ACCENT, unmarked))
        for place, (values, shade, axis) in enumerate(sides, start=2 * row):
            panels.append(GridPanel(titles[place], {"showgrid": False, **axis}, NO_TICKS))
            traces.append(_draw_outline_area(values, shade).update(name_axes(place)))
    heights = {"row_height": PREPARATION_ROW_HEIGHT, "between": BETWEEN_ROWS}
    layout = {**lay_out_grid(panels, 2, **heights), "meta": stack_on_phones(panels, **heights)}
    return Picture(
        name="preparation",
        title="What the preparation did",
        caption="How customers are spread over each feature: left in its own unit, right on the scale that "
        "the model saw. Skewness is 0 for a symmetric feature and high for a long tail to the right. "
        "Customers who are set apart are not counted." + _describe_left_out(len(drawn), len(shapes)),
        figure=make_figure(traces, **layout),
    )


def _list_preparation_titles(
    shapes: pd.DataFrame, columns: Sequence[Column], drawn: Sequence[int]
) -> list[str]:
    names = name_features(columns)
    return [
        f"<b>{escape_label(names[place], 24)}</b>, {when}: skewness "
        f"{format_amount(shapes[f'skewness_{when}'].iloc[place])}"
        for place in drawn
        for when in ("before", "after")
    ]


def _draw_outline_area(values: pd.Series, shade: str) -> go.Scatter:
    edge = compute_outline(values.to_numpy(dtype=np.float64))
    return go.Scatter(
        mode="lines",
        x=edge.edges,
        y=edge.shares,
        fill="tozeroy",
        fillcolor=shade,
        line={"color": shade, "width": 1},
        hovertemplate="%{x:,.4g}: %{y:.1%} of customers<extra></extra>",
    )


def _describe_left_out(drawn: int, total: int) -> str:
    if drawn == total:
        return ""
    return f" The {drawn} most skewed of {total} features are drawn; tables/preparation.csv has all."
