"""The laws of every feature set that is made of the customers table: no dates, else the same."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentlab.errors import DataError
from segmentlab.features.demographics import Demographics
from segmentlab.features.feature_set import CustomerSet
from segmentlab.features.table import build_customer_table, build_feature_table
from segmentlab.lab.config.build import build_plan
from tests.configs import composed, options
from tests.logs import SHOP
from tests.logs import table as log
from tests.people import people, random_people, table

ENGINE = ibis.duckdb.connect()
CHOSEN = {name: build_plan(composed(f"features={name}")).features[name] for name in options("features")}
SETS = {name: chosen for name, chosen in CHOSEN.items() if isinstance(chosen, CustomerSet)}
BUYERS = [row for row in SHOP if row[0] is not None]
AS_OF = date(2012, 2, 1)

laws = pytest.mark.parametrize("name", SETS)
few = settings(max_examples=10)


def computed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    return build_customer_table({name: SETS[name]}, table(ENGINE, frame)).frame


def test_there_are_such_sets_and_tables_for_them() -> None:
    assert SETS
    assert all(isinstance(chosen, Demographics) for chosen in SETS.values()), "tests/people.py makes no table"


@laws
def test_columns_are_prefixed_and_explained(name: str) -> None:
    columns = SETS[name].columns
    assert columns
    assert all(column.name.startswith(f"{name}_") for column in columns)
    assert all(column.description and column.unit for column in columns)
    assert len({column.name for column in columns}) == len(columns)


@laws
def test_a_missing_part_is_named_before_anything_is_computed(name: str) -> None:
    whole = people(SETS[name], ["a", "b"])
    for part in SETS[name].requires - {"customer_id"}:
        with pytest.raises(DataError, match=f"features={name} needs the column {part}"):
            computed(name, whole.drop(columns=part))


@laws
@few
@given(data=st.data())
def test_one_row_per_customer_in_whatever_order(name: str, data: st.DataObject) -> None:
    frame = data.draw(random_people(SETS[name]))
    features = computed(name, frame)
    assert list(features.index) == sorted(frame["customer_id"])
    assert list(features.columns) == [column.name for column in SETS[name].columns]
    assert np.isfinite(features.to_numpy()).all()
    shuffled = frame.sample(frac=1, random_state=data.draw(st.integers(0, 99)))
    pd.testing.assert_frame_equal(computed(name, shuffled), features, check_exact=True)


@laws
@few
@given(data=st.data())
def test_a_customer_is_described_by_their_own_row(name: str, data: st.DataObject) -> None:
    frame = data.draw(random_people(SETS[name]))
    known = build_customer_table({name: SETS[name]}, table(ENGINE, frame))
    who = frame["customer_id"].iloc[-1]
    alone = known.recipe.describe_customers(table(ENGINE, frame.tail(1)))
    pd.testing.assert_frame_equal(alone, known.frame.loc[[who]], check_exact=True)


@laws
def test_what_is_missing_is_told_and_not_made_up(name: str) -> None:
    whole = people(SETS[name], ["anna", "bert", "carl"])
    for part in SETS[name].requires - {"customer_id"}:
        holed = whole.assign(**{part: whole[part].where(whole["customer_id"] != "bert")})
        with pytest.raises(DataError, match=r"'bert' \(1 customers"):
            computed(name, holed)


@laws
def test_beside_transactions_the_set_has_the_values_it_has_alone(name: str) -> None:
    frame = people(SETS[name], ["anna", "bert", "carl", "dora", "never bought"])
    sets, customers = {"rfm": CHOSEN["rfm"], name: SETS[name]}, table(ENGINE, frame)
    both = build_feature_table(sets, log(ENGINE, BUYERS), AS_OF, customers=customers)
    assert list(both.frame.index) == ["anna", "bert", "carl", "dora"]
    beside = both.frame.drop(columns=[column.name for column in CHOSEN["rfm"].columns])
    pd.testing.assert_frame_equal(beside, computed(name, frame).drop("never bought"), check_exact=True)
    again = both.recipe.describe(log(ENGINE, BUYERS), AS_OF, customers)
    pd.testing.assert_frame_equal(again, both.frame, check_exact=True)


@laws
def test_nobody_is_lost_silently(name: str) -> None:
    known = table(ENGINE, people(SETS[name], ["anna", "carl"]))
    for sets in ({name: SETS[name]}, {"rfm": CHOSEN["rfm"], name: SETS[name]}):
        with pytest.raises(DataError, match=r"2 of 4 customers have no row .* first 'bert'"):
            build_feature_table(sets, log(ENGINE, BUYERS), AS_OF, customers=known)


@laws
def test_without_a_customers_table_it_says_so(name: str) -> None:
    with pytest.raises(DataError, match=f"features={name} needs a customers table"):
        build_feature_table({name: SETS[name]}, log(ENGINE, BUYERS), AS_OF)


@pytest.mark.parametrize("name", sorted(CHOSEN.keys() - SETS.keys()))
def test_the_other_sets_say_that_they_need_transactions(name: str) -> None:
    sets = {name: CHOSEN[name]} | SETS
    customers = table(ENGINE, people(next(iter(SETS.values())), ["a"]))
    with pytest.raises(
        DataError, match=f"features={name} needs transactions, and this data has customers only"
    ):
        build_customer_table(sets, customers)
