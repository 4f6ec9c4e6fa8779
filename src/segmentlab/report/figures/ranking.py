"""The first of many: horizontal bars, the longest on top."""

import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.layout import ACCENT, DEFAULT_HEIGHT, make_figure
from segmentlab.report.wording import escape_label, format_count

RANKING_ROW_HEIGHT = 17
SHOWN_COUNTRIES = 30
SHOWN_PRODUCTS = 50


def select_largest_rows(table: pd.DataFrame, key: str, measure: str, limit: int) -> pd.DataFrame:
    """Give `name` and `value` of the largest rows, the largest first; missing names are named so."""
    top = table.nlargest(limit, measure, keep="first")
    names = top[key].astype("object").where(top[key].notna(), "missing")
    return pd.DataFrame({"name": names.map(str).map(escape_label), "value": top[measure]}).reset_index(
        drop=True
    )


def draw_countries(table: pd.DataFrame) -> Picture:
    """Lines per country. One market usually dwarfs the others, so the axis is logarithmic."""
    top = select_largest_rows(table, "country", "lines", SHOWN_COUNTRIES)
    return Picture(
        name="countries",
        title="Where the lines come from",
        caption=f"Lines per country, {len(top)} of {len(table)} countries, on a logarithmic scale.",
        figure=_draw_ranking_bars(top, {"type": "log", "dtick": 1}),
    )


def draw_products_by_lines(table: pd.DataFrame) -> Picture:
    """The stock codes that stand in most lines."""
    return _draw_product_bars(table, "lines")


def draw_products_by_revenue(table: pd.DataFrame) -> Picture:
    """The stock codes that bring most money."""
    return _draw_product_bars(table, "revenue")


def _draw_product_bars(table: pd.DataFrame, measure: str) -> Picture:
    described = table.get("description", pd.Series(index=table.index, dtype="object"))
    words = described.map(lambda text: f" {text}", na_action="ignore").fillna("")
    named = table.assign(name=table["product_id"].astype("object") + words)
    top = select_largest_rows(named, "name", measure, SHOWN_PRODUCTS)
    return Picture(
        name=f"products_by_{measure}",
        title=f"Top {len(top)} products by {measure}",
        caption=f"The stock codes with the most {measure}, cancellations and all, before cleaning.",
        figure=_draw_ranking_bars(top, {}),
    )


def _draw_ranking_bars(data: pd.DataFrame, axis: dict[str, object]) -> go.Figure:
    bars = go.Bar(
        orientation="h",
        x=data["value"],
        y=list(range(len(data))),
        marker={"color": ACCENT},
        customdata=[format_count(value) for value in data["value"]],
        hovertext=data["name"],
        hovertemplate="%{hovertext}: %{customdata}<extra></extra>",
    )
    names = {"tickvals": list(range(len(data))), "ticktext": data["name"].tolist(), "tickfont": {"size": 10}}
    rows = {"range": [len(data) - 0.5, -0.5], "showgrid": False}
    height = max(DEFAULT_HEIGHT, RANKING_ROW_HEIGHT * len(data) + 120)
    return make_figure([bars], xaxis=axis, yaxis={**names, **rows}, bargap=0.25, height=height)
