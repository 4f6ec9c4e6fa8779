"""Transactions for tests: a tiny hand-written log, and random ones."""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.transactions.schema import FIELDS

COLUMNS = tuple(field.name for field in FIELDS)

SHOP = [
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


def frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Rows in the order of the canonical columns."""
    lines = pd.DataFrame(rows, columns=list(COLUMNS))
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


def table(engine: BaseBackend, rows: list[tuple[object, ...]]) -> ir.Table:
    """The rows on an engine."""
    return engine.create_table(ibis.util.gen_name("log"), frame(rows))


def random_logs(min_size: int = 1) -> st.SearchStrategy[list[tuple[object, ...]]]:
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
