"""What cleaning took out, from what was read down to what was kept."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from segmentlab.flow import Picture
from segmentlab.report.layout import ACCENT, FIGURE_TEMPLATE, HUES, INK
from segmentlab.report.wording import escape_label, format_count, format_percent

WATERFALL_ROW_HEIGHT = 28
BETWEEN_MEASURES = 40  # pixels
TEXT_ROOM = 3.0  # of the longest bar: on a phone its words are longer than it is
LESS_COLOUR, MORE_COLOUR = HUES[5], HUES[2]


def compute_waterfall(ledger: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Give each bar of one column of the ledger: where it begins, how long it is, and what it stands for.

    The first and the last bar are `whole`: what was read and what was kept. A bar between them hangs
    where the rules before it left off. To take out negative revenue leaves more than there was: such a
    rule stands for a positive amount. Rules that took no line have no bar.
    """
    whole = ledger["rule"].isin(["read", "kept"])
    amount = ledger[measure].astype("float64").where(whole, -ledger[measure] + 0.0)
    after = amount.where(whole, amount[0] + amount.mask(whole, 0).cumsum())
    before = (after - amount).mask(whole, 0.0)
    bars = pd.DataFrame(
        {
            "rule": ledger["rule"],
            "base": before.clip(upper=after),
            "length": amount.abs(),
            "amount": amount,
            "whole": whole,
        }
    )
    return bars[whole | (ledger["rows"] > 0)].reset_index(drop=True)


def draw_ledger_waterfall(ledger: pd.DataFrame) -> Picture:
    """Lines above revenue, a row per rule that took something: side by side there is no room for words."""
    drawn = {measure: compute_waterfall(ledger, measure) for measure in ("rows", "revenue")}
    inside = 2 * WATERFALL_ROW_HEIGHT * len(drawn["rows"]) + BETWEEN_MEASURES
    panels = make_subplots(
        2, 1, subplot_titles=["<b>Lines</b>", "<b>Revenue</b>"], vertical_spacing=BETWEEN_MEASURES / inside
    )
    for row, (measure, bars) in enumerate(drawn.items(), start=1):
        reach = (bars["base"] + bars["length"]).max()
        panels.add_trace(_draw_waterfall_bars(bars, total=abs(ledger[measure].iloc[0])), row=row, col=1)
        panels.update_xaxes(
            range=[min(bars["base"].min(), 0), TEXT_ROOM * reach], tickvals=[0], row=row, col=1
        )
    names = [escape_label(rule.replace("_", " ")) for rule in bars["rule"]]
    panels.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.5], showgrid=False
    )
    panels.update_xaxes(showticklabels=False)
    panels.update_layout(template=FIGURE_TEMPLATE, height=inside + 64, bargap=0.3, margin={"b": 24})
    panels.update_annotations(font={"size": 13, "color": INK})
    return Picture(
        name="ledger_waterfall",
        title="What cleaning took out",
        caption="From the lines that were read down to those that were kept, rule by rule, in lines and in "
        "revenue. Taking out cancellations leaves more revenue than before. Rules that took no line are left "
        "out.",
        figure=panels,
    )


def _draw_waterfall_bars(bars: pd.DataFrame, total: float) -> go.Bar:
    return go.Bar(
        orientation="h",
        base=bars["base"],
        x=bars["length"],
        y=list(range(len(bars))),
        marker={
            "color": [_choose_bar_colour(*bar) for bar in zip(bars["amount"], bars["whole"], strict=True)],
            "opacity": 1,
        },
        text=[_write_bar_text(*bar, total) for bar in zip(bars["amount"], bars["whole"], strict=True)],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{text}<extra></extra>",
    )


def _write_bar_text(amount: float, whole: bool, total: float) -> str:
    sign = "\N{MINUS SIGN}" if amount < 0 else "+" if amount > 0 and not whole else ""
    share = f" ({format_percent(abs(amount) / total)})" if total else ""
    return f"{sign}{format_count(abs(amount))}{share}"


def _choose_bar_colour(amount: float, whole: bool) -> str:
    if whole:
        return ACCENT
    return LESS_COLOUR if amount < 0 else MORE_COLOUR
