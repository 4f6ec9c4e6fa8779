"""The look that all figures share: quiet axes, room for the data, nothing that does not inform."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from segmentlab.report.palette import ACCENT, FAINT_INK, GRID, INK, PAPER

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
DEFAULT_HEIGHT: Final = 460
LEGEND: Final = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "maxheight": 0.25}

_AXIS: Final = {
    "gridcolor": GRID,
    "linecolor": GRID,
    "zeroline": False,
    "ticks": "",
    "automargin": True,
    "tickfont": {"size": 12, "color": FAINT_INK},
    "title": {"font": {"size": 13, "color": FAINT_INK}, "standoff": 10},
}
_SPACE_AXIS: Final = {
    "gridcolor": GRID,
    "zeroline": False,
    "showbackground": False,
    "tickfont": {"size": 10},
    "title": {"font": {"size": 12, "color": FAINT_INK}},
}

TEMPLATE: Final = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": INK},
        "colorway": [ACCENT],
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "margin": {"l": 56, "r": 24, "t": 40, "b": 48},
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": GRID, "font": {"color": INK}, "namelength": -1},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "scene": {"xaxis": _SPACE_AXIS, "yaxis": _SPACE_AXIS, "zaxis": _SPACE_AXIS},
        "legend": {"itemsizing": "constant", "title": {"text": ""}},
        "showlegend": False,
    }
)


def figure(traces: Sequence[object], **layout: object) -> go.Figure:
    """A figure of these traces in the shared look. Titles belong to the page and are not drawn."""
    return go.Figure(list(traces), {"template": TEMPLATE, "height": DEFAULT_HEIGHT, **layout})
