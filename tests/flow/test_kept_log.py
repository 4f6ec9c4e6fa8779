"""Sums that are kept from delivery to delivery say what all lines together say."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.errors import DataError
from segmentlab.features import FeatureRecipe, Rfm, Rhythm
from segmentlab.features.value import ExpectedSpend
from segmentlab.flow import Delivery, KeptLog, LeastHistory, Recipe, StepTimer, place_customers
from segmentlab.flow.update import (
    describe_kept_customers,
    place_kept_customers,
)
from segmentlab.modelling import SignedLog
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.logs import USUAL_RULES, Row, draw_logs, make_table
from segmentlab.transactions import (
    CleaningRule,
    Dataset,
    DuckDB,
    ExactDuplicate,
    InvoicePrefix,
    NetCancellations,
    NonProduct,
    NotPositive,
    UnknownCustomer,
    clean_until,
)
from segmentlab.value import GammaGamma, MbgNbd, ShopLaws
from tests.examples import draw_examples

COMPARING: Mapping[str, CleaningRule] = {
    "exact_duplicate": ExactDuplicate(),
    "bad_debt": InvoicePrefix("A"),
    "non_product": NonProduct(),
    "unknown_customer": UnknownCustomer(),
    "cancellation_netted": NetCancellations(),
    "cancellation_unmatched": InvoicePrefix("C"),
    "quantity_not_positive": NotPositive("quantity"),
    "price_not_positive": NotPositive("unit_price"),
}
RECIPES = {"usual": USUAL_RULES, "comparing": COMPARING}
LAWS = ShopLaws(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), 20.0, 60.0, 4.0)
SPEND = ExpectedSpend(
    60,
    "mbg_nbd",
    {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6},
    {"p": 6.2, "q": 3.7, "v": 15.4},
    more=True,
)
SETS = {"rfm": Rfm(), "rhythm": Rhythm(late=True), "value": SPEND}
COLUMNS = tuple(column for chosen in SETS.values() for column in chosen.columns)
LEAST = LeastHistory(2, 30, "mark")


def make_recipe(rules: Mapping[str, CleaningRule]) -> Recipe:
    return Recipe(rules, FeatureRecipe(COLUMNS, SETS), "digest", None, LAWS)


def make_scorer(names: Sequence[str]) -> object:
    """Any will do, as long as both ways have the same one."""
    points = np.random.default_rng(0).lognormal(2, 1, (60, len(names)))
    features = pd.DataFrame(points, columns=list(names))
    flow = make_pipeline(SignedLog(), StandardScaler()), FunctionTransformer()
    return Segmenter(*flow, KMeans(3, n_init=1, random_state=0)).fit(features).scorer_


SCORER = make_scorer([column.name for column in COLUMNS])


def read_all(engine: ibis.BaseBackend, rows: Sequence[Row]) -> Dataset:
    return Dataset(name="log", source="log", digest="", transactions=make_table(engine, rows))


@st.composite
def draw_deliveries(draw: st.DrawFn) -> list[list[Row]]:
    """A log cut at random, in any order: lines come late, copies come again, and cancellations long after."""
    rows = draw(draw_logs(min_size=2))
    again = draw(st.lists(st.sampled_from(rows), max_size=6))
    lines = [*rows, *again, *[_cancel(row) for row in draw(st.lists(st.sampled_from(rows), max_size=6))]]
    places = draw(st.lists(st.integers(0, 3), min_size=len(lines), max_size=len(lines)))
    cut = [[row for row, place in zip(lines, places, strict=True) if place == own] for own in range(4)]
    return [part for part in cut if part]


def _cancel(row: Row) -> Row:
    """The refund of a line, 40 days later."""
    return (row[0], "C9", *row[2:4], -abs(row[4]), row[5], row[6] + timedelta(days=40), row[7])  # type: ignore[arg-type, operator]


@pytest.mark.hypothesis
@pytest.mark.parametrize("name", RECIPES)
def test_updates_over_any_deliveries_are_one_full_scoring(name: str) -> None:
    """To the row and to the digit: customers, ledger, and what is expected of each."""
    recipe = make_recipe(RECIPES[name])

    @draw_examples(15)
    @given(deliveries=draw_deliveries(), day=st.integers(0, 60) | st.none())
    def holds(deliveries: list[list[Row]], day: int | None) -> None:
        with TemporaryDirectory() as folder:
            kept = KeptLog(DuckDB(threads=1), Path(folder) / "kept.duckdb", recipe.cleaning)
            for number, rows in enumerate(deliveries):
                kept.add(Delivery(f"{number}.csv", str(number)), make_table(kept.engine, rows))
                if number % 2:
                    kept.settle()
            kept.settle()
            as_of = None if day is None else kept.find_day(None) + timedelta(days=day)
            whole = read_all(kept.engine, list(itertools.chain(*deliveries)))
            check_same(recipe, kept, whole, as_of)

    holds()


def check_same(recipe: Recipe, kept: KeptLog, whole: Dataset, as_of: date | None) -> None:
    try:
        cleaned, _ = clean_until(whole, recipe.cleaning, as_of)
    except DataError:  # nothing is left
        assume(False)
    pd.testing.assert_frame_equal(kept.make_ledger(as_of), cleaned.ledger)
    full = place_customers(recipe, SCORER, whole, as_of, LEAST, StepTimer())
    described = describe_kept_customers(recipe, kept, as_of, StepTimer())
    found = place_kept_customers(recipe, SCORER, described, LEAST, StepTimer())
    pd.testing.assert_frame_equal(found.customers, full.customers, rtol=1e-9)
    pd.testing.assert_frame_equal(found.standing, full.standing, rtol=1e-9)
    told = (full.as_of, full.little_history, full.left_out)
    assert (found.as_of, found.little_history, found.left_out) == told


@pytest.mark.hypothesis
@draw_examples(15)
@given(deliveries=draw_deliveries(), days=st.integers(1, 440))
def test_lines_of_later_days_can_be_left_out_where_rules_look_at_lines_one_by_one(
    deliveries: list[list[Row]], days: int
) -> None:
    recipe = make_recipe(USUAL_RULES)
    with TemporaryDirectory() as folder:
        kept = KeptLog(DuckDB(threads=1), Path(folder) / "kept.duckdb", recipe.cleaning)
        for number, rows in enumerate(deliveries):
            kept.add(Delivery(f"{number}.csv", str(number)), make_table(kept.engine, rows))
        kept.settle()
        whole = read_all(kept.engine, list(itertools.chain(*deliveries)))
        check_same(recipe, kept, whole, date(2010, 12, 1) + timedelta(days=days))
