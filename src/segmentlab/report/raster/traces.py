"""One painter per kind of trace. A painter takes all traces of its kind on one panel."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from plotly.basedatatypes import BasePlotlyType, BaseTraceType

from segmentlab.report.layout import FAINT_INK, INK, PAPER
from segmentlab.report.raster.flow import paint_flows
from segmentlab.report.raster.panel import PlotPanel, ScenePanel, convert_to_points, remove_markup

DASHES: Final[dict[str | None, Any]] = {None: "-", "solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}
MARKERS: Final = {None: "o", "circle": "o", "diamond": "D", "square": "s", "cross": "P", "x": "X"}
MARKER_SIZE: Final = 6


def report_unknown(what: str, known: Iterable[str]) -> NotImplementedError:
    """Name what can't be painted, and where it would be added."""
    return NotImplementedError(
        f"{what} can't be painted as PNG yet; known: {', '.join(known)}. "
        "Draw the figure with these, or teach segmentlab/report/raster to paint it."
    )


def paint_bars(panel: PlotPanel, traces: Sequence[BaseTraceType]) -> None:
    """Bars side by side, upright or lying, with their texts at the end."""
    thickness = (1 - panel.bargap) / len(traces)
    for place, trace in enumerate(traces):
        lying = trace.orientation == "h"
        along, across = (panel.y, panel.x) if lying else (panel.x, panel.y)
        positions = along.numbers(trace.y if lying else trace.x) + (place - (len(traces) - 1) / 2) * thickness
        lengths = across.numbers(trace.x if lying else trace.y)
        draw = panel.axes.barh if lying else panel.axes.bar
        style = {"color": trace.marker.color, "alpha": trace.marker.opacity}
        drawn = draw(positions, lengths, thickness, 0 if trace.base is None else trace.base, **style)
        if trace.text is not None:
            texts = [remove_markup(text) for text in trace.text]
            panel.axes.bar_label(
                drawn, texts, padding=convert_to_points(4), size=convert_to_points(12), color=INK
            )


def paint_lines_and_markers(panel: PlotPanel, traces: Sequence[BaseTraceType]) -> None:
    """Points, lines and filled areas in the plane."""
    for trace in traces:
        x, y = panel.x.numbers(trace.x), panel.y.numbers(trace.y)
        mode = trace.mode or "lines"
        if "text" in mode:
            raise report_unknown(f"mode {mode!r} of a scatter", ("lines", "markers", "lines+markers"))
        if trace.fill not in (None, "none"):
            _fill_area(panel.axes, trace, x, y)
        if "lines" in mode:
            style = {"color": trace.line.color, "linestyle": DASHES[trace.line.dash], "alpha": trace.opacity}
            width = convert_to_points(trace.line.width or 2)
            panel.axes.plot(x, y, linewidth=width, solid_capstyle="butt", **style)
        if "markers" in mode:
            panel.axes.scatter(x, y, zorder=2.5, **_make_marker_style(trace.marker))


def paint_points_in_space(panel: ScenePanel, traces: Sequence[BaseTraceType]) -> None:
    """Points in three dimensions."""
    for trace in traces:
        panel.axes.scatter(trace.x, trace.y, trace.z, depthshade=False, **_make_marker_style(trace.marker))


def paint_heatmaps(panel: PlotPanel, traces: Sequence[BaseTraceType]) -> None:
    """Coloured cells with their texts, and the scale of the colours beside them."""
    for trace in traces:
        z = np.asarray(trace.z, dtype=float)
        x = panel.x.numbers(trace.x if trace.x is not None else range(z.shape[1]))
        y = panel.y.numbers(trace.y if trace.y is not None else range(z.shape[0]))
        cells = panel.axes.pcolormesh(
            x,
            y,
            z,
            shading="nearest",
            cmap=_make_colormap(trace.colorscale),
            vmin=trace.zmin,
            vmax=trace.zmax,
            edgecolors=PAPER,
            linewidth=convert_to_points(trace.xgap or 0),
        )
        if trace.texttemplate:
            _paint_cell_texts(panel.axes, trace, x, y, cells.to_rgba(z))
        if trace.showscale is not False:
            _paint_colour_scale(panel.axes, trace.colorbar, cells)


def _make_colormap(colorscale: Sequence[tuple[float, str]]) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("plotly", list(colorscale))


def _make_marker_style(marker: BasePlotlyType) -> dict[str, Any]:
    scale = {}
    if marker.colorscale is not None:
        scale = {"cmap": _make_colormap(marker.colorscale), "vmin": marker.cmin, "vmax": marker.cmax}
    return {
        "s": convert_to_points(MARKER_SIZE if marker.size is None else marker.size) ** 2,
        "c": marker.color,
        "alpha": marker.opacity,
        "marker": MARKERS[marker.symbol],
        "linewidths": 0,
        **scale,
    }


def _fill_area(axes: Axes, trace: BaseTraceType, x: np.ndarray, y: np.ndarray) -> None:
    fills: dict[str, Callable[..., Any]] = {
        "tozerox": lambda **style: axes.fill_betweenx(y, x, **style),
        "tozeroy": lambda **style: axes.fill_between(x, y, **style),
        "toself": lambda **style: axes.fill(x, y, **style),
    }
    if trace.fill not in fills:
        raise report_unknown(f"fill {trace.fill!r} of a scatter", fills)
    fills[trace.fill](color=trace.fillcolor, linewidth=0)


def _paint_colour_scale(axes: Axes, colorbar: BasePlotlyType, cells: QuadMesh) -> None:
    """What the colours of a heatmap mean, at its right."""
    beside = axes.inset_axes((1.03, 0, 0.018, 1))
    shown = "{x:" + (colorbar.tickformat or ",.6g") + "}"
    bar = axes.figure.colorbar(cells, cax=beside, format=shown)
    if colorbar.ticktext is not None:
        bar.set_ticks(list(colorbar.tickvals), labels=list(colorbar.ticktext))
    bar.outline.set_visible(False)
    beside.tick_params(length=0, labelsize=convert_to_points(11), labelcolor=FAINT_INK)
    beside.set_title(
        remove_markup(colorbar.title.text), size=convert_to_points(12), color=FAINT_INK, loc="left"
    )


def _paint_cell_texts(
    axes: Axes, trace: BaseTraceType, x: np.ndarray, y: np.ndarray, faces: np.ndarray
) -> None:
    for row, column in np.ndindex(len(y), len(x)):
        red, green, blue = to_rgb(tuple(faces[row, column]))
        light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.55
        axes.text(
            float(x[column]),
            float(y[row]),
            remove_markup(str(trace.text[row][column])),
            ha="center",
            va="center",
            size=convert_to_points(trace.textfont.size or 12),
            color=INK if light else PAPER,
        )


PAINTERS: Final[dict[str, Callable[[Any, Sequence[BaseTraceType]], None]]] = {
    "bar": paint_bars,
    "scatter": paint_lines_and_markers,
    "scatter3d": paint_points_in_space,
    "heatmap": paint_heatmaps,
    "sankey": paint_flows,
}
