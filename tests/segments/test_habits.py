"""Sums per segment sum to the dataset, and growth is missing where it can't be told."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from segmentlab.segments import habits
from segmentlab.segments.habits import compute_growth, describe_habits, sum_by_month
from tests.segments.described import AS_OF, customers, facts_of, labelled

TABLE = customers()
FACTS = facts_of(TABLE)
LABELS = labelled(TABLE, [-1, 0, 1])


def test_sums_are_those_of_all_customers() -> None:
    table = describe_habits(FACTS, LABELS, AS_OF)
    for name in ("gross", "returned", "net", "orders", "lines", "items"):
        assert table[name].sum() == pytest.approx(FACTS.customers[name].sum())
    assert list(table.index) == [-1, 0, 1]


def test_months_sum_to_all_sales() -> None:
    months = sum_by_month(FACTS, LABELS)
    assert months["revenue"].sum() == pytest.approx(FACTS.months["revenue"].sum())
    assert months["orders"].sum() == FACTS.months["orders"].sum()


def test_those_who_kept_nothing_are_counted() -> None:
    who = FACTS.customers.index[LABELS == 1][:2]
    gone = FACTS.customers.copy()
    gone.loc[who, "returned"] = gone.loc[who, "gross"]
    gone["net"] = gone["gross"] - gone["returned"]
    table = describe_habits(replace(FACTS, customers=gone), LABELS, AS_OF)
    assert table["kept_nothing"].to_dict() == {-1: 0, 0: 0, 1: 2}


def test_ratios_are_of_sums() -> None:
    table = describe_habits(FACTS, LABELS, AS_OF)
    own = FACTS.customers[LABELS == 0]
    row = table.loc[0]
    assert row["average_order_value"] == pytest.approx(own["revenue"].sum() / own["orders"].sum())
    assert row["return_rate"] == pytest.approx(own["returned"].sum() / own["gross"].sum())
    assert row["one_time_share"] == pytest.approx((own["orders"] == 1).mean())
    lines = FACTS.quantities[FACTS.quantities["customer_id"].isin(own.index)]
    most = lines.groupby("quantity")["lines"].sum()
    assert row["usual_quantity"] == most[most == most.max()].index.min()


def sales(*rows: tuple[int, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["segment", "month", "revenue"])
    return frame.assign(month=pd.to_datetime(frame["month"]))


def test_christmas_is_compared_with_christmas_where_the_log_has_two() -> None:
    months = sales((0, "2010-11-01", 100.0), (0, "2011-08-01", 10.0), (0, "2011-11-01", 110.0))
    early, late = (
        compute_growth(months, pd.Timestamp(first), date(2011, 12, 10))
        for first in ("2010-09-01", "2010-09-02")
    )
    assert early.name == "yearly_growth"
    assert early[0] == pytest.approx(0.1)
    assert late.name == "growth", "a day less, and there is no whole season to compare with"
    assert late[0] == pytest.approx(10.0)


def test_growth_compares_complete_quarters() -> None:
    months = sales(
        (0, "2011-06-01", 30.0),
        (0, "2011-08-01", 10.0),
        (0, "2011-09-01", 20.0),
        (0, "2011-11-01", 40.0),
        (0, "2011-12-01", 999.0),  # ends on the ninth: a part of a month is no month
        (1, "2011-06-01", 8.0),
        (2, "2011-10-01", 8.0),
    )
    found = compute_growth(months, pd.Timestamp("2011-01-01"), date(2011, 12, 10))
    assert found[0] == pytest.approx(60 / 40 - 1)
    assert found[1] == -1
    assert pd.isna(found[2]), "from nothing, nobody can say how much more it is"


def test_a_short_log_has_no_growth() -> None:
    months = sales((0, "2011-09-01", 20.0), (0, "2011-11-01", 40.0))
    assert compute_growth(months, pd.Timestamp("2011-06-02"), date(2011, 12, 10)).isna().all()


def test_rows_in_the_order_of_the_labels_have_the_segments_that_a_search_finds() -> None:
    labels = pd.Series([1, 0, 2], index=pd.Index(["a", "b", "c"], dtype="str"))
    rows = pd.Series(["a", "a", "b", "c", "c"], dtype="str")
    assert habits._find_segments(rows, labels).tolist() == [1, 1, 0, 2, 2]
    assert habits._find_segments(rows[::-1], labels).tolist() == [2, 2, 0, 1, 1]
    assert habits._find_segments(rows[:3], labels).tolist() == [1, 1, 0]
