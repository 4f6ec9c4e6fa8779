"""The products that bring most money, and which segments bring it."""

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.figures.purchase_likelihood import product_names
from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import amount, label, percent

MOST_PRODUCTS: Final = 50
ROW_HEIGHT: Final = 17


def top_data(table: pd.DataFrame, limit: int = MOST_PRODUCTS) -> pd.DataFrame:
    """A row per product and segment with its revenue; `base` is where it begins behind other segments.

    `place` counts products from 0, the one with most revenue first. Charges are no products.
    """
    goods = table[~table["charge"]]
    totals = goods.groupby("product_id", observed=True)["revenue"].sum()
    first = totals.sort_values(ascending=False, kind="stable").head(limit)
    places = pd.Series(range(len(first)), index=first.index.astype("str"))
    own = goods.assign(place=goods["product_id"].astype("str").map(places)).dropna(subset="place")
    own = own.sort_values(["place", "segment"], ignore_index=True).astype({"place": "int64"})
    own["base"] = own.groupby("place")["revenue"].cumsum() - own["revenue"]
    return own[[name for name in _KEPT if name in own]]


_KEPT: Final = ("place", "product_id", "description", "segment", "revenue", "base")


def top_products(data: pd.DataFrame, profile: pd.DataFrame, total: float) -> Picture:
    """One bar per product, made of the segments that buy it."""
    products = data.drop_duplicates("place")
    share = data["revenue"].sum() / total if total > 0 else 0.0
    return Picture(
        name="top_products",
        title=f"Top {len(products)} products",
        caption="Revenue of the products that bring most, by segment. Together they bring "
        f"{percent(share)} of the revenue of all products. Charges such as postage are left out.",
        figure=figure(
            [_bars(data, profile), *_keys(data, profile)],
            showlegend=True,
            legend={**LEGEND, "y": -60 / _height(len(products))},
            bargap=0.25,
            xaxis={"title": {"text": "revenue"}},
            yaxis={
                "tickvals": products["place"].tolist(),
                "ticktext": product_names(products),
                "tickfont": {"size": 10},
                "range": [len(products) - 0.5, -0.5],
                "showgrid": False,
            },
            height=_height(len(products)),
        ),
    )


def _height(rows: int) -> int:
    return ROW_HEIGHT * max(rows, 12) + 180


def _bars(data: pd.DataFrame, profile: pd.DataFrame) -> go.Bar:
    names = profile["name"].map(label)[data["segment"]]
    return go.Bar(
        orientation="h",
        x=data["revenue"].round(2),
        base=data["base"].round(2),
        y=data["place"],
        marker={"color": [colour(segment) for segment in data["segment"]]},
        hovertext=[f"{name}: {amount(money)}" for name, money in zip(names, data["revenue"], strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _keys(data: pd.DataFrame, profile: pd.DataFrame) -> list[go.Scatter]:
    """Points without a place: the legend of colours that are given bar by bar."""
    return [
        go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=label(profile["name"][segment]),
            marker={"color": colour(segment), "symbol": "square", "size": 10},
        )
        for segment in data["segment"].unique()
    ]
