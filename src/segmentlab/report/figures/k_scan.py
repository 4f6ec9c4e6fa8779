"""How scores change with the number of segments, and the elbow: a plot, never a decision."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import MEASURES, Measure, describe_k_agreement, list_k_choices
from segmentlab.flow import Picture
from segmentlab.report.figures.panels import GridPanel, lay_out_grid, name_axes, stack_on_phones
from segmentlab.report.layout import (
    FIGURE_LEGEND,
    HUES,
    INK,
    PALE,
    make_curve,
    make_figure,
)

VIEW_HEIGHT: Final = 170
BETWEEN_VIEWS: Final = 104  # pixels: ticks and their title, and the heading of the next

# The elbow: how the spread within segments falls with their number, here and where there are none.


def compute_inertia_falls(scan: pd.DataFrame) -> pd.DataFrame:
    """Inertia per k as a share of that at the first k: `here`, and in a `box` without any segments.

    The gap statistic is the difference between the logarithms of the two, so where it was drawn the
    curve of the box follows from it.
    """
    table = pd.DataFrame({"k": scan["k"], "here": scan["inertia"] / scan["inertia"].iloc[0]})
    if "gap" in scan:
        boxed = scan["inertia"] * np.exp(scan["gap"])
        table["box"] = boxed / boxed.iloc[0]
    return table


def draw_elbow(scan: pd.DataFrame, chosen: int) -> Picture:
    """Inertia over k, with the number of segments that was chosen."""
    table = compute_inertia_falls(scan)
    boxed = "box" in table
    hover = "%{x} segments: %{y:.1%}"
    curves = [make_curve(table["k"], table["here"], "these customers", hover)]
    if boxed:
        box = make_curve(table["k"], table["box"], "a box without segments", hover, HUES[1], dash="dot")
        curves.append(box)
    plot = make_figure(
        curves,
        xaxis={"title": {"text": "number of segments"}, "tickvals": table["k"].tolist(), "showgrid": False},
        yaxis={
            "title": {"text": f"inertia, that at {table['k'].iloc[0]} is 100 %"},
            "tickformat": ".0%",
            "rangemode": "tozero",
        },
        showlegend=boxed,
        legend=FIGURE_LEGEND,
    )
    plot.add_vline(chosen, line={"color": INK, "width": 1.5, "dash": "dash"})
    return Picture(
        name="elbow",
        title="The elbow",
        caption="Inertia, the squared distances of customers to the middle of their segment: it falls with "
        f"every segment added. The dashed line is the {chosen} chosen. The elbow is no decision: data "
        "without any segments bends as well"
        + (", as the dotted curve shows; what would count is a bend that it has not." if boxed else ".")
        + f" Tried on {scan['customers'].iloc[0]:,} customers.",
        figure=plot,
    )


def draw_k_scan(scan: pd.DataFrame, chosen: int, measures: Sequence[Measure] = MEASURES) -> Picture:
    """A small panel for each view over the same k, the chosen one marked in each."""
    best = list_k_choices(scan, measures)
    shown = {one.view.column: one for one in measures if one.view is not None and one.view.column in scan}
    ticks = {"tickvals": scan["k"].tolist(), "showgrid": False, "title": {"text": "number of segments"}}
    panels = [
        GridPanel(_write_view_heading(one, best.get(column)), ticks, {}) for column, one in shown.items()
    ]
    heights = {"row_height": VIEW_HEIGHT, "between": BETWEEN_VIEWS}
    plot = make_figure(
        [
            trace
            for place, (column, one) in enumerate(shown.items())
            for trace in _draw_view(scan, column, one, place)
        ],
        **lay_out_grid(panels, min(2, len(panels)), **heights),
        meta=stack_on_phones(panels, **heights),
        margin={"t": 60},
        shapes=[_draw_chosen_line(chosen, place) for place in range(len(panels))],
    )
    return Picture(
        name="k_scan",
        title="How many segments?",
        caption=f"Views over the number of segments; the dashed line is the {chosen} chosen, and a pale band "
        "holds the 95 % interval of what was drawn. "
        f"{describe_k_agreement(best)} None decides alone, and the elbow is a plot, never a "
        "decision. Every number was "
        f"tried on {scan['customers'].iloc[0]:,} customers.",
        figure=plot,
    )


def _draw_view(scan: pd.DataFrame, column: str, one: Measure, place: int) -> Iterator[go.Scatter]:
    """The curve of one view on its panel, over the band of its intervals where it has them."""
    if (band := find_interval_band(scan, column)) is not None:
        yield _draw_band(band).update(name_axes(place))
    curve = make_curve(scan["k"], scan[column], one.title, "%{x} segments: %{y:.4g}")
    yield curve.update(name_axes(place))


def _draw_chosen_line(chosen: int, place: int) -> dict[str, object]:
    axes = name_axes(place)
    line = {"color": INK, "width": 1.5, "dash": "dash"}
    ends = {"x0": chosen, "x1": chosen, "y0": 0, "y1": 1}
    return {"type": "line", "xref": axes["xaxis"], "yref": f"{axes['yaxis']} domain", **ends, "line": line}


def find_interval_band(scan: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """The lower ends of a view's intervals over k, then the upper ones back; None where there are none."""
    ends = [f"{column}_low", f"{column}_high"]
    if not set(ends) <= set(scan):
        return None
    known = scan[["k", *ends]].dropna()
    low, high = known[["k", ends[0]]], known[["k", ends[1]]][::-1]
    return pd.concat([low.set_axis(["k", "end"], axis=1), high.set_axis(["k", "end"], axis=1)])


def _draw_band(band: pd.DataFrame) -> go.Scatter:
    style = {"fill": "toself", "fillcolor": PALE, "line": {"color": PALE, "width": 1}, "hoverinfo": "skip"}
    return go.Scatter(x=band["k"], y=band["end"], mode="lines", name="95 % interval", **style)


def _write_view_heading(measure: Measure, best: int | None) -> str:
    rule = measure.k_rule
    if best is None:
        return f"<b>{measure.title}</b><br>{'chooses none' if rule.choose else rule.words}"
    return f"<b>{measure.title}</b><br>chooses {best} ({rule.words})"
