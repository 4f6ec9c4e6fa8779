"""The first page: who the customers are, what they bring, and what became of them since last time.

It reads what was added up already, so a million customers open as fast as a hundred.
"""

import pandas as pd
import streamlit as st

from segmentlab.evaluation import LoggedRun
from segmentlab.flow import MoveKind, Movement, explain_moves
from segmentlab.lab.dashboard.choice import choose_run
from segmentlab.lab.dashboard.look import show_figures
from segmentlab.lab.dashboard.pages import link_page
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import compare_snapshots, list_snapshots, read_run_table
from segmentlab.lab.dashboard.tables import money_column, show_table
from segmentlab.lab.dashboard.trouble import escape_markdown, in_words
from segmentlab.report import format_amount, format_count, format_percent

SHOWN = {
    "name": "Segment",
    "customers": "Customers",
    "customer_share": "Of customers",
    "revenue": "Paid so far",
    "revenue_share": "Of revenue",
    "truth": "Name is true of",
    "actions": "What to do",
    "description": "Typically",
}
KINDS = {
    "Won": MoveKind.GAIN,
    "Lost": MoveKind.LOSS,
    "New": MoveKind.NEW,
    "Not scored again": MoveKind.GONE,
}


def show(settings: DashboardSettings) -> None:
    """How many there are and what they brought, then a row for each segment."""
    run = choose_run(settings)
    segments = read_run_table(settings, run.run_id, "segments/segments.csv")
    st.title("Segments")
    _show_totals(segments, run)
    change = st.container()  # filled last: comparing a million customers takes longer than all the rest
    _show_verdict(run)
    st.subheader("Who they are")
    known = {name: heading for name, heading in SHOWN.items() if name in segments}
    shares = [known[name] for name in known if name.endswith("share") or name == "truth"]
    whole = {known[name]: money_column() for name in ("customers", "revenue") if name in known}
    show_table(segments[list(known)].rename(columns=known), whole, shares)
    _show_plain_words(segments)
    with change, in_words():
        _show_last_change(settings)


def _show_totals(segments: pd.DataFrame, run: LoggedRun) -> None:
    figures = [
        ("Customers", format_count(segments["customers"].sum()), ""),
        ("Segments", format_count((segments["segment"] >= 0).sum()), ""),
    ]
    if "revenue" in segments:
        figures.append(("Paid so far", format_amount(segments["revenue"].sum()), ""))
    show_figures(figures)
    day = run.params.get("as_of", "None")
    st.caption(escape_markdown(run.name + ("" if day == "None" else f", as of {day}")))


def _show_last_change(settings: DashboardSettings) -> None:
    """Gains and losses of the last two snapshots, never set off against each other."""
    known = list_snapshots(settings)
    if len(known) < 2:
        st.info(
            "What changed is told from the second scoring on: `segmentlab score` keeps a snapshot each time. "
            f"The history has {len(known)} now."
        )
        return
    st.subheader(f"Since {known[-2]}")
    show_gains_and_losses(compare_snapshots(settings, *known[-2:]))
    link_page("changes", "Who moved, and between any two days")


def show_gains_and_losses(movement: Movement) -> None:
    """People and money of each kind of move, in figures."""
    changes = explain_moves(movement)
    words = "expected of them" if movement.foresees else "paid so far"
    figures = []
    for heading, kind in KINDS.items():
        rows = changes[changes["kind"] == kind]
        money = rows["money"].sum(min_count=1)
        told = f"{format_amount(money)} {words}" if pd.notna(money) else ""
        figures.append((heading, format_count(rows["customers"].sum()), told))
    show_figures(figures)


def _show_verdict(run: LoggedRun) -> None:
    """A segmentation that failed a check says so before anybody acts on it."""
    verdict = run.tags.get("verdict")
    if run.errors:
        st.error(
            f"{run.errors} checks of this segmentation failed. Ask whoever made it before you act on it.",
            icon=":material/error:",
        )
    elif verdict:
        st.caption(f"How sure: {escape_markdown(verdict)}")


def _show_plain_words(segments: pd.DataFrame) -> None:
    """The same for whoever reads on a phone: a sentence and what to do for each."""
    with st.expander("In words"):
        for row in segments.to_dict("records"):
            share = format_percent(row["customer_share"]) if "customer_share" in row else ""
            told = f"{row['name']}: {format_count(row['customers'])} customers ({share}). "
            told += str(row.get("description", ""))
            st.markdown(f"**{escape_markdown(told)}**")
            for name in ("reason", "actions"):
                if isinstance(row.get(name), str):
                    st.markdown(escape_markdown(row[name]))
