"""One plot area: a pair of Plotly axes, or a scene, as matplotlib axes."""

import html
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from plotly.basedatatypes import BasePlotlyType

from segmentlab.report.layout import FAINT_INK, GRID_COLOUR, PAPER

# Plotly's text and pixels in matplotlib's terms.


DPI: Final = 100
LINE_BREAK = re.compile(r"<br\s*/?>")
MARKUP_TAG = re.compile(r"</?(?:b|i|em|strong|sub|sup|span|a)\b[^>]*>")


def convert_to_points(pixels: float) -> float:
    """Matplotlib measures letters and lines in points."""
    return pixels * 72 / DPI


def remove_markup(text: str | None) -> str:
    """Text without Plotly's markup, and with no dollar sign that matplotlib would read as mathematics."""
    return html.unescape(MARKUP_TAG.sub("", LINE_BREAK.sub("\n", text or ""))).replace("$", r"\$")


TICK_TILT: Final = 35
BAR_GAP: Final = 0.2  # as Plotly has it where a figure does not say


class PanelScale:
    """Puts the values of one axis in numbers; names stand in the order in which they appear."""

    def __init__(self, layout: BasePlotlyType) -> None:
        self.layout = layout
        self.names: dict[str, int] = {}

    def numbers(self, values: Sequence[Any]) -> np.ndarray:
        """Positions of these values on the axis."""
        series = pd.Series(values).infer_objects()
        if pd.api.types.is_string_dtype(series):
            return np.array([self.names.setdefault(name, len(self.names)) for name in series], dtype=float)
        return series.to_numpy(dtype=float)

    def dress(self, axis: Axis) -> None:
        """Give a matplotlib axis the ticks, the title and the grid of its Plotly one."""
        if self.layout.tickvals is not None:
            axis.set_ticks(list(self.layout.tickvals), self._tick_texts())
            axis.set_ticks([], minor=True)
        elif self.names:
            axis.set_ticks(list(self.names.values()), [remove_markup(name) for name in self.names])
        elif self.layout.type != "log":
            axis.set_major_formatter(FuncFormatter(self._format))
        if self.layout.showticklabels is False:
            axis.set_tick_params(labelleft=False, labelbottom=False)
        axis.set_label_text(
            remove_markup(self.layout.title.text), color=FAINT_INK, size=convert_to_points(13)
        )
        axis.grid(visible=self.layout.showgrid is not False)

    def limits(self) -> tuple[float, float] | None:
        """The range that the figure asks for; Plotly gives that of a log axis as exponents."""
        if self.layout.range is None:
            return None
        low, high = self.layout.range
        return (10**low, 10**high) if self.layout.type == "log" else (low, high)

    def _tick_texts(self) -> list[str]:
        if self.layout.ticktext is None:
            return [self._format(value, 0) for value in self.layout.tickvals]
        return [remove_markup(str(text)) for text in self.layout.ticktext]

    def _format(self, value: float, _position: int) -> str:
        # Plotly's number formats follow Python's own mini-language.
        return format(value, self.layout.tickformat or ",.6g")


class PlotPanel:
    """The axes of some traces, their place in the figure, and how they are dressed."""

    def __init__(self, sheet: Figure, layout: go.Layout, x_name: str, y_name: str) -> None:
        x, y = _find_axis_layout(layout, x_name), _find_axis_layout(layout, y_name)
        self.bargap: float = BAR_GAP if layout.bargap is None else layout.bargap
        self.x, self.y = PanelScale(x), PanelScale(y)
        left, right = x.domain or (0, 1)
        bottom, top = y.domain or (0, 1)
        self.domain = (left, bottom, right - left, top - bottom)
        self.axes: Axes = sheet.add_axes(self.domain)
        self.axes.set_xscale("log" if x.type == "log" else "linear")
        self.axes.set_yscale("log" if y.type == "log" else "linear")

    def finish(self) -> None:
        """Dress the axes, now that all that lies on them is known."""
        self.axes.set_axisbelow(True)
        self.axes.spines[:].set_visible(False)
        self.axes.tick_params(
            length=0,
            labelcolor=FAINT_INK,
            labelsize=convert_to_points(12),
            grid_color=GRID_COLOUR,
            grid_linewidth=convert_to_points(1),
        )
        self.x.dress(self.axes.xaxis)
        self.y.dress(self.axes.yaxis)
        self.axes.set_xlim(self.x.limits())
        self.axes.set_ylim(self.y.limits())
        if self.y.layout.rangemode == "tozero":
            self.axes.set_ylim(bottom=min(0, self.axes.get_ylim()[0]))
        if self.x.layout.side == "top":
            self.axes.xaxis.tick_top()
        if self.y.layout.autorange == "reversed":
            self.axes.invert_yaxis()
        for axis, scale in (("x", self.x), ("y", self.y)):
            if scale.layout.zeroline:
                line = self.axes.axvline if axis == "x" else self.axes.axhline
                line(
                    0,
                    color=scale.layout.zerolinecolor,
                    linewidth=convert_to_points(scale.layout.zerolinewidth or 1),
                )

    def tilt_crowded(self, renderer: RendererBase) -> None:
        """Turn the labels of the horizontal axis where they would run into each other."""
        labels = [text for text in self.axes.get_xticklabels() if text.get_text()]
        boxes = sorted((text.get_window_extent(renderer) for text in labels), key=lambda box: box.x0)
        if any(before.x1 > after.x0 for before, after in pairwise(boxes)):
            side = "left" if self.x.layout.side == "top" else "right"
            for text in labels:
                text.set(rotation=TICK_TILT, horizontalalignment=side, rotation_mode="anchor")


class ScenePanel:
    """A scene with three dimensions."""

    def __init__(self, sheet: Figure, layout: go.Layout, name: str) -> None:
        self.scene = scene = layout[name]
        left, right = scene.domain.x or (0, 1)
        bottom, top = scene.domain.y or (0, 1)
        self.domain = (left, bottom, right - left, top - bottom)
        with rc_context({"grid.color": GRID_COLOUR}):  # no setter reaches the grid
            self.axes: Any = sheet.add_axes(self.domain, projection="3d")

    def finish(self) -> None:
        """Look from where Plotly looks, name the axes and quieten them."""
        self.axes.view_init(elev=35, azim=45)
        self.axes.set(
            xlabel=remove_markup(self.scene.xaxis.title.text),
            ylabel=remove_markup(self.scene.yaxis.title.text),
            zlabel=remove_markup(self.scene.zaxis.title.text),
        )
        for axis in (self.axes.xaxis, self.axes.yaxis, self.axes.zaxis):
            axis.set_pane_color(PAPER)
            axis.label.set(color=FAINT_INK, size=convert_to_points(13))
            axis.set_tick_params(labelsize=convert_to_points(10), labelcolor=FAINT_INK)

    def tilt_crowded(self, _renderer: RendererBase) -> None:
        """Labels in space are never tilted."""


def _find_axis_layout(layout: go.Layout, name: str) -> BasePlotlyType:
    """Plotly calls an axis `x2` where traces refer to it and `xaxis2` in the layout."""
    return layout[f"{name[0]}axis{name[1:]}"]
