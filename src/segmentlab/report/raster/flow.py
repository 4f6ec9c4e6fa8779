"""A Sankey diagram of two columns: bars that are as tall as their customers, and bands between them."""

import re
from collections.abc import Sequence
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from plotly.basedatatypes import BaseTraceType

from segmentlab.report.layout import INK
from segmentlab.report.raster.panel import convert_to_points, remove_markup

FLOW_SIDES: Final = ("source", "target")
LABEL_GAP: Final = 6  # pixels between a bar and its label
BAND_PATH: Final = (Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY)


class FlowPanel:
    """A place without axes, measured in pixels from its upper left corner."""

    domain = (0, 0, 1, 1)

    def __init__(self, sheet: Figure) -> None:
        self.axes: Axes = sheet.add_axes(self.domain)
        self.axes.set_axis_off()
        self.width, self.height = self.axes.bbox.width, self.axes.bbox.height
        self.axes.set(xlim=(0, self.width), ylim=(self.height, 0))

    def finish(self) -> None:
        """There is nothing to dress."""

    def tilt_crowded(self, _renderer: object) -> None:
        """There is nothing to tilt."""


def paint_flows(panel: FlowPanel, traces: Sequence[BaseTraceType]) -> None:
    """Every band leaves and arrives in the order of the bars at its other end, so that few of them cross."""
    for trace in traces:
        links = pd.DataFrame({name: trace.link[name] for name in (*FLOW_SIDES, "value")})
        links = links.sort_values(list(FLOW_SIDES))
        heights = [links.groupby(side)["value"].sum() for side in FLOW_SIDES]
        room = panel.height - trace.node.pad * (max(map(len, heights)) - 1)
        scale = room / links["value"].sum()
        for side, sizes in zip(FLOW_SIDES, heights, strict=True):
            tops = _paint_flow_bars(panel, trace, sizes * scale, on_the_left=side == "source")
            within = links.groupby(side)["value"].cumsum() - links["value"]
            links[f"{side}_top"] = links[side].map(tops) + within * scale
        for left, right, value in links[["source_top", "target_top", "value"]].to_numpy():
            _paint_flow_band(panel, trace, (left, right), value * scale)


def _paint_flow_bars(
    panel: FlowPanel, trace: BaseTraceType, heights: pd.Series, *, on_the_left: bool
) -> pd.Series:
    """Paint one column of bars, in the middle of the height, and tell where each begins."""
    node, thick = trace.node, trace.node.thickness
    begin = (panel.height - heights.sum() - node.pad * (len(heights) - 1)) / 2
    tops: pd.Series = (
        begin + heights.cumsum() - heights + node.pad * pd.Series(range(len(heights)), heights.index)
    )
    x, beside = (0, thick + LABEL_GAP) if on_the_left else (panel.width - thick, -LABEL_GAP)
    for (key, top), height in zip(tops.items(), heights, strict=True):
        panel.axes.add_patch(Rectangle((x, top), thick, height, color=node.color[key], linewidth=0))
        text = panel.axes.text(x + beside, top + height / 2, remove_markup(node.label[key]), color=INK)
        text.set(size=convert_to_points(12), ha="left" if on_the_left else "right", va="center")
    return tops


def _paint_flow_band(
    panel: FlowPanel, trace: BaseTraceType, tops: tuple[float, float], height: float
) -> None:
    thick = trace.node.thickness
    begin, middle, end = thick, panel.width / 2, panel.width - thick
    left, right = tops
    there = [(begin, left), (middle, left), (middle, right), (end, right)]
    back = [(x, y + height) for x, y in reversed(there)]
    red, green, blue, alpha = map(float, re.findall(r"[\d.]+", trace.link.color))
    colour = (red / 255, green / 255, blue / 255, alpha)
    panel.axes.add_patch(PathPatch(Path([*there, *back, there[0]], BAND_PATH), facecolor=colour, linewidth=0))
