"""One customer: where they stand, what they bought, and what to offer them."""

import pandas as pd
import streamlit as st

from segmentlab.errors import DataError
from segmentlab.evaluation import LoggedRun
from segmentlab.lab.dashboard.look import show_figures
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import list_purchases, recommend_to
from segmentlab.lab.dashboard.tables import money_column, offer_download, show_table
from segmentlab.lab.dashboard.trouble import escape_markdown, in_words
from segmentlab.lab.experiment import RunPeople
from segmentlab.lab.history import UNSURE
from segmentlab.report import format_amount, format_count

PURCHASES = {
    "timestamp": "When",
    "invoice_id": "Order",
    "description": "Product",
    "product_id": "Code",
    "quantity": "Pieces",
    "line_total": "Paid",
}
OFFERS = {
    "description": "Product",
    "product_id": "Code",
    "likelihood": "Likelihood in the segment",
    "why": "Why",
}
KINDS = {"again": "What they may buy again", "new": "What is new to them"}


def show_person(settings: DashboardSettings, run: LoggedRun, people: RunPeople, customer_id: str) -> None:
    """Facts first, then purchases and offers."""
    own = people.frame[people.frame["customer_id"].astype("str") == customer_id]
    if own.empty:
        raise DataError(
            f"There is no customer '{customer_id}' in this segmentation. Look at how ids are written."
        )
    st.subheader(f"Customer {escape_markdown(customer_id)}")
    _show_facts(own.iloc[0], people.horizon)
    with in_words():
        show_purchases(settings, run, customer_id)
    with in_words():
        show_offers(settings, run, customer_id)


def _show_facts(facts: pd.Series, horizon: int | None) -> None:
    sure = facts["confidence"]
    told = "near a border" if sure < UNSURE else f"confidence {sure:.2f}"
    figures = [("Segment", str(facts["name"]), told)]
    if "state" in facts:
        figures.append(("State", str(facts["state"]), _describe_rhythm(facts)))
    if "net" in facts:
        figures.append(("Kept so far", format_amount(facts["net"]), ""))
    if pd.notna(facts.get("expected")):
        figures.append((f"Expected in {horizon} days", format_amount(facts["expected"]), ""))
    show_figures([(heading, number, escape_markdown(words)) for heading, number, words in figures])


def _describe_rhythm(facts: pd.Series) -> str:
    if pd.isna(facts.get("silent")):
        return ""
    late = f", {facts['late']:.0f} days late for them" if facts.get("late", 0) > 0 else ", in their rhythm"
    return f"last order {facts['silent']:.0f} days before{late}"


def show_purchases(settings: DashboardSettings, run: LoggedRun, customer_id: str) -> None:
    """Every line of the log, the latest first."""
    st.markdown("##### Purchases")
    lines = list_purchases(settings, run.run_id, customer_id)
    if lines.empty:
        st.info("The log has no line of this customer before the day of the run.")
        return
    orders = lines["invoice_id"].nunique() if "invoice_id" in lines else len(lines)
    st.caption(f"{format_count(len(lines))} lines in {format_count(orders)} orders and returns")
    shown = {name: heading for name, heading in PURCHASES.items() if name in lines}
    show_table(
        lines[list(shown)].rename(columns=shown),
        {
            "When": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
            "Paid": st.column_config.NumberColumn(format="%.2f"),
            "Pieces": money_column(),
        },
    )
    offer_download(lines, "purchases.csv", "Download these purchases")


def show_offers(settings: DashboardSettings, run: LoggedRun, customer_id: str) -> None:
    """What to sell to a customer: of what they know, and of what is new."""
    found = recommend_to(settings, run.run_id, customer_id)
    if found is None:
        st.info("This run recommends no products: its data names none, or it was made without.")
        return
    for kind, heading in KINDS.items():
        own = found[found["kind"] == kind]
        shown = {name: words for name, words in OFFERS.items() if name in own}
        st.markdown(f"##### {heading}")
        if own.empty:
            st.caption("Nothing.")
        else:
            show_table(own[list(shown)].rename(columns=shown), shares=[OFFERS["likelihood"]])
