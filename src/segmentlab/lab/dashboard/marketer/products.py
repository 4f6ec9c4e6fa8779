"""Products and baskets of a segment, and what to offer to a person."""

import pandas as pd
import streamlit as st

from segmentlab.evaluation import LoggedRun
from segmentlab.lab.dashboard.choice import choose_run
from segmentlab.lab.dashboard.marketer.person import show_offers
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import has_file, read_run_table
from segmentlab.lab.dashboard.tables import money_column, offer_download, show_table
from segmentlab.lab.dashboard.trouble import in_words

PRODUCTS = {
    "description": "Product",
    "product_id": "Code",
    "likelihood": "Buy it",
    "overall": "Of everybody",
    "lift": "Times as often",
    "customers": "Customers",
    "revenue": "Revenue",
}
STOCK = {
    "description": "Product",
    "product_id": "Code",
    "expected": "Expected pieces",
    "low": "At least",
    "high": "At most",
}
MOST_STOCK = 100


def show(settings: DashboardSettings) -> None:
    """What a segment buys, what lies in its baskets together, and what to have in stock for it."""
    run = choose_run(settings)
    st.title("Products")
    segments = read_run_table(settings, run.run_id, "segments/segments.csv")
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    segment = st.selectbox("Segment", list(names), format_func=names.__getitem__)
    bought, baskets, stock, person = st.tabs(["They buy", "Baskets", "In stock", "For a person"])
    with bought, in_words():
        _show_products(settings, run, segment)
    with baskets, in_words():
        _show_baskets(settings, run, segment)
    with stock, in_words():
        _show_stock(settings, run, segment)
    with person, in_words():
        customer = st.text_input("Customer id")
        if customer:
            show_offers(settings, run, customer.strip())


def _show_products(settings: DashboardSettings, run: LoggedRun, segment: int) -> None:
    if not has_file(settings, run.run_id, "segments/products.csv"):
        st.info("This run knows no products: its data names none.")
        return
    products = read_run_table(settings, run.run_id, "segments/products.csv")
    own = products[(products["segment"] == segment) & ~products["charge"].astype(bool)]
    special = st.toggle(
        "What sets them apart first", help="Bought oftener than by everybody, most certain first."
    )
    ordered = own.sort_values("distinctive_rank" if special else "rank")
    _show_columns(
        ordered,
        PRODUCTS,
        {"Revenue": money_column(), "Times as often": st.column_config.NumberColumn(format="%.2f")},
    )
    offer_download(ordered, f"products_{segment}.csv", "Download these products")


def _show_baskets(settings: DashboardSettings, run: LoggedRun, segment: int) -> None:
    if not has_file(settings, run.run_id, "tables/basket_rules.csv"):
        st.info(
            "This run has not looked at baskets. Make one with `baskets=0.005`, or look at a log with "
            "`segmentlab baskets`."
        )
        return
    rules = read_run_table(settings, run.run_id, "tables/basket_rules.csv")
    own = rules[rules["segment"] == segment]
    if own.empty:
        st.info("No rule of this segment alone is sure enough; these are everybody's.")
        own = rules[rules["segment"].isna()]
    show_table(own.dropna(axis="columns", how="all"))
    offer_download(own, f"baskets_{segment}.csv", "Download these rules")


def _show_stock(settings: DashboardSettings, run: LoggedRun, segment: int) -> None:
    if not has_file(settings, run.run_id, "tables/stock.csv"):
        st.info("This run does not say what to have in stock: its log is too short, or names no products.")
        return
    stock = read_run_table(settings, run.run_id, "tables/stock.csv")
    own = stock[stock["segment"] == segment].sort_values("expected", ascending=False)
    _show_columns(
        own.head(MOST_STOCK), STOCK, dict.fromkeys(("Expected pieces", "At least", "At most"), money_column())
    )
    offer_download(own, f"stock_{segment}.csv", "Download the whole list")


def _show_columns(frame: pd.DataFrame, headings: dict[str, str], columns: dict[str, object]) -> None:
    shown = {name: heading for name, heading in headings.items() if name in frame}
    shares = [shown[name] for name in ("likelihood", "overall") if name in shown]
    show_table(frame[list(shown)].rename(columns=shown), columns, shares)  # type: ignore[arg-type]
