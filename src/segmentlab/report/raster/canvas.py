"""From a Plotly figure to the bytes of a PNG."""

import io
import re
import warnings
from collections import defaultdict
from typing import Any, Final

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from plotly.basedatatypes import BaseTraceType

from segmentlab.report.layout import DEFAULT_HEIGHT, INK, PAPER
from segmentlab.report.raster.flow import FlowPanel
from segmentlab.report.raster.notes import paint_annotations, paint_legend, paint_shapes
from segmentlab.report.raster.panel import DPI, PlotPanel, ScenePanel, convert_to_points, remove_markup
from segmentlab.report.raster.traces import PAINTERS, report_unknown

# The layout of a figure with all that its template says about it.


SECOND_AXIS: Final = re.compile(r"([xy]axis)\d+")


def resolve_figure(figure: go.Figure) -> go.Layout:
    """Fill in from the template what the figure itself leaves open; a second axis follows the first."""
    template = figure.layout.template.layout.to_plotly_json()
    own = {name: part for name, part in figure.layout.to_plotly_json().items() if name != "template"}
    layout = _merge_layouts(template, own)
    for name, part in own.items():
        if axis := SECOND_AXIS.fullmatch(name):
            layout[name] = _merge_layouts(template.get(axis[1], {}), part)
    return go.Layout(layout)


def _merge_layouts(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {
        name: _merge_layouts(base[name], part)
        for name, part in own.items()
        if _are_dicts(base.get(name), part)
    }
    return base | own | both


def _are_dicts(*parts: object) -> bool:
    return all(isinstance(part, dict) for part in parts)


CANVAS_PADDING: Final = 16  # pixels between what is drawn and the edge
TITLE_HEIGHT: Final = 36

AxisReferences = tuple[str, ...]
AnyPanel = PlotPanel | ScenePanel | FlowPanel
FLOW_KIND: Final[AxisReferences] = ("flow",)


def paint_png(figure: go.Figure, *, title: str = "", width: int = 900, height: int | None = None) -> bytes:
    """Paint a Plotly figure; without a height it is as tall as the figure asks to be.

    Raises:
        NotImplementedError: the figure holds a kind of trace, shape or fill that has no painter.
    """
    layout = resolve_figure(figure)
    if layout.barmode not in (None, "group"):
        raise report_unknown(f"barmode {layout.barmode!r}", ("group",))
    tall = height or layout.height or DEFAULT_HEIGHT
    canvas = Canvas(Figure(figsize=(width / DPI, tall / DPI), dpi=DPI, facecolor=PAPER), layout)
    with warnings.catch_warnings():
        # A name may hold letters that the font lacks, such as emoji: they are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        return canvas.paint(list(figure.data), title or layout.title.text or "")


class Canvas:
    """A sheet of paper with its panels, painted and fitted once."""

    def __init__(self, sheet: Figure, layout: go.Layout) -> None:
        self.sheet = sheet
        self.layout = layout
        self.agg = FigureCanvasAgg(sheet)
        self.panels: dict[AxisReferences, AnyPanel] = {}
        self.paper: Axes = sheet.add_axes((0, 0, 1, 1), zorder=1)
        self.paper.set_axis_off()

    def paint(self, traces: list[BaseTraceType], title: str) -> bytes:
        """Paint traces, then what lies over them, then make room for the letters around the panels."""
        groups: dict[tuple[AxisReferences, str], list[BaseTraceType]] = defaultdict(list)
        for trace in traces:
            groups[name_trace_axes(trace), trace.type].append(trace)
        for (place, kind), own in groups.items():
            PAINTERS[kind](self._panel(place), own)
        for panel in self.panels.values():
            panel.finish()
        paint_shapes(self.layout, self._axes_of)
        paint_annotations(self.layout, self._axes_of)
        right = self._legend(traces) if self.layout.showlegend else 0
        self._title(title)
        self._fit(top=TITLE_HEIGHT if title else 0, right=right)
        image = io.BytesIO()
        self.sheet.savefig(image, format="png", dpi=DPI)
        return image.getvalue()

    def _panel(self, place: AxisReferences) -> AnyPanel:
        if place not in self.panels:
            kind = ScenePanel if place[0].startswith("scene") else PlotPanel
            flow = place == FLOW_KIND
            self.panels[place] = FlowPanel(self.sheet) if flow else kind(self.sheet, self.layout, *place)
        return self.panels[place]

    def _axes_of(self, reference: str) -> Axes:
        name = reference.split(maxsplit=1)[0]
        return next((panel.axes for place, panel in self.panels.items() if name in place), self.paper)

    def _legend(self, traces: list[BaseTraceType]) -> float:
        drawn = paint_legend(self.sheet, traces)
        return drawn.get_window_extent(self._renderer()).width + CANVAS_PADDING

    def _title(self, title: str) -> None:
        edge = CANVAS_PADDING / self.sheet.bbox.width, 1 - CANVAS_PADDING / self.sheet.bbox.height
        self.sheet.text(
            *edge, remove_markup(title), size=convert_to_points(16), color=INK, va="top", weight="bold"
        )

    def _fit(self, top: float, right: float) -> None:
        """Move the panels inwards by as much as their letters stick out."""
        for panel in self.panels.values():
            panel.tilt_crowded(self._renderer())
        axes = [self.paper, *(panel.axes for panel in self.panels.values())]
        reach = Bbox.union([box for ax in axes if (box := ax.get_tightbbox(self._renderer()))])
        sheet = self.sheet.bbox
        x0 = CANVAS_PADDING + max(0, -reach.x0)
        y0 = CANVAS_PADDING + max(0, -reach.y0)
        x1 = sheet.width - CANVAS_PADDING - max(right, reach.x1 - sheet.width)
        y1 = sheet.height - CANVAS_PADDING - top - max(0, reach.y1 - sheet.height)
        area = Bbox([[x0 / sheet.width, y0 / sheet.height], [x1 / sheet.width, y1 / sheet.height]])
        self.paper.set_position(area)
        for panel in self.panels.values():
            left, bottom, width, height = panel.domain
            corner = area.x0 + left * area.width, area.y0 + bottom * area.height
            panel.axes.set_position((*corner, width * area.width, height * area.height))

    def _renderer(self) -> RendererBase:
        renderer: RendererBase = self.agg.get_renderer()  # type: ignore[no-untyped-call]
        return renderer


def name_trace_axes(trace: BaseTraceType) -> AxisReferences:
    """Name the axes that a trace lies on: `("x2", "y2")`, or `("scene",)`."""
    if trace.type not in PAINTERS:
        raise report_unknown(f"trace kind {trace.type!r}", PAINTERS)
    if trace.type == "sankey":
        return FLOW_KIND
    if trace.type == "scatter3d":
        return (trace.scene or "scene",)
    return trace.xaxis or "x", trace.yaxis or "y"
