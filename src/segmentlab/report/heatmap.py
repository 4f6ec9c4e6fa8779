"""Coloured cells in rows and columns, drawn alike in every figure that has them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import DIVERGING, FAINT_INK

Values = pd.DataFrame | np.ndarray

# Of a lift in doublings: a quarter, half, as much as all, twice, four times.
LIFT_BAR: Final = {"tickvals": [-2, -1, 0, 1, 2], "ticktext": ["1/4", "1/2", "1", "2", "4"]}
SMALL_TEXT: Final = {"size": 11}


def make_heatmap(
    values: Values,
    texts: object,
    limits: tuple[float, float],
    *,
    title: str,
    bar: dict[str, object] | None = None,
    **own: object,
) -> go.Heatmap:
    """Cells coloured by `values` within `limits`, each with its text and a bar that explains the colours.

    `title` and `bar` are the bar's; `own` is what a figure has of its own, in Plotly's words.
    """
    rows, columns = values.shape
    look = {
        "x": list(range(columns)),
        "y": list(range(rows)),
        "texttemplate": "%{text}",
        "textfont": {"size": 13},
        "colorscale": list(DIVERGING),
        "xgap": 2,
        "ygap": 2,
        "colorbar": {
            "title": {"text": title, "font": {"size": 12}},
            "thickness": 12,
            "outlinewidth": 0,
            "tickfont": {"size": 11, "color": FAINT_INK},
            **(bar or {}),
        },
    }
    return go.Heatmap(z=values, text=texts, zmin=limits[0], zmax=limits[1], **{**look, **own})


def list_ticks(names: Sequence[str]) -> dict[str, object]:
    """Names along an axis. Positions are numbers: two names may be alike, and Plotly would merge them."""
    return {"tickvals": list(range(len(names))), "ticktext": list(names)}


def format_cell_percent(share: float) -> str:
    """A share in percent, short enough for a cell on a phone: `12`, `3.4`, `0`."""
    return f"{100 * share:.0f}" if share >= 0.0995 or share == 0 else f"{100 * share:.1f}"
