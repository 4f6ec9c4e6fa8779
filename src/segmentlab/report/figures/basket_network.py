"""Which products go together, as arcs between the rows of a list: names stay readable on every screen."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from segmentlab.flow import Picture
from segmentlab.goods import BasketPortrait
from segmentlab.report.layout import HUES, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_percent

BASKET_NETWORK: Final = "basket_network"
MOST_PRODUCTS: Final = 30
NETWORK_ROW_HEIGHT: Final = 24
LONGEST_ROW_NAME: Final = 26
ARC_POINTS: Final = 24
THINNEST_ARC, THICKEST_ARC = 1.0, 7.0
POINT_SIZE: Final = 9


class NetworkData(NamedTuple):
    """Products in rows, families together; arcs join rows by a rule that makes one of the other."""

    names: list[str]
    families: list[int]
    arcs: pd.DataFrame  # first, then (rows), confidence, lift


def choose_network(portrait: BasketPortrait, most: int = MOST_PRODUCTS) -> NetworkData:
    """The pairs that lie together in most baskets beyond chance, of everybody, until products are enough.

    Families are products that arcs join, those with the strongest arc first; within one, products stand so
    that the arcs are short.
    """
    rules = portrait.rules
    pairs = rules[rules["segment"].isna() & rules["if_second"].isna()]
    ids, arcs = list[str](), []
    for rule in pairs.to_dict("records"):
        new = [name for name in (rule["if_first"], rule["then"]) if name not in ids]
        if len(ids) + len(new) > most:
            break
        ids += new
        arcs.append(rule)
    chosen = pd.DataFrame(arcs, columns=pairs.columns)
    ends = {end: chosen[end].map(ids.index).to_numpy(dtype=int) for end in ("if_first", "then")}
    order, families = _order_products(ends["if_first"], ends["then"], len(ids))
    rows = np.argsort(order)
    table = chosen[["confidence", "lift"]].assign(first=rows[ends["if_first"]], then=rows[ends["then"]])
    named = _find_names(chosen)
    return NetworkData([named[ids[place]] for place in order], families, table)


def _order_products(
    first: npt.NDArray[np.integer], then: npt.NDArray[np.integer], count: int
) -> tuple[list[int], list[int]]:
    """Family by family as they appear; within one, whoever is joined to most of those that stand already."""
    joined = coo_array((np.ones(len(first)), (first, then)), shape=(count, count)).toarray()
    joined = joined + joined.T
    _, family = connected_components(joined, directed=False)
    order: list[int] = []
    for own in dict.fromkeys(family.tolist()):
        left = np.flatnonzero(family == own).tolist()
        placed: list[int] = []
        while left:
            best = max(left, key=lambda one: (joined[one, placed].sum(), -joined[one].sum(), -one))
            placed.append(best)
            left.remove(best)
        order += placed
    places = {own: place for place, own in enumerate(dict.fromkeys(family.tolist()))}
    return order, [places[family[one]] for one in order]


def _find_names(rules: pd.DataFrame) -> dict[str, str]:
    """The description of each product, or its id where it has none."""
    named: dict[str, str] = {}
    for end in ("if_first", "then"):
        told = rules[f"{end}_description"] if f"{end}_description" in rules else rules[end]
        named |= dict(zip(rules[end], told.fillna(rules[end]).astype(str), strict=True))
    return named


def draw_basket_pictures(portrait: BasketPortrait) -> Iterator[Picture]:
    """The network, where there is a pair to draw."""
    data = choose_network(portrait)
    if data.names:
        yield draw_basket_network(data)


def draw_basket_network(data: NetworkData) -> Picture:
    """A list of products, and an arc for each pair; the more of the baskets hold both, the thicker."""
    rows = len(data.names)
    return Picture(
        name=BASKET_NETWORK,
        title="Products in the same baskets",
        caption=f"The {len(data.arcs)} pairs of products that lie together in most baskets beyond chance, of "
        "all baskets. An arc joins two products, and is the thicker, the more of the baskets with one hold "
        "the other too; pointing at its middle shows by how much. Products that arcs join have one colour.",
        figure=make_figure(
            [*_draw_arcs(data), _draw_products(data), _draw_middles(data)],
            xaxis={
                "tickvals": [],
                "showgrid": False,
                "range": [-0.3, _find_reach(data) / 2 + 0.6],
                "fixedrange": True,
            },
            yaxis={
                "tickvals": list(range(rows)),
                "ticktext": [escape_label(name, LONGEST_ROW_NAME) for name in data.names],
                "tickfont": {"size": 11},
                "range": [rows - 0.4, -0.6],
                "showgrid": False,
                "fixedrange": True,
            },
            height=NETWORK_ROW_HEIGHT * max(rows, 6) + 80,
        ),
    )


def _find_reach(data: NetworkData) -> int:
    """Over how many rows the longest arc goes."""
    return int((data.arcs["first"] - data.arcs["then"]).abs().max())


def _choose_family_colour(data: NetworkData, row: int) -> str:
    return HUES[data.families[row] % len(HUES)]


def _draw_arcs(data: NetworkData) -> list[go.Scatter]:
    angle = np.linspace(-np.pi / 2, np.pi / 2, ARC_POINTS)
    drawn = []
    for arc in data.arcs.to_dict("records"):
        middle, half = (arc["first"] + arc["then"]) / 2, abs(arc["first"] - arc["then"]) / 2
        drawn.append(
            go.Scatter(
                x=(half * np.cos(angle)).round(3),
                y=(middle + half * np.sin(angle)).round(3),
                mode="lines",
                line={
                    "color": _choose_family_colour(data, int(arc["first"])),
                    "width": round(THINNEST_ARC + (THICKEST_ARC - THINNEST_ARC) * arc["confidence"], 2),
                },
                opacity=0.55,
                hoverinfo="skip",
            )
        )
    return drawn


def _draw_products(data: NetworkData) -> go.Scatter:
    rows = range(len(data.names))
    return go.Scatter(
        x=[0.0] * len(data.names),
        y=list(rows),
        mode="markers",
        marker={"color": [_choose_family_colour(data, row) for row in rows], "size": POINT_SIZE},
        hovertext=[escape_label(name, 80) for name in data.names],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _draw_middles(data: NetworkData) -> go.Scatter:
    """Small points in the middle of the arcs, for whoever points at them."""
    arcs = data.arcs
    told = [
        f"{escape_label(data.names[arc['first']])}<br>and {escape_label(data.names[arc['then']])}: "
        f"{format_percent(arc['confidence'])}, {format_amount(arc['lift'])} times as many as of all"
        for arc in arcs.astype({"first": int, "then": int}).to_dict("records")
    ]
    return go.Scatter(
        x=(arcs["first"] - arcs["then"]).abs() / 2,
        y=(arcs["first"] + arcs["then"]) / 2,
        mode="markers",
        marker={"color": [_choose_family_colour(data, int(row)) for row in arcs["first"]], "size": 5},
        hovertext=told,
        hovertemplate="%{hovertext}<extra></extra>",
    )
