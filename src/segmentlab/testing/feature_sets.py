"""The laws of a feature set that is computed from transactions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import DataError
from segmentlab.features import (
    DaysSet,
    FeatureSet,
    FeatureTable,
    Learner,
    TotalsSet,
    build_feature_table,
    list_days,
)
from segmentlab.lab.tracking import pack, unpack
from segmentlab.testing.laws import STORED_PARTS, check_copy, declare_module_of, draw_examples, expect_refusal
from segmentlab.testing.logs import COLUMNS, SHOP, Row, clean_log, draw_logs, make_table, open_engine
from segmentlab.transactions import clean_lines, select_orders, sum_orders

AS_OF: Final = date(2012, 2, 1)

LineSet = FeatureSet | Learner


@dataclass(frozen=True)
class LineSetCase:
    """A set that is held to the laws, its name, and how many random logs a law draws."""

    chosen: LineSet
    name: str
    examples: int = 10

    def describe(self, rows: list[Row], as_of: date = AS_OF) -> FeatureTable:
        """The features of the customers of a log."""
        lines = clean_log(open_engine(), rows, as_of)
        return build_feature_table({self.name: self.chosen}, lines, as_of)


def check_columns(case: LineSetCase) -> None:
    """Columns begin with the set's name, and each says what it means and in which unit."""
    columns = case.describe(SHOP).columns
    assert columns, "the set has no columns"
    for column in columns:
        assert column.name.startswith(f"{case.name}_"), f"{column.name} should begin with {case.name}_"
        assert column.description, f"{column.name} has no description"
        assert column.unit, f"{column.name} has no unit"
    assert len({column.name for column in columns}) == len(columns), "two columns have one name"


def check_needed_parts(case: LineSetCase) -> None:
    """A column that the set needs and the data lacks is named before anything is computed."""
    known = {*COLUMNS, "line_total"}
    assert case.chosen.requires <= known, f"no transactions have {case.chosen.requires - known}"
    for part in case.chosen.requires - {"customer_id"}:
        lacking = "unit_price" if part == "line_total" else part  # the total follows from price and pieces
        lines = make_table(open_engine(), SHOP).drop(lacking)
        with expect_refusal(DataError, f"features={case.name} needs the column .*{part}"):
            build_feature_table({case.name: case.chosen}, lines, AS_OF)


def check_rows_and_values(case: LineSetCase) -> None:
    """One row per customer, the columns that were promised, and finite numbers in all of them."""

    @draw_examples(case.examples)
    @given(rows=draw_logs())
    def holds(rows: list[Row]) -> None:
        known = case.describe(rows)
        assert known.frame.index.is_unique, "a customer has several rows"
        assert set(known.frame.index) <= {row[0] for row in rows}, "there are customers who bought nothing"
        assert list(known.frame.columns) == [column.name for column in known.columns]
        assert np.isfinite(known.frame.to_numpy()).all(), "a value is missing or infinite"

    holds()


def check_order_of_lines(case: LineSetCase) -> None:
    """The order of the lines does not matter, to the last digit."""

    @draw_examples(case.examples)
    @given(rows=draw_logs(), chance=st.randoms(use_true_random=False))
    def holds(rows: list[Row], chance: Random) -> None:
        shuffled = list(rows)
        chance.shuffle(shuffled)
        one, other = case.describe(rows), case.describe(shuffled)
        pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)

    holds()


def check_nothing_after_as_of(case: LineSetCase) -> None:
    """Nothing at or after `as_of` counts."""

    @draw_examples(case.examples)
    @given(rows=draw_logs(), later=draw_logs(), days=st.integers(1, 400))
    def holds(rows: list[Row], later: list[Row], days: int) -> None:
        as_of = date(2010, 12, 1) + timedelta(days=days)
        future = [(*line[:6], line[6] + timedelta(days=days), line[7]) for line in later]  # type: ignore[operator]
        before, after = case.describe(rows, as_of), case.describe([*rows, *future], as_of)
        pd.testing.assert_frame_equal(before.frame, after.frame)

    holds()


def check_own_lines(case: LineSetCase) -> None:
    """A customer is described by their own lines and by what was learnt, by no other customer of the day."""

    @draw_examples(case.examples)
    @given(rows=draw_logs(), later=draw_logs())
    def holds(rows: list[Row], later: list[Row]) -> None:
        known = case.describe(rows)
        assert not any(isinstance(fitted, Learner) for fitted in known.sets.values()), "it is not fitted"
        lines = clean_log(open_engine(), later, AS_OF)
        together = known.recipe.describe(lines, AS_OF)
        assert list(together.columns) == list(known.frame.columns), "columns change from day to day"
        who = together.index[-1]
        alone = known.recipe.describe(lines.filter(lines.customer_id == who), AS_OF)
        pd.testing.assert_frame_equal(alone, together.loc[[who]], check_exact=True)

    holds()


def check_sums_of_orders(case: LineSetCase) -> None:
    """A set that says it needs nothing smaller than an order gives the same from their sums."""
    if not getattr(case.chosen, "of_orders", False):
        return

    @draw_examples(case.examples)
    @given(rows=draw_logs())
    def holds(rows: list[Row]) -> None:
        lines = clean_log(open_engine(), rows, AS_OF)
        orders = select_orders(sum_orders(lines).table)
        known = build_feature_table({case.name: case.chosen}, lines, AS_OF)
        summed = build_feature_table({case.name: case.chosen}, lines, AS_OF, orders=orders)
        pd.testing.assert_frame_equal(summed.frame, known.frame, rtol=1e-9)

    holds()


def check_totals(case: LineSetCase) -> None:
    """A set that says it needs no more than totals of customers gives the same from these."""
    if not isinstance(case.chosen, TotalsSet):
        return

    @draw_examples(case.examples)
    @given(rows=draw_logs())
    def holds(rows: list[Row]) -> None:
        lines = clean_log(open_engine(), rows, AS_OF)
        totals = clean_lines(lines, {}, "log").totals
        known = build_feature_table({case.name: case.chosen}, lines, AS_OF)
        summed = build_feature_table({case.name: case.chosen}, lines, AS_OF, totals=totals)
        pd.testing.assert_frame_equal(summed.frame, known.frame, rtol=1e-9)

    holds()


def check_days(case: LineSetCase) -> None:
    """What a set makes of lines it makes of days, where it says that it needs no more."""

    @draw_examples(case.examples)
    @given(rows=draw_logs())
    def holds(rows: list[Row]) -> None:
        known = case.describe(rows)
        fitted = known.sets[case.name]
        if isinstance(fitted, DaysSet):
            days = list_days(clean_log(open_engine(), rows, AS_OF))
            found = fitted.build_from_days(days, AS_OF).order_by("customer_id").to_pandas()
            frame = found.set_index("customer_id").astype("float64")
            pd.testing.assert_frame_equal(frame[known.frame.columns], known.frame, rtol=1e-9)

    holds()


def check_storage(case: LineSetCase) -> None:
    """What was learnt comes back from plain data, and describes the customers learnt from as before."""
    lines = clean_log(open_engine(), SHOP, AS_OF)
    known = build_feature_table({case.name: case.chosen}, lines, AS_OF)
    pd.testing.assert_frame_equal(known.recipe.describe(lines, AS_OF), known.frame, check_exact=True)
    with declare_module_of(case.chosen):
        again: FeatureTable = unpack(pack(known), STORED_PARTS)
    pd.testing.assert_frame_equal(again.recipe.describe(lines, AS_OF), known.frame, check_exact=True)


def check_equality(case: LineSetCase) -> None:
    """Sets of equal values are equal, or their features would not be kept from run to run."""
    check_copy(case.chosen)


FEATURE_SET_LAWS: Final[tuple[Callable[[LineSetCase], None], ...]] = (
    check_columns,
    check_needed_parts,
    check_rows_and_values,
    check_order_of_lines,
    check_nothing_after_as_of,
    check_own_lines,
    check_sums_of_orders,
    check_totals,
    check_days,
    check_storage,
    check_equality,
)
