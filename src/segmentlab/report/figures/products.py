"""The products of segments: how likely each is bought, and which bring most money."""

import html
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.heatmap import LIFT_BAR, SMALL_TEXT, format_cell_percent, list_ticks, make_heatmap
from segmentlab.report.layout import FIGURE_LEGEND, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_percent

# How likely the customers of each segment buy the products that matter to one of them.


MOST_LIKELY_PRODUCTS: Final = 30
MOST_CELL_TEXTS: Final = 12  # segments; beyond, numbers in cells would lie over each other
MOST_PRODUCT_LIFT: Final = 2.0  # doublings: the darkest colour is four times as likely, or a quarter
LIKELIHOOD_ROW_HEIGHT: Final = 22
LONGEST_PRODUCT_NAME: Final = 28
SHORTEST_PRODUCT_NAME: Final = 16  # on a phone


class LikelihoodData(NamedTuple):
    """Products in rows, those that most customers buy on top; segments in columns."""

    names: list[str]
    likelihood: pd.DataFrame
    times: pd.DataFrame  # as often as is expected of customers who buy as much


def choose_likely_products(table: pd.DataFrame, limit: int = MOST_LIKELY_PRODUCTS) -> LikelihoodData:
    """The likeliest and most distinctive products of any segment, each segment in its turn."""
    goods = table[~table["charge"]]
    place = (
        goods[["rank", "distinctive_rank"]].min(axis="columns").groupby(goods["product_id"], observed=True)
    )
    first = goods.drop_duplicates("product_id").set_index("product_id")
    ordered = first.assign(place=place.min()).sort_values(["place", "overall"], ascending=[True, False])
    shown = ordered.head(limit).sort_values("overall", ascending=False, kind="stable")
    own = goods[goods["product_id"].isin(shown.index)]
    likelihood, times = (
        own.pivot_table(name, "product_id", "segment", observed=True, dropna=False).loc[shown.index]
        for name in ("likelihood", "times_expected")
    )
    return LikelihoodData(shorten_product_names(shown.reset_index()), likelihood, times)


def shorten_product_names(products: pd.DataFrame, longest: int = LONGEST_PRODUCT_NAME) -> list[str]:
    """Descriptions, shortened; ids where there are none."""
    ids = products["product_id"].astype("str")
    told = products["description"].astype("str") if "description" in products else ids
    return [escape_label(text, longest) for text in told.where(told.notna() & (told != ""), ids)]


def draw_purchase_likelihood(data: LikelihoodData, profile: pd.DataFrame, days: int) -> Picture:
    """One cell per product and segment: read by its likelihood, coloured by times expected."""
    segments = profile["name"].map(lambda name: escape_label(name, 14))[data.likelihood.columns]
    height = LIKELIHOOD_ROW_HEIGHT * max(len(data.names), 8) + 140
    short = [escape_label(html.unescape(name), SHORTEST_PRODUCT_NAME) for name in data.names]
    rows: dict[str, object] = {
        **list_ticks(data.names),
        "range": [len(data.names) - 0.5, -0.5],
        "showgrid": False,
        "tickfont": {"size": 10},
    }
    return Picture(
        name="purchase_likelihood",
        title="What the segments buy",
        caption="Number: the percentage of the segment's customers expected to buy the product within "
        f"{days:,} days, the time the data covers; small counts are drawn towards the rate of all customers. "
        "Colour: how many times as often it is bought as if the segment differed in nothing but how much it "
        "buys, and when; white too where fewer than ten customers bought it. Drawn are the products that are "
        "likeliest or most distinctive in some segment, those that most customers buy on top.",
        figure=make_figure(
            [_draw_likelihood_cells(data)],
            xaxis={**list_ticks(segments.tolist()), "side": "top", "showgrid": False},
            yaxis=rows,
            height=height,
            meta={"narrow": {"yaxis": {**rows, "ticktext": short}, "height": height + 40}},
        ),
    )


def _draw_likelihood_cells(data: LikelihoodData) -> go.Heatmap:
    times = data.times.fillna(1.0)
    few = data.likelihood.shape[1] <= MOST_CELL_TEXTS
    return make_heatmap(
        np.log2(times.clip(2.0**-MOST_PRODUCT_LIFT, 2.0**MOST_PRODUCT_LIFT)).round(3),
        data.likelihood.map(format_cell_percent),
        (-MOST_PRODUCT_LIFT, MOST_PRODUCT_LIFT),
        title="times",
        bar=LIFT_BAR,
        texttemplate="%{text}" if few else None,
        textfont=SMALL_TEXT,
        ygap=1,
        customdata=times.round(2),
        hovertemplate="%{text} %, %{customdata:.2f} times as many as expected<extra></extra>",
    )


MOST_TOP_PRODUCTS: Final = 50
TOP_ROW_HEIGHT: Final = 17


def choose_top_products(table: pd.DataFrame, limit: int = MOST_TOP_PRODUCTS) -> pd.DataFrame:
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
    return own[[name for name in _KEPT_COLUMNS if name in own]]


_KEPT_COLUMNS: Final = ("place", "product_id", "description", "segment", "revenue", "base")


def draw_top_products(data: pd.DataFrame, profile: pd.DataFrame, total: float) -> Picture:
    """One bar per product, made of the segments that buy it."""
    products = data.drop_duplicates("place")
    share = data["revenue"].sum() / total if total > 0 else 0.0
    return Picture(
        name="top_products",
        title=f"Top {len(products)} products",
        caption="Revenue of the products that bring most, by segment. Together they bring "
        f"{format_percent(share)} of the revenue of all products. Charges such as postage are left out.",
        figure=make_figure(
            [_draw_product_bars(data, profile), *_draw_legend_keys(data, profile)],
            showlegend=True,
            legend={**FIGURE_LEGEND, "y": -60 / _compute_bar_height(len(products))},
            bargap=0.25,
            xaxis={"title": {"text": "revenue"}},
            yaxis={
                "tickvals": products["place"].tolist(),
                "ticktext": shorten_product_names(products),
                "tickfont": {"size": 10},
                "range": [len(products) - 0.5, -0.5],
                "showgrid": False,
            },
            height=_compute_bar_height(len(products)),
        ),
    )


def _compute_bar_height(rows: int) -> int:
    return TOP_ROW_HEIGHT * max(rows, 12) + 180


def _draw_product_bars(data: pd.DataFrame, profile: pd.DataFrame) -> go.Bar:
    names = profile["name"].map(escape_label)[data["segment"]]
    return go.Bar(
        orientation="h",
        x=data["revenue"].round(2),
        base=data["base"].round(2),
        y=data["place"],
        marker={"color": [choose_colour(segment) for segment in data["segment"]]},
        hovertext=[
            f"{name}: {format_amount(money)}" for name, money in zip(names, data["revenue"], strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _draw_legend_keys(data: pd.DataFrame, profile: pd.DataFrame) -> list[go.Scatter]:
    """Points without a place: the legend of colours that are given bar by bar."""
    return [
        go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=escape_label(profile["name"][segment]),
            marker={"color": choose_colour(segment), "symbol": "square", "size": 10},
        )
        for segment in data["segment"].unique()
    ]
