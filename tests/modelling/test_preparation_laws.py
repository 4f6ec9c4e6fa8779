"""The laws of every preparation: each file in conf/prepare is held to them, unasked."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentlab.errors import DataError
from segmentlab.lab.config.build import build_plan
from segmentlab.modelling.interfaces import Transformer
from segmentlab.modelling.preparation import follow_suggestions
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers
from tests.configs import composed, options
from tests.examples import draw_examples

FEATURES = ["rfm_recency", "rfm_frequency", "rfm_monetary"]
laws = pytest.mark.parametrize("name", options("prepare"))
few = draw_examples(20)

# A third of all values is 0 or 1, some are debts, and a few are a million times the usual one.
values = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(-100, 100, width=32), st.sampled_from([1e6, 1e9]))


@cache
def prepare(name: str) -> Transformer:
    """The preparation of a file in conf/."""
    return build_plan(composed(f"prepare={name}")).preparation


def tables(rows: int) -> st.SearchStrategy[pd.DataFrame]:
    """Feature tables with at least so many customers."""
    shapes = st.tuples(st.integers(rows, 30), st.just(len(FEATURES)))
    return arrays(np.float64, shapes, elements=values).map(
        lambda drawn: pd.DataFrame(drawn, columns=FEATURES)
    )


def prepared(name: str, learnt_from: pd.DataFrame, applied_to: pd.DataFrame) -> np.ndarray:
    """What one table makes of another."""
    fitted = follow_suggestions(prepare(name), ["rfm_monetary"]).fit(learnt_from)
    return np.asarray(fitted.transform(applied_to))


@laws
@few
@given(known=tables(2), new=tables(1))
def test_every_value_becomes_a_finite_one(name: str, known: pd.DataFrame, new: pd.DataFrame) -> None:
    for table in (known, new):
        after = prepared(name, known, table)
        assert after.shape == table.shape
        assert np.isfinite(after).all()


@laws
@few
@given(known=tables(2), new=tables(1))
def test_one_row_is_prepared_as_in_a_batch(name: str, known: pd.DataFrame, new: pd.DataFrame) -> None:
    np.testing.assert_array_equal(prepared(name, known, new.iloc[[-1]]), prepared(name, known, new)[[-1]])


@laws
@few
@given(known=tables(2), seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(name: str, known: pd.DataFrame, seed: int) -> None:
    shuffled = known.sample(frac=1, random_state=seed)
    # Sums of the same numbers in another order differ in their last bits.
    np.testing.assert_allclose(
        prepared(name, known, known), prepared(name, shuffled, known), rtol=1e-7, atol=1e-7
    )


@laws
@few
@given(known=tables(2), new=tables(2))
def test_the_order_of_customers_within_a_feature_is_kept(
    name: str, known: pd.DataFrame, new: pd.DataFrame
) -> None:
    after = prepared(name, known, new)
    for column, feature in enumerate(FEATURES):
        ranked = after[np.argsort(new[feature].to_numpy(), kind="stable"), column]
        assert (np.diff(ranked) >= 0).all()


@laws
def test_missing_values_are_refused_before_anything_is_learnt(name: str) -> None:
    plan = build_plan(composed(f"prepare={name}"))
    features, money, _ = customers()
    with pytest.raises(DataError, match="'rfm_monetary' of customer 'c0000' is nan"):
        Segmenter(plan.preparation, plan.projection, plan.model).fit(
            features.assign(rfm_monetary=np.nan), value=money
        )


def test_two_follow_the_feature_set_and_the_others_do_not() -> None:
    table = customers()[0]
    both = {
        name: [
            np.asarray(follow_suggestions(prepare(name), columns).fit(table).transform(table))
            for columns in (["rfm_monetary"], [])
        ]
        for name in options("prepare")
    }
    differing = [name for name, (some, none) in both.items() if not np.array_equal(some, none)]
    assert differing == ["mixed", "suggested"]
