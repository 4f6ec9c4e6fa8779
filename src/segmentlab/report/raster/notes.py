"""What lies over the panels: lines, texts and the legend."""

from collections.abc import Callable, Sequence

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import Transform, blended_transform_factory
from plotly.basedatatypes import BasePlotlyType, BaseTraceType

from segmentlab.report.layout import INK
from segmentlab.report.raster.panel import convert_to_points, remove_markup
from segmentlab.report.raster.traces import DASHES, MARKERS, report_unknown

MOST_LEGEND_ROWS = 18
VERTICAL_ALIGNMENT = {"top": "top", "middle": "center", "bottom": "bottom"}

AxesFinder = Callable[[str], Axes]


def paint_shapes(layout: go.Layout, axes_of: AxesFinder) -> None:
    """Draw the lines of a layout; `axes_of` finds the axes behind a reference such as `x2`."""
    for shape in layout.shapes:
        if shape.type != "line":
            raise report_unknown(f"shape {shape.type!r}", ("line",))
        axes_of(shape.xref).add_line(
            Line2D(
                [shape.x0, shape.x1],
                [shape.y0, shape.y1],
                transform=_find_transform(shape, axes_of),
                color=shape.line.color or INK,
                linestyle=DASHES[shape.line.dash],
                linewidth=convert_to_points(shape.line.width or 2),
            )
        )


def paint_annotations(layout: go.Layout, axes_of: AxesFinder) -> None:
    """Write the free texts of a layout, such as the titles of its panels."""
    for note in layout.annotations:
        if note.showarrow is not False:
            raise report_unknown("an annotation with an arrow", ("showarrow=False",))
        axes_of(note.xref).text(
            note.x,
            note.y,
            remove_markup(note.text),
            transform=_find_transform(note, axes_of),
            ha=note.xanchor or "center",
            va=VERTICAL_ALIGNMENT[note.yanchor or "middle"],
            size=convert_to_points(note.font.size or layout.font.size),
            color=note.font.color or INK,
            bbox={"facecolor": note.bgcolor, "edgecolor": "none", "pad": 1} if note.bgcolor else None,
        )


def paint_legend(canvas: Figure, traces: Sequence[BaseTraceType]) -> Legend:
    """Name the traces at the right; beyond what fits, say how many more there are."""
    named = [trace for trace in traces if trace.name and trace.showlegend is not False]
    shown = named[:MOST_LEGEND_ROWS]
    handles = [
        Line2D([], [], linestyle="", marker=MARKERS[trace.marker.symbol], color=trace.marker.color)
        if trace.type != "bar" and "markers" in (trace.mode or "")
        else Line2D([], [], linewidth=convert_to_points(6), color=_find_main_colour(trace))
        for trace in shown
    ]
    texts = [remove_markup(trace.name) for trace in shown]
    if len(named) > len(shown):
        handles.append(Line2D([], [], linestyle=""))
        texts.append(f"and {len(named) - len(shown)} more")
    return canvas.legend(
        handles,
        texts,
        loc="center right",
        frameon=False,
        fontsize=convert_to_points(12),
    )


def _find_main_colour(trace: BaseTraceType) -> str:
    if trace.type == "bar":
        colour = trace.marker.color
        return colour if isinstance(colour, str) else colour[0]
    return str(trace.fillcolor if trace.fill else trace.line.color)


def _find_transform(item: BasePlotlyType, axes_of: AxesFinder) -> Transform:
    return blended_transform_factory(
        _find_transform_side(item.xref, axes_of), _find_transform_side(item.yref, axes_of)
    )


def _find_transform_side(reference: str, axes_of: AxesFinder) -> Transform:
    axes = axes_of(reference)
    return axes.transAxes if reference.endswith(("domain", "paper")) else axes.transData
