"""Who moved between any two snapshots of the history: gains and losses apart, people and money."""

from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from segmentlab.errors import StoreError
from segmentlab.flow import Movement
from segmentlab.lab.dashboard.marketer.segments import show_gains_and_losses
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import compare_snapshots, list_moved, list_snapshots, summarise_snapshot
from segmentlab.lab.dashboard.tables import (
    MOST_SHOWN,
    money_column,
    offer_download,
    show_report_table,
    show_table,
)
from segmentlab.lab.dashboard.trouble import escape_markdown
from segmentlab.report import describe_change, draw_flows, format_count, make_move_tables

OUTSIDE: Final = "not scored"
HEADINGS: Final = {
    "name": "Segment",
    "customers_before": "Customers before",
    "customers_after": "Customers after",
    "expected_before": "Expected before",
    "expected_after": "Expected after",
    "revenue_before": "Paid before",
    "revenue_after": "Paid after",
    "unsure_after": "Near a border",
}


def show(settings: DashboardSettings) -> None:
    """Two days, and what lies between them."""
    st.title("What changed")
    known = list_snapshots(settings)
    if len(known) < 2:
        raise StoreError(
            f"The history has {len(known)} snapshots, and a change needs two. `segmentlab score` keeps one "
            "each time that it scores; another history is named with history=."
        )
    before, after = _choose_days(known)
    if before >= after:
        st.warning("Choose an earlier day at the left and a later one at the right.")
        return
    movement = compare_snapshots(settings, before, after)
    show_gains_and_losses(movement)
    st.markdown(escape_markdown(describe_change(movement)))
    for table in make_move_tables(movement):
        show_report_table(table)
    _show_segments(settings, before, after)
    picture = draw_flows(movement)
    st.subheader("From where to where")
    st.plotly_chart(picture.figure, width="stretch", config={"displayModeBar": False})
    _show_people(settings, movement)


def _choose_days(known: list[date]) -> tuple[date, date]:
    left, right = st.columns(2)
    before = left.selectbox("From", known, index=len(known) - 2)
    after = right.selectbox("To", known, index=len(known) - 1)
    return before, after


def _show_segments(settings: DashboardSettings, before: date, after: date) -> None:
    """People and money of each segment on both days."""
    sides = [summarise_snapshot(settings, day) for day in (before, after)]
    both = sides[0].merge(sides[1], on=["segment", "name"], how="outer", suffixes=("_before", "_after"))
    shown = {name: heading for name, heading in HEADINGS.items() if both[name].notna().any()}
    st.subheader("Segments on both days")
    money = {heading: money_column() for name, heading in shown.items() if name != "name"}
    show_table(both[list(shown)].rename(columns=shown), money)
    horizon = sides[1]["horizon"].max()
    if pd.notna(horizon):
        st.caption(f"Expected: what they are expected to spend within {horizon:.0f} days.")


def _show_people(settings: DashboardSettings, movement: Movement) -> None:
    """The customers behind one of the moves."""
    st.subheader("Who they are")
    pairs = movement.pairs
    moved = pairs[(pairs["segment_before"] != pairs["segment_after"]).fillna(True)]
    moved = moved.sort_values("customers", ascending=False, ignore_index=True)
    if moved.empty:
        st.info("Nobody moved between these days.")
        return
    names = moved[["name_before", "name_after"]].fillna(OUTSIDE)
    labels = [
        f"{one} to {other}: {format_count(count)}"
        for one, other, count in zip(
            names["name_before"], names["name_after"], moved["customers"], strict=True
        )
    ]
    chosen = st.selectbox("Move", range(len(labels)), format_func=labels.__getitem__)
    ends = [moved[f"segment_{side}"].iloc[chosen] for side in ("before", "after")]
    from_, to = (None if pd.isna(end) else int(end) for end in ends)
    people = list_moved(settings, movement.before, movement.after, (from_, to), MOST_SHOWN)
    headings = {
        "customer_id": "Customer",
        "reason": "Why",
        "revenue": "Paid so far",
        "expected": "Expected",
        "confidence": "Confidence",
    }
    show_table(
        people[list(headings)].rename(columns=headings),
        {"Paid so far": money_column(), "Expected": money_column()},
    )
    offer_download(people, f"moved_{movement.before}_{movement.after}.csv", "Download this list")
