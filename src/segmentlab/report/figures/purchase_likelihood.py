"""How likely the customers of each segment buy the products that matter to one of them."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import figure
from segmentlab.report.palette import DIVERGING, FAINT_INK
from segmentlab.report.picture import Picture
from segmentlab.report.wording import label

MOST_PRODUCTS: Final = 30
MOST_TEXTS: Final = 12  # segments; beyond, numbers in cells would lie over each other
FURTHEST: Final = 2.0  # doublings: the darkest colour is four times as likely, or a quarter
ROW_HEIGHT: Final = 22
LONGEST_NAME: Final = 28


class LikelihoodData(NamedTuple):
    """Products in rows, those that most customers buy on top; segments in columns."""

    names: list[str]
    likelihood: pd.DataFrame
    lift: pd.DataFrame


def likelihood_data(table: pd.DataFrame, limit: int = MOST_PRODUCTS) -> LikelihoodData:
    """The products that stand highest in any segment, by likelihood or by lift, each segment in its turn."""
    goods = table[~table["charge"]]
    place = (
        goods[["rank", "distinctive_rank"]].min(axis="columns").groupby(goods["product_id"], observed=True)
    )
    first = goods.drop_duplicates("product_id").set_index("product_id")
    ordered = first.assign(place=place.min()).sort_values(["place", "overall"], ascending=[True, False])
    shown = ordered.head(limit).sort_values("overall", ascending=False, kind="stable")
    own = goods[goods["product_id"].isin(shown.index)]
    wide = {
        name: own.pivot_table(name, "product_id", "segment", observed=True).loc[shown.index]
        for name in ("likelihood", "lift")
    }
    return LikelihoodData(product_names(shown.reset_index()), **wide)


def product_names(products: pd.DataFrame, longest: int = LONGEST_NAME) -> list[str]:
    """Descriptions, shortened; ids where there are none."""
    ids = products["product_id"].astype("str")
    told = products["description"].astype("str") if "description" in products else ids
    return [label(text, longest) for text in told.where(told.notna() & (told != ""), ids)]


def purchase_likelihood(data: LikelihoodData, profile: pd.DataFrame, days: int) -> Picture:
    """One cell per product and segment: read by its likelihood, coloured by its lift."""
    segments = profile["name"].map(lambda name: label(name, 14))[data.likelihood.columns]
    return Picture(
        name="purchase_likelihood",
        title="What the segments buy",
        caption="Number: the percentage of the segment's customers expected to buy the product within "
        f"{days:,} days, the time the data covers; small counts are drawn towards the rate of all customers. "
        "Colour: how many times as likely as for all customers. Drawn are the products that are likeliest "
        "or most distinctive in some segment, those that most customers buy on top.",
        figure=figure(
            [_cells(data)],
            xaxis={**_ticks(segments.tolist()), "side": "top", "showgrid": False},
            yaxis={
                **_ticks(data.names),
                "range": [len(data.names) - 0.5, -0.5],
                "showgrid": False,
                "tickfont": {"size": 10},
            },
            height=ROW_HEIGHT * max(len(data.names), 8) + 140,
        ),
    )


def _ticks(texts: list[str]) -> dict[str, object]:
    # Positions are numbers: two products may bear one name, and Plotly would merge them.
    return {"tickvals": list(range(len(texts))), "ticktext": texts}


def _cells(data: LikelihoodData) -> go.Heatmap:
    few = data.likelihood.shape[1] <= MOST_TEXTS
    return go.Heatmap(
        z=np.log2(data.lift.clip(2.0**-FURTHEST, 2.0**FURTHEST)).round(3),
        x=list(range(data.lift.shape[1])),
        y=list(range(data.lift.shape[0])),
        text=data.likelihood.map(_percentage),
        customdata=data.lift.round(2),
        texttemplate="%{text}" if few else None,
        textfont={"size": 11},
        colorscale=list(DIVERGING),
        zmin=-FURTHEST,
        zmax=FURTHEST,
        xgap=2,
        ygap=1,
        hovertemplate="%{text} %, %{customdata:.2f} times as likely as for all<extra></extra>",
        colorbar={
            "title": {"text": "lift", "font": {"size": 12}},
            "tickvals": [-2, -1, 0, 1, 2],
            "ticktext": ["1/4", "1/2", "1", "2", "4"],
            "thickness": 12,
            "outlinewidth": 0,
            "tickfont": {"size": 11, "color": FAINT_INK},
        },
    )


def _percentage(share: float) -> str:
    """Short enough for a cell on a phone."""
    return f"{100 * share:.0f}" if share >= 0.0995 else f"{100 * share:.1f}"
