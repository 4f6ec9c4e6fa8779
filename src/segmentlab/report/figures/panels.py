"""Small panels in rows and columns, and how values are laid along their axes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.features import Column
from segmentlab.report.layout import FIGURE_LEGEND, INK

# Small panels in rows and columns, as plain layout: `make_subplots` takes 75 ms for thirty-six of them.


GRID_MARGINS: Final = 88  # pixels above and below the panels: titles and ticks
LEGEND_GAP: Final = 56  # room for the ticks and the title of the lowest axis

AxisLayout = Mapping[str, object]


class GridPanel(NamedTuple):
    """One plot area with its heading and its two axes."""

    title: str
    x: AxisLayout
    y: AxisLayout


def name_axes(place: int) -> dict[str, str]:
    """What a trace says to lie on the panel of this place, counted from 0."""
    number = "" if place == 0 else str(place + 1)
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def lay_out_grid(
    panels: Sequence[GridPanel | None], columns: int, *, row_height: int, between: int, beside: float = 0.07
) -> dict[str, Any]:
    """The layout of panels that fill rows from the left; None leaves a place empty.

    Heights are pixels, so that letters have room however many rows there are; `beside` is a share of
    the width.
    """
    rows = -(-len(panels) // columns)
    inside = rows * row_height + (rows - 1) * between
    width = (1 - beside * (columns - 1)) / columns
    layout: dict[str, Any] = {"height": inside + GRID_MARGINS, "annotations": []}
    for place, panel in enumerate(panels):
        if panel is None:
            continue
        row, column = divmod(place, columns)
        left, top = column * (width + beside), 1 - row * (row_height + between) / inside
        refers = name_axes(place)
        x = {"domain": [left, left + width], "anchor": refers["yaxis"]}
        y = {"domain": [max(0.0, top - row_height / inside), top], "anchor": refers["xaxis"]}
        layout[refers["xaxis"].replace("x", "xaxis")] = {**x, **panel.x}
        layout[refers["yaxis"].replace("y", "yaxis")] = {**y, **panel.y}
        if panel.title:
            layout["annotations"].append(_write_panel_heading(panel.title, left + width / 2, top))
    return layout


def stack_on_phones(panels: Sequence[GridPanel | None], **heights: int) -> dict[str, Any]:
    """What `draw.js` puts over a layout where the screen is narrow: the same panels one below the other."""
    return {"narrow": lay_out_grid([panel for panel in panels if panel is not None], 1, **heights)}


def place_legend_below(height: float) -> dict[str, object]:
    """A legend under a figure of this height, as near as under any other."""
    return {**FIGURE_LEGEND, "y": -LEGEND_GAP / height}


def _write_panel_heading(title: str, middle: float, top: float) -> dict[str, object]:
    # Said, or Plotly would begin a title left of the middle there, and end one right of it.
    anchors = {"xanchor": "center", "yanchor": "bottom"}
    place = {"x": middle, "y": top, "xref": "paper", "yref": "paper", **anchors}
    return {"text": title, "showarrow": False, "font": {"size": 12, "color": INK}, **place}


SHOWN_QUANTILES: Final = {
    True: (0.001, 0.999),
    False: (0.01, 0.99),
}  # of customers, on logarithmic and on other axes
MOST_SCALE_TICKS: Final = 5
SCALE_MARKS: Final = tuple(step * 10.0**power for power in range(10) for step in (1, 3))

ScaleValues = npt.NDArray[np.float64]


class FeatureScale(NamedTuple):
    """The ends of an axis, as positions, and whether a position is the logarithm of one more."""

    low: float
    high: float
    logarithmic: bool

    def positions(self, values: pd.Series) -> ScaleValues:
        """Where values lie; what is beyond an end lies on it."""
        numbers = values.to_numpy(dtype=np.float64)
        return np.asarray(np.clip(np.log1p(numbers) if self.logarithmic else numbers, self.low, self.high))

    def axis(self, most: int = MOST_SCALE_TICKS) -> dict[str, object]:
        """The range of the axis, with ticks in the feature's own unit."""
        room = 0.03 * (self.high - self.low)
        ends: dict[str, object] = {"range": [self.low - room, self.high + room]}
        if not self.logarithmic:
            return {**ends, "nticks": most}
        marks = [0.0, *SCALE_MARKS]
        seen = [mark for mark in marks if self.low - room <= np.log1p(mark) <= self.high + room]
        if len(seen) > most:
            seen = [mark for mark in seen if f"{mark:.0f}"[0] != "3"]
            seen = seen[:: -(-len(seen) // most)]
        return {
            **ends,
            "tickvals": np.log1p(seen).tolist(),
            "ticktext": [shorten_number(mark) for mark in seen],
        }


def choose_feature_scale(values: pd.Series, column: Column) -> FeatureScale:
    """Logarithmic where the feature's set suggests it; the very lowest and highest lie on the ends."""
    logarithmic = column.transform == "log" and bool(values.min() >= 0)
    low, high = (float(values.quantile(share)) for share in SHOWN_QUANTILES[logarithmic])
    if low == high:  # nearly everybody has one value: show what the others have
        low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    if logarithmic:
        low, high = np.log1p([max(low, 0.0), high]).tolist()
    return FeatureScale(low, high, logarithmic)


def shorten_number(number: float) -> str:
    """A round number for a narrow place: `300`, `10k`, `3M`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
