"""The look that all figures share: quiet axes, room for the data, nothing that does not inform."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

# One colour per segment, the same in every figure, table and card.
#
# The first eight segments and noise stay apart for readers with any form of colour blindness: these hues
# were sought so that the two most alike of them differ by 15 or more (CIEDE2000), whoever looks, on white
# and on a dark screen. No palette does that for sixty, so later segments take the same hues in another
# shade and, where points are drawn, another symbol.


NOISE_SEGMENT: Final = -1
INK: Final = "#1f2933"
FAINT_INK: Final = "#616e7c"
GRID_COLOUR: Final = "#e4e7eb"
PAPER: Final = "#ffffff"
ACCENT: Final = "#334e68"  # for what belongs to no segment
PALE: Final = "#dbe4ec"  # of what is drawn behind a curve
NOISE_COLOUR: Final = "#bcc4cc"

HUES: Final = ("#2563eb", "#a48e0d", "#0a6c57", "#f0588a", "#45b3fc", "#8e2d01", "#4f3b7c", "#e9db2a")
SHADES: Final = (0.0, -0.35, 0.45, -0.6, 0.25, -0.2, 0.6, -0.48)  # below 0 towards black, above towards white
SYMBOLS: Final = ("circle", "diamond", "square", "cross", "x")

# Blue below, white at the average, orange above: apart for every reader, also in print.
DIVERGING: Final = ("#2166ac", "#92c5de", "#f7f7f7", "#fdb863", "#b35806")


# What the page makes of the colours above on a dark screen; segments keep theirs. As in page.css.
NIGHT_COLOURS: Final = {
    INK: "#e8edf2",
    FAINT_INK: "#a9b5c1",
    GRID_COLOUR: "#36424e",
    PAPER: "#1b232c",
    ACCENT: "#9fbdd9",
    PALE: "#31404e",
}


def choose_colour(segment: int) -> str:
    """The colour of a segment as `#rrggbb`; noise is grey."""
    if segment == NOISE_SEGMENT:
        return NOISE_COLOUR
    return _shade_hue(HUES[segment % len(HUES)], SHADES[segment // len(HUES) % len(SHADES)])


def choose_symbol(segment: int) -> str:
    """The marker of a segment, by Plotly's name: it changes where the hues start again."""
    return SYMBOLS[0] if segment == NOISE_SEGMENT else SYMBOLS[segment // len(HUES) % len(SYMBOLS)]


def _shade_hue(hue: str, amount: float) -> str:
    target = 255 if amount > 0 else 0
    return "#" + bytes(round(part + abs(amount) * (target - part)) for part in bytes.fromhex(hue[1:])).hex()


FIGURE_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
DEFAULT_HEIGHT: Final = 460
FIGURE_LEGEND: Final = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "maxheight": 0.35}

_AXIS_LAYOUT: Final = {
    "gridcolor": GRID_COLOUR,
    "linecolor": GRID_COLOUR,
    "zeroline": False,
    "ticks": "",
    "automargin": True,
    "tickfont": {"size": 12, "color": FAINT_INK},
    "title": {"font": {"size": 13, "color": FAINT_INK}, "standoff": 10},
}
_SPACE_AXIS_LAYOUT: Final = {
    "gridcolor": GRID_COLOUR,
    "zeroline": False,
    "showbackground": False,
    "tickfont": {"size": 10},
    "title": {"font": {"size": 12, "color": FAINT_INK}},
}

FIGURE_TEMPLATE: Final = go.layout.Template(
    layout={
        "font": {"family": FIGURE_FONT, "size": 13, "color": INK},
        "colorway": [ACCENT],
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "margin": {"l": 56, "r": 24, "t": 40, "b": 48},
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": GRID_COLOUR,
            "font": {"color": INK},
            "namelength": -1,
        },
        "xaxis": _AXIS_LAYOUT,
        "yaxis": _AXIS_LAYOUT,
        "scene": {"xaxis": _SPACE_AXIS_LAYOUT, "yaxis": _SPACE_AXIS_LAYOUT, "zaxis": _SPACE_AXIS_LAYOUT},
        "legend": {"itemsizing": "constant", "title": {"text": ""}},
        "showlegend": False,
    }
)


def make_curve(
    x: object, y: object, name: str, hover: str, shade: str = ACCENT, dash: str = "solid"
) -> go.Scatter:
    """A line through marked points, such as a score over numbers of segments."""
    return go.Scatter(
        mode="lines+markers",
        name=name,
        x=x,
        y=y,
        line={"color": shade, "width": 2, "dash": dash},
        marker={"color": shade, "size": 7},
        hovertemplate=f"{hover}<extra></extra>",
    )


def make_figure(traces: Sequence[object], **layout: object) -> go.Figure:
    """A figure of these traces in the shared look. Titles belong to the page and are not drawn."""
    return go.Figure(list(traces), {"template": FIGURE_TEMPLATE, "height": DEFAULT_HEIGHT, **layout})
