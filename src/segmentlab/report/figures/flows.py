"""Customers on their way from one segment to another, between two snapshots."""

from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import DEFAULT_HEIGHT, figure
from segmentlab.report.palette import NOISE_COLOUR, colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import amount, count, label
from segmentlab.watching.movement import SIDES, Movement

ROW_HEIGHT = 60
OUT = -2  # no segment has this number, and noise has another
OUTSIDE = {"before": "not scored before", "after": "not scored again"}


class FlowData(NamedTuple):
    """Nodes are segments, those before first; links join them."""

    names: list[str]
    colours: list[str]
    sources: list[int]
    targets: list[int]
    customers: list[int]
    revenue: list[float]


def flow_data(moves: pd.DataFrame) -> FlowData:
    """A node per segment and side; customers who are on one side only come from outside, or go there."""
    names: list[str] = []
    colours: list[str] = []
    ends: dict[str, pd.Series] = {}
    for side in SIDES:
        keys = moves[f"segment_{side}"]
        nodes = moves.assign(key=keys).drop_duplicates(f"segment_{side}").sort_values(f"segment_{side}")
        places = {key: len(names) + place for place, key in enumerate(nodes["key"].fillna(OUT))}
        ends[side] = keys.fillna(OUT).map(places)
        names += nodes[f"name_{side}"].fillna(OUTSIDE[side]).tolist()
        colours += [NOISE_COLOUR if key == OUT else colour(int(key)) for key in nodes["key"].fillna(OUT)]
    return FlowData(
        names,
        colours,
        ends["before"].tolist(),
        ends["after"].tolist(),
        moves["customers"].tolist(),
        moves["revenue"].tolist(),
    )


def flows(movement: Movement) -> Picture:
    """A Sankey diagram."""
    data = flow_data(movement.moves)
    rows = max(len(set(data.sources)), len(set(data.targets)))
    told = [
        f"{count(people)} customers, revenue {amount(money)}"
        for people, money in zip(data.customers, data.revenue, strict=True)
    ]
    diagram = go.Sankey(
        node={
            "label": [label(name, 28) for name in data.names],
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
        "number of its customers; pointing at it shows their revenue.",
        figure=figure([diagram], height=max(DEFAULT_HEIGHT, ROW_HEIGHT * rows)),
    )
