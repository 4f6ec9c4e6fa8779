"""The last merges of a hierarchy, and where it was cut."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.cluster.hierarchy import dendrogram as scipy_dendrogram
from scipy.cluster.hierarchy import leaders

from segmentlab.flow import Picture
from segmentlab.modelling import Labels, MergeTree, MergeWeights, cut_tree
from segmentlab.report.layout import ACCENT, DEFAULT_HEIGHT, FIGURE_LEGEND, INK, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_count

DENDROGRAM_ENDS = 30  # a tree of more branches is a black bar
DENDROGRAM_ROW_HEIGHT = 17


class DendrogramStroke(NamedTuple):
    """A line of the drawing, along the heights or across the places; without a segment it joins several."""

    segment: int | None
    heights: tuple[float, float]
    places: tuple[float, float]


class TreeTop(NamedTuple):
    """What is drawn of a tree: the customers at each end, in the order of the drawing, and the strokes."""

    customers: list[float]
    strokes: list[DendrogramStroke]
    merges: int  # of the whole tree
    cut: float | None  # halfway between the last merge that was kept and the first that was undone


def find_tree_top(
    tree: MergeTree, weights: MergeWeights, segments: Labels, ends: int = DENDROGRAM_ENDS
) -> TreeTop:
    """The last merges of a tree whose leaves have a weight and a segment each.

    What lies below is one end each, drawn down to zero. There are at least as many ends as segments.
    """
    leaves, groups = len(tree) + 1, len(np.unique(segments))
    ends = min(max(ends, groups), leaves)
    parts = cut_tree(tree, ends)
    nodes, part_of_node = leaders(tree, parts.astype(np.int32))
    order = scipy_dendrogram(tree, p=ends, truncate_mode="lastp", no_plot=True)["leaves"]
    own = segments[np.unique(parts, return_index=True)[1]]
    held = dict(zip(nodes.tolist(), np.bincount(parts, weights)[part_of_node].tolist(), strict=True))
    return TreeTop(
        customers=[held[node] for node in order],
        strokes=_list_strokes(
            tree, order, dict(zip(nodes.tolist(), own[part_of_node].tolist(), strict=True))
        ),
        merges=len(tree),
        cut=_find_cut_height(tree, groups),
    )


def draw_dendrogram(top: TreeTop, profile: pd.DataFrame) -> Picture:
    """The tree from its ends at the left to the merge of everybody at the right."""
    segments = sorted({stroke.segment for stroke in top.strokes if stroke.segment is not None})
    names = profile["name"].map(escape_label)
    plot = make_figure(
        [
            _draw_strokes(top, None, "several segments", ACCENT),
            *(_draw_strokes(top, segment, names[segment], choose_colour(segment)) for segment in segments),
        ],
        xaxis={"title": {"text": "height of the merge"}, "rangemode": "tozero"},
        yaxis={
            "title": {"text": "customers"},
            "tickvals": list(range(len(top.customers))),
            "ticktext": [format_count(customers) for customers in top.customers],
            "tickfont": {"size": 10},
            "range": [len(top.customers) - 0.5, -0.5],
            "showgrid": False,
        },
        showlegend=True,
        legend=FIGURE_LEGEND,
        height=max(DEFAULT_HEIGHT, DENDROGRAM_ROW_HEIGHT * len(top.customers) + 90),
    )
    if top.cut is not None:
        plot.add_vline(top.cut, line={"color": INK, "width": 1.5, "dash": "dash"})
    shown = len(top.customers) - 1
    return Picture(
        name="dendrogram",
        title="How segments merge",
        caption=f"The last {shown:,} of {top.merges:,} merges; the numbers are the customers who had merged "
        "before. The dashed line is where the tree is cut: each branch that it crosses is a segment. Where "
        "it could be moved far without crossing a merge, the number of segments is a clear one.",
        figure=plot,
    )


def _list_strokes(tree: MergeTree, order: list[int], segments: dict[int, int]) -> list[DendrogramStroke]:
    """Three lines per merge: one along each of its two branches, and one across to join them."""
    segment: dict[int, int | None] = dict(segments)
    place, reached = {node: float(row) for row, node in enumerate(order)}, dict.fromkeys(order, 0.0)
    leaves, strokes = len(tree) + 1, []
    for row in range(leaves - len(order), leaves - 1):
        one, other, height = int(tree[row, 0]), int(tree[row, 1]), float(tree[row, 2])
        strokes += [
            DendrogramStroke(segment[node], (reached[node], height), (place[node], place[node]))
            for node in (one, other)
        ]
        joined = leaves + row
        segment[joined] = segment[one] if segment[one] == segment[other] else None
        strokes.append(DendrogramStroke(segment[joined], (height, height), (place[one], place[other])))
        place[joined], reached[joined] = (place[one] + place[other]) / 2, height
    return strokes


def _find_cut_height(tree: MergeTree, groups: int) -> float | None:
    if groups == 1:
        return None
    heights = np.append(0.0, tree[:, 2])
    return float(heights[-groups : len(heights) - groups + 2].mean())


def _draw_strokes(top: TreeTop, segment: int | None, name: str, shade: str) -> go.Scatter:
    own = [stroke for stroke in top.strokes if stroke.segment == segment]
    return go.Scatter(
        mode="lines",
        name=name,
        x=[height for stroke in own for height in (*stroke.heights, None)],
        y=[place for stroke in own for place in (*stroke.places, None)],
        line={"color": shade, "width": 2},
        hovertemplate="%{x:.3g}<extra></extra>",
    )
