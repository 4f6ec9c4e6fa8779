"""Customers on their way from one segment to another, between two snapshots."""

from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import SNAPSHOT_SIDES, Movement, Picture
from segmentlab.report.layout import DEFAULT_HEIGHT, NOISE_COLOUR, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_count

FLOW_ROW_HEIGHT = 60
OUTSIDE_NODE = -2  # no segment has this number, and noise has another
OUTSIDE_NAMES = {"before": "not scored before", "after": "not scored again"}


class FlowData(NamedTuple):
    """Nodes are segments, those before first; links join them."""

    names: list[str]
    colours: list[str]
    sources: list[int]
    targets: list[int]
    customers: list[int]
    money: list[float]  # expected of them, or paid so far where that is not known


def compute_flow_data(movement: Movement) -> FlowData:
    """A node per segment and side; customers who are on one side only come from outside, or go there."""
    moves = movement.pairs
    names: list[str] = []
    colours: list[str] = []
    ends: dict[str, pd.Series] = {}
    for side in SNAPSHOT_SIDES:
        keys = moves[f"segment_{side}"]
        nodes = moves.assign(key=keys).drop_duplicates(f"segment_{side}").sort_values(f"segment_{side}")
        places = {key: len(names) + place for place, key in enumerate(nodes["key"].fillna(OUTSIDE_NODE))}
        ends[side] = keys.fillna(OUTSIDE_NODE).map(places)
        names += nodes[f"name_{side}"].fillna(OUTSIDE_NAMES[side]).tolist()
        colours += [
            NOISE_COLOUR if key == OUTSIDE_NODE else choose_colour(int(key))
            for key in nodes["key"].fillna(OUTSIDE_NODE)
        ]
    return FlowData(
        names,
        colours,
        ends["before"].tolist(),
        ends["after"].tolist(),
        moves["customers"].tolist(),
        moves["expected" if movement.foresees else "revenue"].tolist(),
    )


def draw_flows(movement: Movement) -> Picture:
    """A Sankey diagram."""
    data = compute_flow_data(movement)
    rows = max(len(set(data.sources)), len(set(data.targets)))
    words = "expected to spend" if movement.foresees else "who paid so far"
    told = [
        f"{format_count(people)} customers, {words} {format_amount(money)}"
        for people, money in zip(data.customers, data.money, strict=True)
    ]
    diagram = go.Sankey(
        node={
            "label": [escape_label(name, 28) for name in data.names],
            "color": data.colours,
            "pad": 14,
            "thickness": 16,
            "line": {"width": 0},
        },
        link={
            "source": data.sources,
            "target": data.targets,
            "value": data.customers,
            "customdata": told,
            "hovertemplate": "%{source.label} to %{target.label}: %{customdata}<extra></extra>",
            "color": "rgba(97, 110, 124, 0.25)",
        },
    )
    return Picture(
        name="flows",
        title="Who moved where",
        caption=f"Left: segments on {movement.before}. Right: on {movement.after}. A band is as wide as the "
        "number of its customers; pointing at it shows their money.",
        figure=make_figure([diagram], height=max(DEFAULT_HEIGHT, FLOW_ROW_HEIGHT * rows)),
    )
