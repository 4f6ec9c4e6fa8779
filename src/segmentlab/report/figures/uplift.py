"""What a campaign brought per contact, part by part, with what chance leaves open."""

import pandas as pd
import plotly.graph_objects as go

from segmentlab.campaigns import CAPPED_SPEND
from segmentlab.flow import Picture
from segmentlab.report.layout import ACCENT, DEFAULT_HEIGHT, NOISE_COLOUR, make_figure
from segmentlab.report.wording import escape_label, format_amount

UPLIFT_ROW_HEIGHT = 44


def select_uplift_rows(uplift: pd.DataFrame) -> pd.DataFrame:
    """The parts of whom something is known, all first: `label`, `difference`, `low`, `high`, `claimed`."""
    rows = uplift[(uplift["outcome"] == CAPPED_SPEND) & uplift["difference"].notna()]
    claimed = rows["claim"] != ""
    labels = [escape_label(str(part)) for part in rows["part"]]
    table = rows[["difference", "low", "high"]].assign(label=labels, claimed=claimed)
    return table.reset_index(drop=True)


def draw_uplift(uplift: pd.DataFrame, groups: str = "contacted against left alone") -> Picture:
    """A line from end to end of each interval, and a mark where its middle is."""
    rows = select_uplift_rows(uplift)
    return Picture(
        name="uplift",
        title=f"Capped spend per person, {groups}",
        caption="The mark is the difference, the line what chance leaves open (95 %). A dark one is "
        "claimed to be no chance. Parts without a control group are left out.",
        figure=make_figure(
            [*_draw_intervals(rows), _draw_marks(rows)],
            xaxis={"title": {"text": "more per person"}, "zeroline": True},
            yaxis={
                "tickvals": list(range(len(rows))),
                "ticktext": rows["label"].tolist(),
                "range": [len(rows) - 0.5, -0.5],
                "showgrid": False,
            },
            height=max(DEFAULT_HEIGHT // 2, UPLIFT_ROW_HEIGHT * (len(rows) + 2)),
        ),
    )


def _draw_intervals(rows: pd.DataFrame) -> list[go.Scatter]:
    return [
        go.Scatter(
            mode="lines",
            x=[row["low"], row["high"]],
            y=[place, place],
            line={"color": ACCENT if row["claimed"] else NOISE_COLOUR, "width": 5},
            hoverinfo="skip",
        )
        for place, (_, row) in enumerate(rows.iterrows())
    ]


def _draw_marks(rows: pd.DataFrame) -> go.Scatter:
    told = [
        f"{format_amount(row['difference'])} ({format_amount(row['low'])} to {format_amount(row['high'])})"
        for _, row in rows.iterrows()
    ]
    return go.Scatter(
        mode="markers",
        x=rows["difference"].tolist(),
        y=list(range(len(rows))),
        marker={"color": ACCENT, "size": 9},
        text=told,
        customdata=rows["label"].tolist(),
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
    )
