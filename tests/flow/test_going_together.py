"""What goes together in a log: cleaned first, before a day, and by the segments of somebody."""

from datetime import date

import ibis
import pandas as pd
import pytest

from segmentlab.errors import DataError
from segmentlab.flow import find_together
from segmentlab.goods import BasketLimits, BasketPortrait
from segmentlab.testing.logs import USUAL_RULES, Row, make_table
from segmentlab.transactions import CustomersOnly, Dataset

DUCKDB = ibis.duckdb.connect()
LIMITS = BasketLimits(support=0.01)
NOBODY = pd.Series(dtype="int64")
ROWS: list[Row] = [
    (f"c{number % 4}", f"{'C' if number % 10 == 9 else ''}{number}", item, item, 1.0, 2.0,
     f"2011-{1 + number // 28:02d}-{1 + number % 28:02d}", "France")
    for number in range(112)
    for item in (("bread", "jam") if number % 3 else ("tea",))
]  # fmt: skip


def find(labels: pd.Series = NOBODY, as_of: date | None = None, drop: str = "none") -> BasketPortrait:
    lines = make_table(DUCKDB, ROWS)
    kept = lines.drop("product_id", "description") if drop == "products" else lines
    dataset = Dataset(name="log", source="log.csv", digest="0", transactions=kept)
    return find_together(dataset, USUAL_RULES, as_of, labels, {}, LIMITS)


def test_what_cleaning_takes_out_is_in_no_basket() -> None:
    assert find().parts["baskets"].tolist() == [101]


def test_nothing_counts_from_the_day_on() -> None:
    assert find(as_of=date(2011, 2, 1)).parts["baskets"].tolist() == [26]


def test_segments_of_others_are_refused() -> None:
    with pytest.raises(DataError, match=r"None of the 2 customers with a segment has a basket here: .*'x'"):
        find(pd.Series({"x": 0, "y": 1}))


def test_a_log_without_products_and_customers_alone_say_so() -> None:
    with pytest.raises(DataError, match=r"log\.csv: nothing can go together: the log names no products"):
        find(drop="products")
    people = CustomersOnly(name="mall", source="mall.csv", digest="0", customers=make_table(DUCKDB, ROWS))
    with pytest.raises(DataError, match="mall has customers and no transactions"):
        find_together(people, USUAL_RULES, None, NOBODY, {}, LIMITS)
