"""Sums that are kept from delivery to delivery say what all lines together say."""

import itertools
import subprocess
import sys
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

from segmentlab.errors import ConfigError, DataError, StoreError
from segmentlab.features import FeatureRecipe, Geography, Rfm, Rhythm
from segmentlab.features.value import ExpectedSpend
from segmentlab.flow import Delivery, KeptLog, LeastHistory, Recipe, StepTimer, place_customers
from segmentlab.flow.update import (
    CentreRules,
    describe_kept_customers,
    find_centres,
    follow_customers,
    move_scorer,
    place_kept_customers,
)
from segmentlab.modelling import SignedLog
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.logs import SHOP, USUAL_RULES, Row, draw_logs, make_table
from segmentlab.transactions import (
    CleaningRule,
    Dataset,
    DuckDB,
    ExactDuplicate,
    InvoicePrefix,
    NetCancellations,
    NonProduct,
    NotPositive,
    Overlap,
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
@pytest.mark.parametrize("name", ["usual", pytest.param("comparing", marks=pytest.mark.slow)])
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


@pytest.mark.slow
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


# One property for rules that ask which lines came together, and what is refused.


@pytest.mark.slow
@pytest.mark.hypothesis
@draw_examples(15)
@given(deliveries=draw_deliveries())
def test_sales_that_several_files_report_are_found_across_deliveries(deliveries: list[list[Row]]) -> None:
    recipe = make_recipe({"overlap": Overlap(), **COMPARING})
    with TemporaryDirectory() as folder:
        kept = KeptLog(DuckDB(threads=1), Path(folder) / "kept.duckdb", recipe.cleaning)
        parts = []
        for number, rows in enumerate(deliveries):
            lines = make_table(kept.engine, rows)
            kept.add(Delivery(f"{number}.csv", str(number)), lines, is_part=True)
            kept.settle()
            parts.append(lines.mutate(part=ibis.literal(f"{number}.csv")))
        whole = Dataset(name="log", source="log", digest="", transactions=ibis.union(*parts, distinct=False))
        check_same(recipe, kept, whole, None)


def keep(folder: Path, rules: Mapping[str, CleaningRule] = USUAL_RULES) -> KeptLog:
    return KeptLog(DuckDB(threads=1), folder / "kept.duckdb", rules)


def test_what_was_kept_is_there_for_the_next_process(tmp_path: Path) -> None:
    first = keep(tmp_path)
    assert first.add(Delivery("a", "1"), make_table(first.engine, SHOP)) == len(SHOP)
    first.keep_centres("model", [[0.1, 1 / 3]])
    ledger = first.make_ledger(None)
    first.engine.disconnect()
    again = keep(tmp_path)
    assert list(again.deliveries["name"]) == ["a"]
    assert again.read_centres("model") == (1, [[0.1, 1 / 3]])
    assert again.read_centres("another") is None
    pd.testing.assert_frame_equal(again.make_ledger(None), ledger)


def test_what_does_not_go_together_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    kept = keep(tmp_path)
    lines = make_table(kept.engine, SHOP)
    kept.add(Delivery("a", "1"), lines)
    with pytest.raises(DataError, match="has lines with other columns, or of other types"):
        kept.add(Delivery("b", "2"), lines.drop("country"))
    with pytest.raises(StoreError, match="can't be used"):
        keep_in_another_process(tmp_path)
    kept.settle()
    assert len(kept.deliveries) == 1
    kept.engine.disconnect()
    with pytest.raises(DataError, match="other rules of cleaning"):
        keep(tmp_path, COMPARING)


def keep_in_another_process(folder: Path) -> None:
    """DuckDB lets one process write: what another one is told is said here."""
    script = (
        "import sys; from pathlib import Path; from segmentlab.errors import StoreError\n"
        "from segmentlab.flow import KeptLog; from segmentlab.transactions import DuckDB\n"
        "try: KeptLog(DuckDB(), Path(sys.argv[1]), {})\n"
        "except StoreError as error: print(error)\n"
    )
    place = str(folder / "kept.duckdb")
    done = subprocess.run([sys.executable, "-c", script, place], capture_output=True, text=True, check=True)
    if done.stdout:
        raise StoreError(done.stdout)


def test_nobody_is_placed_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no line yet"):
        keep(tmp_path).find_day(None)


def test_an_overlap_by_the_order_of_all_lines_is_refused(tmp_path: Path) -> None:
    kept = keep(tmp_path, {"overlap": Overlap(jump_days=1), **COMPARING})
    with pytest.raises(DataError, match="no column 'part'"):
        kept.add(Delivery("a", "1"), make_table(kept.engine, SHOP))


def test_lines_that_were_compared_with_later_ones_have_no_earlier_day(tmp_path: Path) -> None:
    kept = keep(tmp_path, COMPARING)
    kept.add(Delivery("a", "1"), make_table(kept.engine, SHOP))
    kept.settle()
    with pytest.raises(ConfigError, match="compares lines with later ones"):
        kept.find_days(date(2011, 3, 1))


def test_sets_that_need_lines_are_refused_by_name() -> None:
    learnt = Geography().learn(make_table(ibis.duckdb.connect(), SHOP), date(2011, 12, 1))
    recipe = FeatureRecipe(COLUMNS, {**SETS, "geography": learnt})
    with pytest.raises(ConfigError, match="features=geography, which nobody can tell from sums"):
        recipe.check_kept()


def test_centres_follow_placed_customers_and_nobody_else() -> None:
    rules = CentreRules(rate=0.5, most=0.3)
    points = np.random.default_rng(1).lognormal(2.5, 1, (80, len(COLUMNS)))
    features = pd.DataFrame(points, columns=[column.name for column in COLUMNS])
    home = find_centres(SCORER)
    gone = follow_customers(SCORER, home, features, rules)
    moved = move_scorer(SCORER, gone)
    assert not np.allclose(gone, home)
    assert moved.names == SCORER.names
    assert find_centres(SCORER) is home
    for rate, most in ((1.1, 0.2), (-0.1, 0.2), (0.5, 0.5), (float("nan"), 0.2)):
        with pytest.raises(ConfigError, match="write a rate from 0 to 1"):
            CentreRules(rate, most)
