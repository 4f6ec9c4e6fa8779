"""Data as it came, in figures: what is missing, how lines spread, and which columns go together."""

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.heatmap import list_ticks, make_heatmap
from segmentlab.report.layout import ACCENT, HUES, make_figure
from segmentlab.report.wording import escape_label, format_count, format_percent
from segmentlab.transactions import BINS_PER_TENFOLD

SHARE_SHADES: Final = ((0.0, "#f7f7f7"), (1.0, "#0072b2"))
ROW_HEIGHT: Final = 34
MEASURE_WORDS: Final = {
    "quantity": "Pieces of a line",
    "unit_price": "Price of a piece",
    "value": "Value of a line",
}
CLEAR_OF_ZERO: Final = 2  # bins, so that its letters and those of the next tick stay apart
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def draw_missing_values(columns: pd.DataFrame) -> Picture | None:
    """The share of lines without a value, of each column; none where nothing is missing."""
    shown = columns.loc[columns["missing"] > 0, ["column", "missing"]].sort_values("missing", ascending=False)
    if shown.empty:
        return None
    bars = go.Bar(
        orientation="h",
        x=shown["missing"],
        y=list(range(len(shown))),
        marker={"color": ACCENT},
        text=[format_percent(share) for share in shown["missing"]],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{text}<extra></extra>",
    )
    names = list_ticks([escape_label(str(name)) for name in shown["column"]])
    return Picture(
        name="missing_values",
        title="What is missing",
        caption="Share of the lines without a value; columns that are not here have one in every line.",
        figure=make_figure(
            [bars],
            xaxis={"tickformat": ".0%", "range": [0, 1.25 * float(shown["missing"].max())]},
            yaxis={**names, "range": [len(shown) - 0.5, -0.5], "showgrid": False},
            height=max(220, ROW_HEIGHT * len(shown) + 110),
        ),
    )


def place_sizes(sizes: pd.DataFrame, measure: str) -> tuple[pd.DataFrame, dict[float, str]]:
    """Bins of one measure along a line, those below zero to the left, and the powers of ten as its ticks."""
    own = sizes[sizes["measure"] == measure]
    first = int(own.loc[own["sign"] != 0, "bin"].min()) if (own["sign"] != 0).any() else 0
    placed = own.assign(place=own["sign"] * (own["bin"] - first + 1.5))
    ticks = {0.0: "0"} if (own["sign"] == 0).any() else {}
    for sign in (-1, 1):
        bins = own.loc[own["sign"] == sign, "bin"]
        if len(bins):
            begin = -(-int(bins.min()) // BINS_PER_TENFOLD) * BINS_PER_TENFOLD
            every = BINS_PER_TENFOLD * (1 if bins.max() - bins.min() < 6 * BINS_PER_TENFOLD else 2)
            for edge in range(begin, int(bins.max()) + 2, every):
                if edge - first >= CLEAR_OF_ZERO:
                    ticks[sign * (edge - first + 1.0)] = f"{sign * 10 ** (edge / BINS_PER_TENFOLD):,g}"
    return placed[["place", "sign", "bin", "lines"]], ticks


def draw_sizes(sizes: pd.DataFrame, measure: str) -> Picture:
    """How many lines are how large: powers of ten, since a shop sells one piece and a thousand."""
    data, ticks = place_sizes(sizes, measure)
    bars = go.Bar(
        x=data["place"],
        y=data["lines"],
        width=0.9,
        marker={"color": [HUES[5] if sign < 0 else ACCENT for sign in data["sign"]]},
        customdata=[
            f"{_name_bin(sign, number)}: {format_count(lines)} lines"
            for sign, number, lines in zip(data["sign"], data["bin"], data["lines"], strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    return Picture(
        name=f"sizes_{measure}",
        title=MEASURE_WORDS[measure],
        caption="Lines by size, all of them; each step of four bars is ten times as large. Left of zero, in "
        "another colour, is what is below it.",
        figure=make_figure(
            [bars],
            xaxis={"tickvals": list(ticks), "ticktext": list(ticks.values()), "showgrid": False},
            yaxis={"title": {"text": "lines"}},
            height=340,
        ),
    )


def _name_bin(sign: int, number: int) -> str:
    if sign == 0:
        return "zero"
    edges = sorted(sign * 10 ** (edge / BINS_PER_TENFOLD) for edge in (number, number + 1))
    return f"{edges[0]:,.3g} to {edges[1]:,.3g}"


def draw_hours(hours: pd.DataFrame) -> Picture:
    """When lines come in, by weekday and hour."""
    table = hours.pivot_table(index="weekday", columns="hour", values="lines", aggfunc="sum", fill_value=0)
    table = table.reindex(index=range(7), columns=range(24), fill_value=0)
    cells = make_heatmap(
        table,
        table.map(format_count),
        (0, float(table.to_numpy().max())),
        title="lines",
        texttemplate="",
        colorscale=[list(shade) for shade in SHARE_SHADES],
        hovertemplate="%{text} lines<extra></extra>",
    )
    every = {"tickvals": list(range(0, 24, 3)), "ticktext": [f"{hour}:00" for hour in range(0, 24, 3)]}
    return Picture(
        name="hours",
        title="When lines come in",
        caption="Lines by weekday and hour, in the shop's own time.",
        figure=make_figure(
            [cells],
            xaxis={**every, "showgrid": False},
            yaxis={**list_ticks(WEEKDAYS), "range": [6.5, -0.5], "showgrid": False},
            height=340,
        ),
    )


def draw_associations(associations: pd.DataFrame, sampled: int, rows: int) -> Picture:
    """Which columns tell of each other: a cell for each two."""
    names = [escape_label(str(name), 16) for name in associations.columns]
    cells = make_heatmap(
        associations,
        associations.map("{:.1f}".format),
        (0, 1),
        title="0 to 1",
        textfont={"size": 11},
        colorscale=[list(shade) for shade in SHARE_SHADES],
        hovertemplate="%{text}<extra></extra>",
    )
    whole = "all lines" if sampled == rows else f"{format_count(sampled)} of {format_count(rows)} lines"
    return Picture(
        name="associations",
        title="Which columns go together",
        caption=f"Of {whole}. 0: one column tells nothing of the other; 1: it tells everything (Cramer's V, "
        "numbers in tenths, of words the 20 most frequent, less what chance makes).",
        figure=make_figure(
            [cells],
            xaxis={**list_ticks(names), "side": "top", "showgrid": False, "tickangle": -45},
            yaxis={**list_ticks(names), "range": [len(names) - 0.5, -0.5], "showgrid": False},
            height=max(360, ROW_HEIGHT * len(names) + 150),
        ),
    )
