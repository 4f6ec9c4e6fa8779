"""Which branches of the density tree became segments."""

from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import choose_even_ranks
from segmentlab.flow import Picture
from segmentlab.modelling import Labels
from segmentlab.report.layout import FIGURE_LEGEND, NOISE_SEGMENT, PAPER, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_count

DRAWN_BRANCHES = 100
DRAWN_STEPS = 20
TREE_TICKS = 6

TreeRows = npt.NDArray[np.void]  # a row per customer or branch: parent, child, lambda_val, child_size


class TreeBranch(NamedTuple):
    """A group of customers who stay together over some densities, and the outline that it is drawn with.

    `segment` is the one that its customers belong to, NOISE where they belong to several or to none.
    """

    segment: int
    customers: int
    density: npt.NDArray[np.float64]
    left: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]


def find_tree_branches(tree: TreeRows, segments: Labels, limit: int = DRAWN_BRANCHES) -> list[TreeBranch]:
    """The largest branches of a condensed tree, with a width that is the number of customers in them.

    A branch narrows as customers leave it, and where it splits its parts share its place. A parent is
    larger than its parts, so the largest branches hang together. Copies leave at no finite density; they
    are drawn to the highest that is.
    """
    customers = len(segments)
    splits, owner = tree[tree["child"] >= customers], _find_branch_owners(tree, segments)
    finite = tree["lambda_val"][np.isfinite(tree["lambda_val"])]
    sizes = np.append(customers, splits["child_size"])
    names = np.append(customers, splits["child"])
    births = np.append(finite.min(), splits["lambda_val"])
    middle, drawn = {customers: customers / 2}, []
    for place in np.sort(np.lexsort((names, -sizes))[:limit]):
        name = names[place]
        parts = splits[splits["parent"] == name]
        left = middle[name] - parts["child_size"].sum() / 2
        for part in parts:
            middle[part["child"]] = left + part["child_size"] / 2
            left += part["child_size"]
        density, width = _trace_branch_width(
            tree[tree["parent"] == name], customers, births[place], sizes[place]
        )
        edges = middle[name] - width / 2, middle[name] + width / 2
        segment = int(owner[name - customers])
        drawn.append(TreeBranch(segment, int(sizes[place]), density.clip(max=finite.max()), *edges))
    return drawn


def draw_condensed_tree(drawn: list[TreeBranch], total: int, profile: pd.DataFrame) -> Picture:
    """An icicle of `drawn` branches, which are so many of `total`: the denser, the further down."""
    names = {**profile["name"].map(escape_label), NOISE_SEGMENT: "several segments or none"}
    low = min(branch.density.min() for branch in drawn)
    high = max(branch.density.max() for branch in drawn)
    by_segment = attrgetter("segment")
    ticks = np.geomspace(low, high, TREE_TICKS).tolist()
    left_out = "" if len(drawn) == total else f" The {len(drawn)} largest of {total:,} branches are drawn."
    return Picture(
        name="condensed_tree",
        title="Which branches became segments",
        caption="All customers at the top, fewer and denser groups below. A branch is as wide as it has "
        "customers: it narrows as they drop out, and splits where it falls apart. Branches in a segment's "
        "colour are its own, with the parts that were not taken as segments of their own; the others belong "
        f"to several segments or to none.{left_out}",
        figure=make_figure(
            [
                _draw_branch_area(branch, names[segment], in_legend=not place)
                for segment, own in groupby(sorted(drawn, key=by_segment), by_segment)
                for place, branch in enumerate(own)
            ],
            xaxis={"title": {"text": "customers"}, "showgrid": False},
            yaxis={
                "title": {"text": "density (1 / distance)"},
                "type": "log",
                "range": [np.log10(high * 1.1), np.log10(low / 1.1)],
                "tickvals": ticks,
                "ticktext": [format_amount(tick) for tick in ticks],
            },
            showlegend=True,
            legend=FIGURE_LEGEND,
            height=560,
        ),
    )


def _find_branch_owners(tree: TreeRows, segments: Labels) -> Labels:
    """The one segment of all customers below each branch, or NOISE."""
    customers = len(segments)
    leaving = tree[tree["child"] < customers]
    lowest = np.full(int(tree["parent"].max()) + 1 - customers, np.iinfo(np.int64).max)
    highest = np.full_like(lowest, NOISE_SEGMENT)
    np.minimum.at(lowest, leaving["parent"] - customers, segments[leaving["child"]])
    np.maximum.at(highest, leaving["parent"] - customers, segments[leaving["child"]])
    splits = tree[tree["child"] >= customers]
    for row in splits[np.argsort(splits["child"])[::-1]]:  # parents have smaller numbers
        parent, child = row["parent"] - customers, row["child"] - customers
        lowest[parent] = min(lowest[parent], lowest[child])
        highest[parent] = max(highest[parent], highest[child])
    return np.where(lowest == highest, highest, NOISE_SEGMENT)


def _trace_branch_width(
    rows: TreeRows, customers: int, birth: float, size: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The densities of a branch from birth to end, and how many customers it still has at each."""
    leaving = np.sort(rows["lambda_val"][rows["child"] < customers])
    parts = rows[rows["child"] >= customers]
    steps = choose_even_ranks(len(leaving), DRAWN_STEPS)
    density = np.concatenate([[birth], leaving[steps], parts["lambda_val"][:1]])
    width = np.concatenate([[size], size - 1.0 - steps, [parts["child_size"].sum()][: len(parts)]])
    return density, width


def _draw_branch_area(branch: TreeBranch, name: str, in_legend: bool) -> go.Scatter:
    return go.Scatter(
        mode="lines",
        name=name,
        legendgroup=str(branch.segment),
        showlegend=in_legend,
        x=np.concatenate([branch.left, branch.right[::-1], branch.left[:1]]),
        y=np.concatenate([branch.density, branch.density[::-1], branch.density[:1]]),
        fill="toself",
        fillcolor=choose_colour(branch.segment),
        line={"color": PAPER, "width": 0.5},
        hoveron="fills",
        hoverinfo="text",
        text=f"{name}: {format_count(branch.customers)} customers",
    )
