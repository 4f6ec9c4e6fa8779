"""The laws of every feature set of transactions: each file in conf/features is held to them, unasked."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ibis.expr.types import Table

from segmentlab.errors import DataError
from segmentlab.features.feature_set import CustomerLearner, CustomerSet, Learner
from segmentlab.features.table import build_feature_table
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import ROOT, list_overlays
from segmentlab.lab.tracking.archive import pack, unpack
from segmentlab.testing.logs import COLUMNS, SHOP
from segmentlab.testing.logs import draw_logs as random_logs
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.cleaning.single_lines import From
from segmentlab.transactions.ledger import clean_lines
from tests.configs import composed, options

ENGINE = ibis.duckdb.connect()
USUAL = build_plan(composed()).cleaning
OFFERED = {name: build_plan(composed(f"features={name}")).features[name] for name in options("features")}
OVERLAYS = [path.stem for path in list_overlays()]
# A set that only an experiment uses has the same laws.
OF_EXPERIMENTS = {
    name: chosen
    for overlay in OVERLAYS
    for name, chosen in build_plan(composed(f"experiments={overlay}")).features.items()
    if name not in OFFERED
}
CHOSEN = OFFERED | OF_EXPERIMENTS
SETS = {
    name: chosen for name, chosen in CHOSEN.items() if not isinstance(chosen, (CustomerSet, CustomerLearner))
}

laws = pytest.mark.parametrize("name", SETS)
few = settings(max_examples=10)  # an example is several queries, and every set has all the laws
AS_OF = date(2012, 2, 1)


def cleaned(rows: list[tuple[object, ...]], as_of: date = AS_OF) -> Table:
    """Clean lines, or an example that does not count when none is left."""
    try:
        rules = {**USUAL, "from": From(as_of.isoformat())}
        return clean_lines(table(ENGINE, rows), rules, "random").transactions
    except DataError:
        assume(False)


def computed(name: str, rows: list[tuple[object, ...]], as_of: date = AS_OF) -> pd.DataFrame:
    """The features of clean lines."""
    return build_feature_table({name: SETS[name]}, cleaned(rows, as_of), as_of).frame


@laws
def test_columns_are_prefixed_and_explained(name: str) -> None:
    columns = build_feature_table({name: SETS[name]}, cleaned(SHOP), AS_OF).columns
    assert columns
    assert SETS[name].requires <= {*COLUMNS, "line_total"}
    for column in columns:
        assert column.name.startswith(f"{name}_")
        assert column.description
        assert column.unit
    assert len({column.name for column in columns}) == len(columns)


@laws
def test_a_missing_part_is_named_before_anything_is_computed(name: str) -> None:
    for part in SETS[name].requires - {"customer_id"}:
        lacking = "unit_price" if part == "line_total" else part  # the total follows from price and pieces
        with pytest.raises(DataError, match=f"features={name} needs the column .*{part}"):
            build_feature_table({name: SETS[name]}, table(ENGINE, SHOP).drop(lacking), AS_OF)


@laws
@few
@given(rows=random_logs())
def test_one_row_per_customer_and_finite_values(name: str, rows: list[tuple[object, ...]]) -> None:
    known = build_feature_table({name: SETS[name]}, cleaned(rows), AS_OF)
    frame = known.frame
    assert frame.index.is_unique
    assert set(frame.index) <= {row[0] for row in rows}
    assert list(frame.columns) == [column.name for column in known.columns]
    assert np.isfinite(frame.to_numpy()).all()


@laws
@few
@given(rows=random_logs(), seed=st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(name: str, rows: list[tuple[object, ...]], seed: object) -> None:
    shuffled = list(rows)
    seed.shuffle(shuffled)
    pd.testing.assert_frame_equal(computed(name, rows), computed(name, shuffled), check_exact=True)


@laws
@few
@given(rows=random_logs(), later=random_logs(), days=st.integers(1, 400))
def test_nothing_at_or_after_as_of_counts(
    name: str, rows: list[tuple[object, ...]], later: list[tuple[object, ...]], days: int
) -> None:
    as_of = date(2010, 12, 1) + timedelta(days=days)
    future = [(*line[:6], line[6] + timedelta(days=days), line[7]) for line in later]
    pd.testing.assert_frame_equal(computed(name, rows, as_of), computed(name, [*rows, *future], as_of))


@laws
@few
@given(rows=random_logs(), later=random_logs())
def test_a_customer_is_described_by_their_own_lines_and_what_was_learnt(
    name: str, rows: list[tuple[object, ...]], later: list[tuple[object, ...]]
) -> None:
    known, lines = build_feature_table({name: SETS[name]}, cleaned(rows), AS_OF), cleaned(later)
    assert not any(isinstance(chosen, Learner) for chosen in known.sets.values())
    together = known.recipe.describe(lines, AS_OF)
    assert list(together.columns) == list(known.frame.columns)
    who = together.index[-1]
    alone = known.recipe.describe(lines.filter(lines.customer_id == who), AS_OF)
    pd.testing.assert_frame_equal(alone, together.loc[[who]], check_exact=True)


@laws
def test_the_customers_learnt_from_are_described_as_they_were(name: str) -> None:
    lines = cleaned(SHOP)
    known = build_feature_table({name: SETS[name]}, lines, AS_OF)
    pd.testing.assert_frame_equal(known.recipe.describe(lines, AS_OF), known.frame, check_exact=True)


@laws
def test_what_was_learnt_comes_back_from_plain_data(name: str) -> None:
    lines = cleaned(SHOP)
    known = build_feature_table({name: SETS[name]}, lines, AS_OF)
    again = unpack(pack(known), ["segmentlab.features"])
    pd.testing.assert_frame_equal(again.recipe.describe(lines, AS_OF), known.frame, check_exact=True)


@pytest.mark.parametrize("name", CHOSEN)
def test_a_set_is_told_apart_by_its_values(name: str) -> None:
    """Or its features would not be kept from run to run, or be taken for those of another."""
    assert unpack(pack(CHOSEN[name]), ["segmentlab.features"]) == CHOSEN[name]


def test_sets_together_are_the_sets_side_by_side() -> None:
    of_lines = [name for name in SETS if name in OFFERED]
    together = build_plan(composed(f"features=[{','.join(of_lines)}]")).features
    frame = build_feature_table(together, cleaned(SHOP), AS_OF).frame
    pd.testing.assert_frame_equal(frame, pd.concat([computed(name, SHOP) for name in of_lines], axis=1))


def test_the_page_says_what_the_code_says() -> None:
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    columns = [column for feature_set in OFFERED.values() for column in feature_set.columns]
    true = {f"| `{c.name}` | {c.description} | {c.unit} | {c.transform} |" for c in columns}
    written = {line for line in page if line.startswith("| `")}
    assert written
    assert written <= true
