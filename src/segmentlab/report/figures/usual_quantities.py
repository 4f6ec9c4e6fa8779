"""How many pieces of a product the customers of a segment usually take."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.heatmap import SMALL_TEXT, list_ticks, make_heatmap
from segmentlab.report.layout import DEFAULT_HEIGHT, PAPER, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_percent

MOST_QUANTITIES: Final = 8
QUANTITY_ROW_HEIGHT: Final = 44
QUANTITY_SHADES: Final = (PAPER, "#92c5de", "#2166ac")


class QuantityShares(NamedTuple):
    """Segments in rows, the quantities that are most frequent somewhere in columns."""

    shares: pd.DataFrame  # of the segment's lines
    most: pd.Series  # the most frequent quantity of each segment; the smaller of two that are equal


def compute_quantity_shares(
    quantities: pd.DataFrame, labels: pd.Series, limit: int = MOST_QUANTITIES
) -> QuantityShares:
    """Share of lines per quantity. The most frequent one of every segment is among the columns."""
    segments = quantities["customer_id"].map(labels).to_numpy()
    table = quantities["lines"].groupby([segments, quantities["quantity"].to_numpy()]).sum()
    shares = table.unstack(fill_value=0).rename_axis(index="segment", columns="quantity")  # noqa: PD010
    shares = shares.div(shares.sum(axis="columns"), axis="index")
    most = shares.idxmax(axis="columns")
    frequent = shares.sum().sort_values(ascending=False, kind="stable").index
    own = list(dict.fromkeys([*most, *frequent]))[: max(limit, most.nunique())]
    return QuantityShares(shares[sorted(own)], most)


def draw_usual_quantities(data: QuantityShares, profile: pd.DataFrame) -> Picture:
    """One cell per segment and quantity: the share of the segment's lines with so many pieces."""
    names = profile["name"].map(escape_label)[data.shares.index]
    rows = [f"{name}: {format_amount(most)}" for name, most in zip(names, data.most, strict=True)]
    columns = [format_amount(quantity) for quantity in data.shares.columns.to_numpy(dtype=np.float64)]
    left = 1 - data.shares.sum(axis="columns")
    return Picture(
        name="usual_quantities",
        title="The usual quantity",
        caption="Percentage of the segment's lines with so many pieces of a product; the most frequent "
        f"quantity stands beside the segment's name. {format_percent(left.min())} to "
        f"{format_percent(left.max())} of the "
        "lines have a quantity that is not drawn.",
        figure=make_figure(
            [_draw_quantity_cells(data)],
            xaxis={
                **list_ticks(columns),
                "side": "top",
                "title": {"text": "pieces per line"},
                "showgrid": False,
            },
            yaxis={**list_ticks(rows), "range": [len(rows) - 0.5, -0.5], "showgrid": False},
            height=max(DEFAULT_HEIGHT, QUANTITY_ROW_HEIGHT * len(rows) + 120),
        ),
    )


def _draw_quantity_cells(data: QuantityShares) -> go.Heatmap:
    return make_heatmap(
        data.shares,
        data.shares.map("{:.0%}".format).map(lambda text: text[:-1]),  # short enough for a phone
        (0, float(data.shares.to_numpy().max())),
        title="of lines",
        bar={"tickformat": ".0%"},
        textfont=SMALL_TEXT,
        colorscale=list(QUANTITY_SHADES),
        hovertemplate="%{z:.1%} of lines<extra></extra>",
    )
