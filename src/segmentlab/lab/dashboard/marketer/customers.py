"""Customers: filtered by what is known of them, downloaded as a list, and each with all that is known."""

import pandas as pd
import streamlit as st

from segmentlab.evaluation import LoggedRun
from segmentlab.lab.dashboard.choice import choose_run
from segmentlab.lab.dashboard.marketer.person import show_person
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import find_countries, read_people_of
from segmentlab.lab.dashboard.tables import MOST_SHOWN, money_column, offer_download
from segmentlab.lab.dashboard.trouble import in_words
from segmentlab.lab.experiment import PeopleFilter, RunPeople, find_worth, select_people
from segmentlab.report import format_count

HEADINGS = {
    "customer_id": "Customer",
    "name": "Segment",
    "state": "State",
    "expected": "Expected spend",
    "net": "Kept so far",
    "silent": "Days since last order",
    "late": "Days late",
    "confidence": "Confidence",
    "country": "Country",
}


def show(settings: DashboardSettings) -> None:
    """Filters, the list, and the customer that is chosen in it."""
    run = choose_run(settings)
    st.title("Customers")
    people = _add_countries(settings, run, read_people_of(settings, run.run_id))
    found = select_people(people, _choose_filter(people))
    st.markdown(f"**{format_count(len(found))}** of {format_count(len(people.frame))} customers")
    shown = [name for name in HEADINGS if name in found]
    list_ = found[shown].rename(columns=HEADINGS)
    chosen = _show_list(list_, people)
    offer_download(found, "customers.csv", "Download this list")
    customer = st.text_input(
        "Look at one customer",
        value=str(list_["Customer"].iloc[chosen]) if chosen is not None else "",
        placeholder="Customer id",
        help="Choose a row of the list, or write an id.",
    )
    if customer:
        show_person(settings, run, people, customer.strip())


def _add_countries(settings: DashboardSettings, run: LoggedRun, people: RunPeople) -> RunPeople:
    """Where customers are stands in the log alone, which is read when somebody asks for it."""
    if not st.toggle("With countries, from the log", help="Reads the log of the run once."):
        return people
    with in_words():
        countries = find_countries(settings, run.run_id)
        if countries is None:
            st.info("The log has no column of countries.")
            return people
        return people._replace(frame=people.frame.assign(country=people.frame["customer_id"].map(countries)))
    return people


def _choose_filter(people: RunPeople) -> PeopleFilter:
    frame = people.frame
    left, middle, right = st.columns(3)
    segments = left.multiselect("Segment", list(dict.fromkeys(frame.sort_values("segment")["name"])))
    states = middle.multiselect("State", sorted(frame["state"].dropna().unique())) if "state" in frame else []
    countries = (
        right.multiselect("Country", sorted(frame["country"].dropna().unique())) if "country" in frame else []
    )
    text = right.text_input("Id contains")
    worth = find_worth(people)
    least = None
    if worth is not None:
        words = f"Expected within {people.horizon} days" if worth == "expected" else "Kept so far"
        least = left.number_input(f"{words}, at least", value=None, min_value=0.0, step=100.0)
    confidence = middle.slider(
        "Confidence", 0.0, 1.0, (0.0, 1.0), help="Below .25 a customer is near a border."
    )
    return PeopleFilter(segments, states, countries, least, confidence, text)


def _show_list(list_: pd.DataFrame, people: RunPeople) -> int | None:
    """The first rows; gives the one that is chosen."""
    money = {HEADINGS[name]: money_column() for name in ("expected", "net", "silent", "late")}
    event = st.dataframe(
        list_.head(MOST_SHOWN),
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        column_config={**money, "Confidence": st.column_config.NumberColumn(format="%.2f")},
    )
    if len(list_) > MOST_SHOWN:
        st.caption(
            f"The first {MOST_SHOWN:,} of {len(list_):,} are shown; filters and the file take all of them."
        )
    if people.horizon is not None:
        st.caption(f"Expected spend is within {people.horizon} days.")
    rows = event["selection"]["rows"]
    return int(rows[0]) if rows else None
