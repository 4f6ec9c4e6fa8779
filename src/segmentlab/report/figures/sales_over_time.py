"""What came in and what went back, month by month."""

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import figure
from segmentlab.report.palette import ACCENT, HUES
from segmentlab.report.picture import Picture


def by_month(months: pd.DataFrame) -> pd.DataFrame:
    """Give sales and returns per month (`2011-03`), months without lines included."""
    periods = pd.PeriodIndex(pd.to_datetime(months["month"]), freq="M")
    every = pd.period_range(periods.min(), periods.max(), freq="M")
    table = months.set_index(periods)[["sales", "returns"]].reindex(every, fill_value=0.0)
    return table.rename_axis("month").reset_index().assign(month=[str(month) for month in every])


def sales_over_time(months: pd.DataFrame) -> Picture:
    """A bar up for sales, a bar down for returns."""
    data = by_month(months)
    traces = [
        go.Bar(name=name, x=data["month"], y=data[name], marker={"color": colour})
        for name, colour in (("sales", ACCENT), ("returns", HUES[5]))
    ]
    return Picture(
        name="sales_over_time",
        title="Sales over time",
        caption="Value of lines per month, before cleaning: sales upwards, returns and cancellations "
        "downwards. The first and the last month may be cut short.",
        figure=figure(traces, xaxis={"type": "category"}, showlegend=True),
    )
