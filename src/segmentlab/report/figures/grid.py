"""Small panels in rows and columns, as plain layout: `make_subplots` takes 75 ms for thirty-six of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from segmentlab.report.layout import LEGEND
from segmentlab.report.palette import INK

AROUND: Final = 88  # pixels above and below the panels: titles and ticks
ABOVE_LEGEND: Final = 56  # room for the ticks and the title of the lowest axis

Axis = Mapping[str, object]


class Panel(NamedTuple):
    """One plot area with its heading and its two axes."""

    title: str
    x: Axis
    y: Axis


def axes_of(place: int) -> dict[str, str]:
    """What a trace says to lie on the panel of this place, counted from 0."""
    number = "" if place == 0 else str(place + 1)
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def grid(
    panels: Sequence[Panel | None], columns: int, *, row_height: int, between: int, beside: float = 0.07
) -> dict[str, Any]:
    """The layout of panels that fill rows from the left; None leaves a place empty.

    Heights are pixels, so that letters have room however many rows there are; `beside` is a share of
    the width.
    """
    rows = -(-len(panels) // columns)
    inside = rows * row_height + (rows - 1) * between
    width = (1 - beside * (columns - 1)) / columns
    layout: dict[str, Any] = {"height": inside + AROUND, "annotations": []}
    for place, panel in enumerate(panels):
        if panel is None:
            continue
        row, column = divmod(place, columns)
        left, top = column * (width + beside), 1 - row * (row_height + between) / inside
        refers = axes_of(place)
        x = {"domain": [left, left + width], "anchor": refers["yaxis"]}
        y = {"domain": [max(0.0, top - row_height / inside), top], "anchor": refers["xaxis"]}
        layout[refers["xaxis"].replace("x", "xaxis")] = {**x, **panel.x}
        layout[refers["yaxis"].replace("y", "yaxis")] = {**y, **panel.y}
        if panel.title:
            layout["annotations"].append(_heading(panel.title, left + width / 2, top))
    return layout


def legend_below(height: float) -> dict[str, object]:
    """A legend under a figure of this height, as near as under any other."""
    return {**LEGEND, "y": -ABOVE_LEGEND / height}


def _heading(title: str, middle: float, top: float) -> dict[str, object]:
    place = {"x": middle, "y": top, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    return {"text": title, "showarrow": False, "font": {"size": 12, "color": INK}, **place}
