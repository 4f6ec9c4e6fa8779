"""Where the customers of each segment are, against where customers are."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.heatmap import LIFT_BAR, SMALL_TEXT, format_cell_percent, list_ticks, make_heatmap
from segmentlab.report.layout import DEFAULT_HEIGHT, make_figure
from segmentlab.report.wording import escape_label, format_percent, wrap_label

MOST_COUNTRIES: Final = 7
LEAST_EXPECTED_CUSTOMERS: Final = 5  # customers; below, a lift is mostly chance
MOST_COUNTRY_LIFT: Final = 2.0  # doublings: the darkest colour is four times as many, or a quarter
COUNTRY_ROW_HEIGHT: Final = 44


class CountryData(NamedTuple):
    """Segments in rows, countries in columns, those with most customers first."""

    shares: pd.DataFrame  # of the segment's customers
    lift: pd.DataFrame  # share over that of all customers; missing where too few would be expected
    overall: pd.Series  # share of all customers


def compute_country_shares(
    countries: pd.Series, labels: pd.Series, limit: int = MOST_COUNTRIES
) -> CountryData:
    """Share and lift of the largest countries; customers whose country is missing are a column too."""
    own = countries.reindex(labels.index).astype("object")
    table = pd.crosstab(labels.to_numpy(), own.where(own.notna(), "missing").to_numpy())
    sizes, overall = table.sum(axis="columns"), table.sum() / table.to_numpy().sum()
    largest = overall.sort_values(ascending=False, kind="stable").index[:limit]
    shares = table[largest].div(sizes, axis="index").rename_axis(index="segment", columns="country")
    expected = np.outer(sizes, overall[largest])
    lift = (shares / overall[largest]).where(expected >= LEAST_EXPECTED_CUSTOMERS)
    return CountryData(shares, lift, overall[largest].rename_axis("country"))


def draw_segment_countries(data: CountryData, profile: pd.DataFrame) -> Picture:
    """One cell per segment and country: read by its share, coloured by its lift."""
    names = profile["name"].map(wrap_label)[data.shares.index]
    headings = [
        f"{escape_label(str(country), 16)}<br>{format_percent(share)}"
        for country, share in data.overall.items()
    ]
    return Picture(
        name="segment_countries",
        title="Countries of the segments",
        caption="Number: the percentage of the segment's customers in a country; below its name that of "
        "all customers. Colour: how many times as many as of all customers. White: about as many, or fewer "
        f"than {LEAST_EXPECTED_CUSTOMERS} customers would be expected, and the lift would be mostly chance."
        + _describe_overall_share(data.overall),
        figure=make_figure(
            [_draw_country_cells(data)],
            xaxis={**list_ticks(headings), "side": "top", "showgrid": False},
            yaxis={
                **list_ticks(names.tolist()),
                "range": [len(names) - 0.5, -0.5],
                "showgrid": False,
            },
            height=max(DEFAULT_HEIGHT, COUNTRY_ROW_HEIGHT * len(names) + 120),
        ),
    )


def _describe_overall_share(overall: pd.Series) -> str:
    left = 1 - float(overall.sum())
    if left < 0.0005:
        return ""
    return f" The {len(overall)} largest are drawn; {format_percent(left)} of customers are elsewhere."


def _draw_country_cells(data: CountryData) -> go.Heatmap:
    doublings = np.log2(data.lift.clip(lower=2.0**-MOST_COUNTRY_LIFT).fillna(1.0))
    return make_heatmap(
        doublings,
        data.shares.map(format_cell_percent),
        (-MOST_COUNTRY_LIFT, MOST_COUNTRY_LIFT),
        title="lift",
        bar=LIFT_BAR,
        textfont=SMALL_TEXT,
        customdata=data.lift.map(_describe_lift),
        hovertemplate="%{text} %, %{customdata}<extra></extra>",
    )


def _describe_lift(lift: float) -> str:
    return "too few to compare" if np.isnan(lift) else f"{lift:.2f} times as many as of all"
