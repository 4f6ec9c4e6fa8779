"""The laws of a feature set that is made of the customers table: no dates, else the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import DataError
from segmentlab.features import (
    CustomerLearner,
    CustomerSet,
    FeatureTable,
    Rfm,
    build_customer_table,
    build_feature_table,
)
from segmentlab.testing.feature_sets import AS_OF
from segmentlab.testing.laws import check_copy, draw_examples, expect_refusal
from segmentlab.testing.logs import SHOP, Row, make_table, open_engine

BUYERS: Final[list[Row]] = [row for row in SHOP if row[0] is not None]

PeopleSet = CustomerSet | CustomerLearner


@dataclass(frozen=True)
class PeopleSetCase:
    """A set that is held to the laws, its name, rows that it can describe, and how many tables to draw."""

    chosen: PeopleSet
    name: str
    rows: pd.DataFrame
    examples: int = 10

    def draw_people(self, customers: Sequence[str]) -> pd.DataFrame:
        """The rows, one after the other, with other ids."""
        rows = self.rows.iloc[[place % len(self.rows) for place in range(len(customers))]]
        return rows.assign(customer_id=list(customers)).reset_index(drop=True).astype({"customer_id": "str"})

    def describe(self, people: pd.DataFrame) -> FeatureTable:
        """The features of a customers table."""
        return build_customer_table({self.name: self.chosen}, make_people_table(people))


def make_people_table(frame: pd.DataFrame) -> ir.Table:
    """The rows on the engine of all examples."""
    return open_engine().create_table(ibis.util.gen_name("people"), frame)


def check_people_columns(case: PeopleSetCase) -> None:
    """Columns begin with the set's name, and each says what it means and in which unit."""
    columns = case.describe(case.rows).columns
    assert columns, "the set has no columns"
    assert all(column.name.startswith(f"{case.name}_") for column in columns), (
        f"columns should begin with {case.name}_"
    )
    assert all(column.description and column.unit for column in columns), "a column does not say what it is"
    assert len({column.name for column in columns}) == len(columns), "two columns have one name"


def check_people_parts(case: PeopleSetCase) -> None:
    """A column that the table lacks is named before anything is computed."""
    for part in case.chosen.requires - {"customer_id"}:
        with expect_refusal(DataError, f"features={case.name} needs the column {part}"):
            case.describe(case.rows.drop(columns=part))


def check_people_rows(case: PeopleSetCase) -> None:
    """One row per customer, finite numbers, and the order of the rows does not matter."""

    @draw_examples(case.examples)
    @given(ids=_draw_ids(), chance=st.integers(0, 99))
    def holds(ids: list[str], chance: int) -> None:
        frame = case.draw_people(ids)
        known = case.describe(frame)
        assert list(known.frame.index) == sorted(frame["customer_id"])
        assert list(known.frame.columns) == [column.name for column in known.columns]
        assert np.isfinite(known.frame.to_numpy()).all(), "a value is missing or infinite"
        shuffled = case.describe(frame.sample(frac=1, random_state=chance))
        pd.testing.assert_frame_equal(shuffled.frame, known.frame, check_exact=True)

    holds()


def check_own_row(case: PeopleSetCase) -> None:
    """A customer is described by their own row and by what was learnt."""

    @draw_examples(case.examples)
    @given(ids=_draw_ids())
    def holds(ids: list[str]) -> None:
        frame = case.draw_people(ids)
        known = case.describe(frame)
        who = frame["customer_id"].iloc[-1]
        alone = known.recipe.describe_customers(make_people_table(frame.tail(1)))
        pd.testing.assert_frame_equal(alone, known.frame.loc[[who]], check_exact=True)

    holds()


def check_missing_values(case: PeopleSetCase) -> None:
    """What is missing is said and not made up."""
    whole = case.draw_people(["anna", "bert", "carl"])
    for part in case.chosen.requires - {"customer_id"}:
        holed = whole.assign(**{part: whole[part].where(whole["customer_id"] != "bert")})
        with expect_refusal(DataError, r"'bert' \(1 customers"):
            case.describe(holed)


def check_beside_transactions(case: PeopleSetCase) -> None:
    """Beside transactions the set has the values that it has alone, today and later."""
    frame = case.draw_people(["anna", "bert", "carl", "dora", "never bought"])
    customers, lines = make_people_table(frame), make_table(open_engine(), BUYERS)
    both = build_feature_table({"rfm": Rfm(), case.name: case.chosen}, lines, AS_OF, customers=customers)
    assert list(both.frame.index) == ["anna", "bert", "carl", "dora"]
    beside = both.frame.drop(columns=[column.name for column in Rfm().columns])
    alone = case.describe(frame).frame.drop("never bought")
    pd.testing.assert_frame_equal(beside, alone, check_exact=True)
    again = both.recipe.describe(lines, AS_OF, customers)
    pd.testing.assert_frame_equal(again, both.frame, check_exact=True)


def check_nobody_is_lost(case: PeopleSetCase) -> None:
    """Customers of whom the table says nothing are named, or `unknown` to a set that has such a column.

    Without a table the set says that it needs one.
    """
    lines = make_table(open_engine(), BUYERS)
    known = make_people_table(case.draw_people(["anna", "carl"]))
    for sets in ({case.name: case.chosen}, {"rfm": Rfm(), case.name: case.chosen}):
        try:
            described = build_feature_table(sets, lines, AS_OF, customers=known)
        except DataError as error:
            told = str(error)
        else:
            told = ""
            assert list(described.frame.index) == ["anna", "bert", "carl", "dora"]
            assert any("unknown" in column.name for column in described.columns)
        assert not told or "2 of 4 customers have no row in the customers table, first 'bert'" in told, told
    with expect_refusal(DataError, f"features={case.name} needs a customers table"):
        build_feature_table({case.name: case.chosen}, lines, AS_OF)


def check_people_equality(case: PeopleSetCase) -> None:
    """Sets of equal values are equal, or their features would not be kept from run to run."""
    check_copy(case.chosen)


def _draw_ids() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(["a", "b", "c", "007", "7", " d "]), min_size=1, unique=True)


CUSTOMER_SET_LAWS: Final[tuple[Callable[[PeopleSetCase], None], ...]] = (
    check_people_columns,
    check_people_parts,
    check_people_rows,
    check_own_row,
    check_missing_values,
    check_beside_transactions,
    check_nobody_is_lost,
    check_people_equality,
)
