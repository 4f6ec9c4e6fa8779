"""What is unusual in data as it came, planted and found; and that a usual shop has nothing."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.transactions.alerts import find_alerts
from segmentlab.transactions.distributions import (
    associate_columns,
    count_hours,
    count_sizes,
    measure_association,
)
from segmentlab.transactions.overview import describe_columns

TODAY = date(2011, 3, 1)
LINES = 200


def make_lines() -> pd.DataFrame:
    """Two hundred lines on as many half days, in which nothing is unusual."""
    number = np.arange(LINES)
    return pd.DataFrame(
        {
            "customer_id": [str(1000 + place % 40) for place in number],
            "invoice_id": [str(place) for place in number],
            "product_id": [f"P{place % 20}" for place in number],
            "quantity": 1.0 + number % 3,
            "unit_price": 2.5,
            "timestamp": pd.Timestamp("2010-11-01") + pd.to_timedelta(number * 12, unit="h"),
        }
    ).assign(unit_price=lambda lines: 2.0 + lines.index % 2)


def find(lines: pd.DataFrame) -> dict[str, str]:
    table = ibis.memtable(lines)
    return {one.title: one.evidence for one in find_alerts(table, describe_columns(table), TODAY)}


def test_a_usual_shop_has_no_alert() -> None:
    assert find(make_lines()) == {}


@pytest.mark.parametrize(
    ("column", "value", "title", "evidence"),
    [
        ("quantity", -1.0, "Quantity below zero", "2 lines (1.0 %). Cancellations and returns look like"),
        ("quantity", 0.0, "Quantity of zero", "2 lines (1.0 %). Nothing was sold"),
        ("unit_price", -1.0, "Unit price below zero", "2 lines (1.0 %)."),
        ("unit_price", 0.0, "Unit price of zero", "2 lines (1.0 %). Gifts"),
        ("timestamp", pd.Timestamp("2011-03-02"), "Dates in the future", "2 lines (1.0 %) are dated"),
        ("customer_id", None, "Lines of nobody", "2 lines (1.0 %) have no customer."),
        ("customer_id", "shop", "Customer ids of two kinds", "40 ids are numbers and 1 are not"),
        ("customer_id", "77", "Customer ids that look like numbers", "1 of 41 have fewer than 4 digits"),
        ("quantity", 9_000.0, "One customer with much of the sales", "1002 has "),
    ],
)
def test_what_is_planted_is_found(column: str, value: object, title: str, evidence: str) -> None:
    lines = make_lines()
    lines[column] = lines[column].astype(object)
    lines.loc[[2, 42], column] = value
    assert evidence in find(lines.infer_objects())[title]


def test_columns_that_say_nothing() -> None:
    lines = make_lines().assign(country="Spain", note=None, currency="EUR")
    lines["note"] = pd.array([None] * LINES, dtype="str")
    lines["rare"] = pd.array(["a", "b", *[None] * (LINES - 2)], dtype="str")
    lines.loc[:9, "currency"] = "USD"
    found = find(lines)
    assert found["country is constant"] == "Every line with a value has the same one: Spain (200)."
    assert found["note is empty"] == "No line has a value."
    assert found["rare is nearly empty"] == "99.0% of the lines have no value."
    assert found["Several currencies"] == "currency has 2: EUR (190), USD (10)."


def test_copies_and_gaps() -> None:
    lines = pd.concat([make_lines(), make_lines().head(3)])
    assert find(lines)["Lines that are there more than once"].startswith("3 lines (1.5 %) repeat")
    apart = make_lines()
    apart.loc[100:, "timestamp"] += pd.Timedelta(days=9)
    assert "the longest is 9 days, from 2010-12-21 to 2010-12-29" in find(apart)["Days without a line"]


def test_sizes_and_hours_hold_every_line() -> None:
    lines = make_lines()
    lines.loc[0, "quantity"], lines.loc[1, "quantity"] = -10.0, 0.0
    sizes = count_sizes(ibis.memtable(lines))
    assert sizes.groupby("measure")["lines"].sum().to_dict() == {
        "quantity": LINES, "unit_price": LINES, "value": LINES,
    }  # fmt: skip
    quantities = sizes[sizes["measure"] == "quantity"].set_index(["sign", "bin"])["lines"]
    assert (quantities[-1, 4], quantities[0, 0], quantities[1, 0]) == (1, 1, 66)
    hours = count_hours(ibis.memtable(lines))
    assert hours["lines"].sum() == LINES
    assert set(hours["hour"]) == {0, 12}
    assert count_hours(ibis.memtable(lines.assign(timestamp=lines["timestamp"].dt.floor("D")))).empty


def test_what_goes_together_is_told_from_what_does_not() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 5, 4000), rng.integers(0, 5, 4000)
    assert measure_association(one, one) == pytest.approx(1.0, abs=0.01)
    assert measure_association(one, other) < 0.05
    lines = make_lines().assign(again=lambda lines: lines["product_id"])
    table, sampled = associate_columns(ibis.memtable(lines), LINES)
    assert sampled == LINES
    assert table.loc["product_id", "again"] == pytest.approx(1.0, abs=0.01)
    assert table.loc["product_id", "unit_price"] > table.loc["product_id", "timestamp"]


def test_of_many_lines_a_part_is_compared() -> None:
    lines = pd.concat([make_lines()] * 150, ignore_index=True)
    table, sampled = associate_columns(ibis.memtable(lines), len(lines))
    assert sampled == len(lines) // 2
    assert table.to_numpy().max() <= 1
