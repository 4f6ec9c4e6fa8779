"""Which segments of one run the customers of another run's segments are in."""

from typing import Final, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import Agreement
from segmentlab.flow import Picture
from segmentlab.report.heatmap import list_ticks, make_heatmap
from segmentlab.report.layout import DEFAULT_HEIGHT, PAPER, make_figure
from segmentlab.report.wording import escape_label, format_amount, format_count, format_percent

OVERLAP_ROW_HEIGHT: Final = 44
OVERLAP_SHADES: Final = (PAPER, "#2166ac")  # from none to all


class OverlapData(NamedTuple):
    """Segments of the first run in rows, of the second in columns; noise comes last."""

    shares: pd.DataFrame  # of the row's customers
    customers: pd.DataFrame
    rows: list[str]
    columns: list[str]


def tabulate_overlap(pairs: pd.DataFrame) -> OverlapData:
    """Lay the pairs out as a table; segments that share nobody share 0."""
    tables = [
        pairs.set_index(["segment_first", "segment_second"])[values].unstack(fill_value=0)  # noqa: PD010
        for values in ("share_of_first", "customers")
    ]
    names = [
        pairs.drop_duplicates(f"segment_{side}").set_index(f"segment_{side}")[f"name_{side}"]
        for side in ("first", "second")
    ]
    rows, columns = (_sort_noise_last(one.index) for one in names)
    shares, customers = (table.loc[rows, columns] for table in tables)
    return OverlapData(shares, customers, names[0][rows].tolist(), names[1][columns].tolist())


def draw_overlap(found: Agreement, number: int) -> Picture:
    """One cell per pair of segments; each row sums to all customers of its segment."""
    data = tabulate_overlap(found.overlap)
    return Picture(
        name=f"overlap_{number}",
        title=f"{found.first} and {found.second}",
        caption=f"Rows: segments of {found.first}. Columns: segments of {found.second}. Each cell is the "
        f"share of the row's customers. Both know {format_count(found.shared)} customers and put "
        f"{format_count(found.placed)} of them in a segment; on those the adjusted Rand index is "
        f"{format_amount(found.adjusted_rand)}: 1 is the same segments, 0 is no better than chance.",
        figure=make_figure(
            [_draw_overlap_cells(data)],
            xaxis={
                **_list_names(data.columns),
                "side": "top",
                "showgrid": False,
            },
            yaxis={
                **_list_names(data.rows),
                "range": [len(data.rows) - 0.5, -0.5],
                "showgrid": False,
            },
            height=max(DEFAULT_HEIGHT, OVERLAP_ROW_HEIGHT * len(data.rows) + 120),
        ),
    )


def _sort_noise_last(segments: pd.Index) -> list[int]:
    return sorted(segments, key=lambda segment: (segment < 0, segment))


def _list_names(names: list[str]) -> dict[str, object]:
    return list_ticks([escape_label(name, 24) for name in names])


def _draw_overlap_cells(data: OverlapData) -> go.Heatmap:
    return make_heatmap(
        data.shares,
        data.shares.map(lambda share: format_percent(share) if share else ""),
        (0, 1),
        title="share<br>of row",
        colorscale=list(OVERLAP_SHADES),
        customdata=data.customers.map(format_count),
        hovertemplate="%{customdata} customers, %{text}<extra></extra>",
    )
