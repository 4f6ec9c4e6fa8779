"""The laws of every feature set: each file in conf/features is held to them, unasked."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segmentlab.build import build_plan
from segmentlab.errors import DataError
from segmentlab.features.contract import FeatureSet
from segmentlab.features.table import feature_table
from segmentlab.transactions.cleaning import From
from segmentlab.transactions.ledger import clean
from tests.configs import composed, options
from tests.logs import COLUMNS, random_logs, table

ENGINE = ibis.duckdb.connect()
USUAL = build_plan(composed()).cleaning
SETS = {name: build_plan(composed(f"features={name}")).features[name] for name in options("features")}

laws = pytest.mark.parametrize("name", SETS)
AS_OF = date(2012, 2, 1)


def computed(name: str, rows: list[tuple[object, ...]], as_of: date = AS_OF) -> pd.DataFrame:
    """The features of clean lines, or an example that does not count when none is left."""
    try:
        cleaned = clean(table(ENGINE, rows), {**USUAL, "from": From(as_of.isoformat())}, "random")
    except DataError:
        assume(False)
    return feature_table({name: SETS[name]}, cleaned.transactions, as_of).frame


@laws
def test_columns_are_prefixed_and_explained(name: str) -> None:
    feature_set: FeatureSet = SETS[name]
    assert feature_set.columns
    assert feature_set.requires <= set(COLUMNS)
    for column in feature_set.columns:
        assert column.name.startswith(f"{name}_")
        assert column.description
        assert column.unit


@laws
@given(rows=random_logs())
def test_one_row_per_customer_and_finite_values(name: str, rows: list[tuple[object, ...]]) -> None:
    frame = computed(name, rows)
    assert frame.index.is_unique
    assert set(frame.index) <= {row[0] for row in rows}
    assert list(frame.columns) == [column.name for column in SETS[name].columns]
    assert np.isfinite(frame.to_numpy()).all()


@laws
@given(rows=random_logs(), seed=st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(name: str, rows: list[tuple[object, ...]], seed: object) -> None:
    shuffled = list(rows)
    seed.shuffle(shuffled)
    pd.testing.assert_frame_equal(computed(name, rows), computed(name, shuffled), check_exact=True)


@laws
@given(rows=random_logs(), later=random_logs(), days=st.integers(1, 400))
def test_nothing_at_or_after_as_of_counts(
    name: str, rows: list[tuple[object, ...]], later: list[tuple[object, ...]], days: int
) -> None:
    as_of = date(2010, 12, 1) + timedelta(days=days)
    future = [(*line[:6], line[6] + timedelta(days=days), line[7]) for line in later]
    pd.testing.assert_frame_equal(computed(name, rows, as_of), computed(name, [*rows, *future], as_of))
