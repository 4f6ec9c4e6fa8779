"""Transactions to try things on: a tiny hand-written log, random ones, and how they are cleaned."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd
from hypothesis import assume
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.transactions import (
    FIELDS,
    CleaningRule,
    From,
    InvoicePrefix,
    NotPositive,
    UnknownCustomer,
    keep_lines,
)

Row = tuple[object, ...]


@cache
def open_engine() -> BaseBackend:
    """A DuckDB that all examples share: opening one takes longer than most of them."""
    return ibis.duckdb.connect()


COLUMNS: Final = tuple(field.name for field in FIELDS)

SHOP: Final[list[Row]] = [
    ("anna", "1001", "20725", "LUNCH BAG", 2.0, 1.65, "2011-01-05 10:00", "France"),
    ("anna", "1001", "22326", "LANTERN", 1.0, 2.10, "2011-01-05 10:00", "France"),
    ("anna", "1004", "20725", "LUNCH BAG", 10.0, 1.45, "2011-03-01 23:59", "France"),
    ("anna", "C1005", "20725", "LUNCH BAG", -10.0, 1.45, "2011-03-02 09:00", "France"),
    ("bert", "1002", "22326", "LANTERN", 3.0, 2.10, "2011-02-10 12:30", "Spain"),
    ("bert", "1002", "22326", "LANTERN", 3.0, 2.10, "2011-02-10 12:30", "Spain"),
    ("bert", "1003", "POST", "POSTAGE", 1.0, 18.00, "2011-02-11 08:00", "Spain"),
    (None, "1006", "22326", "LANTERN", 1.0, 4.13, "2011-03-03 10:00", "Spain"),
    ("carl", "1007", "21730", "GLASS STAR", 5.0, 0.00, "2011-03-04 10:00", "Spain"),
    ("dora", "A1008", "B", "Adjust bad debt", 1.0, 100.0, "2011-03-05 10:00", "Spain"),
]


def make_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows in the order of the canonical columns."""
    lines = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return lines.astype(
        {
            "customer_id": "str",
            "invoice_id": "str",
            "product_id": "str",
            "description": "str",
            "quantity": "float64",
            "unit_price": "float64",
            "timestamp": "datetime64[us]",
            "country": "str",
        }
    )


def make_table(engine: BaseBackend, rows: Sequence[Row]) -> ir.Table:
    """The rows on an engine."""
    return engine.create_table(ibis.util.gen_name("log"), make_frame(rows))


def draw_logs(min_size: int = 1) -> st.SearchStrategy[list[Row]]:
    """Small logs with every kind of line: cancellations, gifts, anonymous sales, repeats, midnight."""
    start = datetime(2010, 12, 1)
    line = st.tuples(
        st.sampled_from(["a", "b", "c", "007", "7", None]),
        st.sampled_from(["1", "2", "3", "C4", "A5"]),
        st.sampled_from(["20725", "22326", "POST", "m"]),
        st.sampled_from(["BAG", None]),
        st.integers(-20, 50).map(float),
        st.integers(-100, 5000).map(lambda pence: pence / 100),
        st.integers(0, 400 * 24 * 60).map(lambda minutes: start + timedelta(minutes=minutes)),
        st.sampled_from(["France", "Spain"]),
    )
    return st.lists(line, min_size=min_size, max_size=40)


# What is usually taken out before features are computed: conf/cleaning/usual.yaml says the same.
USUAL_RULES: Final[dict[str, CleaningRule]] = {
    "unknown_customer": UnknownCustomer(also=[]),
    "cancellation": InvoicePrefix("C"),
    "quantity_not_positive": NotPositive("quantity"),
    "price_not_positive": NotPositive("unit_price"),
    "total_not_positive": NotPositive("line_total"),
}


def clean_log(engine: BaseBackend, rows: Sequence[Row], as_of: date) -> ir.Table:
    """The lines that features are computed from; an example of which nothing is left does not count.

    They are a table of their own: to write a query with the rules within it takes longer than to run it.
    """
    rules: dict[str, CleaningRule] = {"from": From(as_of.isoformat()), **USUAL_RULES}
    kept = keep_lines(make_table(engine, rows), rules).to_pyarrow()
    if not len(kept):
        assume(False)
    return engine.create_table(ibis.util.gen_name("clean"), kept)
