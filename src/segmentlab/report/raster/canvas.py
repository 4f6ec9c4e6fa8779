"""From a Plotly figure to the bytes of a PNG."""

import io
import warnings
from collections import defaultdict
from typing import Final

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from plotly.basedatatypes import BaseTraceType

from segmentlab.report.layout import DEFAULT_HEIGHT
from segmentlab.report.palette import INK, PAPER
from segmentlab.report.raster import notes
from segmentlab.report.raster.flow import FlowPanel
from segmentlab.report.raster.panel import Panel, ScenePanel
from segmentlab.report.raster.resolve import resolved
from segmentlab.report.raster.text import DPI, plain, points
from segmentlab.report.raster.traces import PAINTERS, unknown

PADDING: Final = 16  # pixels between what is drawn and the edge
TITLE_HEIGHT: Final = 36

References = tuple[str, ...]
AnyPanel = Panel | ScenePanel | FlowPanel
FLOW: Final[References] = ("flow",)


def png(figure: go.Figure, *, title: str = "", width: int = 900, height: int | None = None) -> bytes:
    """Paint a Plotly figure; without a height it is as tall as the figure asks to be.

    Raises:
        NotImplementedError: the figure holds a kind of trace, shape or fill that has no painter.
    """
    layout = resolved(figure)
    if layout.barmode not in (None, "group"):
        raise unknown(f"barmode {layout.barmode!r}", ("group",))
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
        self.panels: dict[References, AnyPanel] = {}
        self.paper: Axes = sheet.add_axes((0, 0, 1, 1), zorder=1)
        self.paper.set_axis_off()

    def paint(self, traces: list[BaseTraceType], title: str) -> bytes:
        """Paint traces, then what lies over them, then make room for the letters around the panels."""
        groups: dict[tuple[References, str], list[BaseTraceType]] = defaultdict(list)
        for trace in traces:
            groups[references(trace), trace.type].append(trace)
        for (place, kind), own in groups.items():
            PAINTERS[kind](self._panel(place), own)
        for panel in self.panels.values():
            panel.finish()
        notes.shapes(self.layout, self._axes_of)
        notes.annotations(self.layout, self._axes_of)
        right = self._legend(traces) if self.layout.showlegend else 0
        self._title(title)
        self._fit(top=TITLE_HEIGHT if title else 0, right=right)
        image = io.BytesIO()
        self.sheet.savefig(image, format="png", dpi=DPI)
        return image.getvalue()

    def _panel(self, place: References) -> AnyPanel:
        if place not in self.panels:
            kind = ScenePanel if place[0].startswith("scene") else Panel
            flow = place == FLOW
            self.panels[place] = FlowPanel(self.sheet) if flow else kind(self.sheet, self.layout, *place)
        return self.panels[place]

    def _axes_of(self, reference: str) -> Axes:
        name = reference.split(maxsplit=1)[0]
        return next((panel.axes for place, panel in self.panels.items() if name in place), self.paper)

    def _legend(self, traces: list[BaseTraceType]) -> float:
        drawn = notes.legend(self.sheet, traces)
        return drawn.get_window_extent(self._renderer()).width + PADDING

    def _title(self, title: str) -> None:
        edge = PADDING / self.sheet.bbox.width, 1 - PADDING / self.sheet.bbox.height
        self.sheet.text(*edge, plain(title), size=points(16), color=INK, va="top", weight="bold")

    def _fit(self, top: float, right: float) -> None:
        """Move the panels inwards by as much as their letters stick out."""
        for panel in self.panels.values():
            panel.tilt_crowded(self._renderer())
        axes = [self.paper, *(panel.axes for panel in self.panels.values())]
        reach = Bbox.union([box for ax in axes if (box := ax.get_tightbbox(self._renderer()))])
        sheet = self.sheet.bbox
        x0 = PADDING + max(0, -reach.x0)
        y0 = PADDING + max(0, -reach.y0)
        x1 = sheet.width - PADDING - max(right, reach.x1 - sheet.width)
        y1 = sheet.height - PADDING - top - max(0, reach.y1 - sheet.height)
        area = Bbox([[x0 / sheet.width, y0 / sheet.height], [x1 / sheet.width, y1 / sheet.height]])
        self.paper.set_position(area)
        for panel in self.panels.values():
            left, bottom, width, height = panel.domain
            corner = area.x0 + left * area.width, area.y0 + bottom * area.height
            panel.axes.set_position((*corner, width * area.width, height * area.height))

    def _renderer(self) -> RendererBase:
        renderer: RendererBase = self.agg.get_renderer()  # type: ignore[no-untyped-call]
        return renderer


def references(trace: BaseTraceType) -> References:
    """Name the axes that a trace lies on: `("x2", "y2")`, or `("scene",)`."""
    if trace.type not in PAINTERS:
        raise unknown(f"trace kind {trace.type!r}", PAINTERS)
    if trace.type == "sankey":
        return FLOW
    if trace.type == "scatter3d":
        return (trace.scene or "scene",)
    return trace.xaxis or "x", trace.yaxis or "y"
