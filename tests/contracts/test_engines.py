"""Both engines give the same answers: every recipe in conf/cleaning and every set in conf/features.

A query costs Spark a third of a second whatever its size, so an example is several random logs in one
table, their customers kept apart, and there are few examples.
"""

from datetime import date

import ibis
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from segmentlab.errors import DataError
from segmentlab.features.table import build_feature_table
from segmentlab.lab.config.build import build_engine, build_plan
from segmentlab.lab.config.settings import check_settings
from segmentlab.testing.logs import draw_logs as random_logs
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.ledger import CleanedLines, clean_lines
from tests import people
from tests.configs import composed, options

DUCKDB = ibis.duckdb.connect()
AS_OF = date(2012, 2, 1)
# What the order of lines decides is known to DuckDB alone; Spark refuses to guess.
OVERRIDES = {"thorough": ["cleaning.overlap.jump_days=null"]}

# Ids as people type them: blanks around them, and the letters that Spark once took for blanks.
TYPED = {"b": " f ", "c": "\tv", "7": "vfv"}

Row = tuple[object, ...]


def apart(logs: list[list[Row]]) -> list[Row]:
    """One log of several, each with customers of its own; anonymous sales stay anonymous."""
    return [
        (row[0] and f"{TYPED.get(str(row[0]), row[0])}{number}", *row[1:])
        for number, log in enumerate(logs)
        for row in log
    ]


several_logs = st.lists(random_logs(), min_size=4, max_size=12).map(apart)
few_examples = settings(max_examples=2, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def cleaned(backend: BaseBackend, recipe: str, rows: list[Row]) -> CleanedLines | str:
    """What cleaning leaves, or what it says when it leaves nothing."""
    plan = build_plan(composed(f"cleaning={recipe}", *OVERRIDES.get(recipe, [])))
    try:
        return clean_lines(table(backend, rows), plan.cleaning, "random")
    except DataError as error:
        return str(error)


def known(backend: BaseBackend, rows: list[Row]) -> Table:
    """A customers table that has whoever bought."""
    demographics = build_plan(composed("features=demographics")).features["demographics"]
    return people.table(backend, people.people(demographics, sorted({str(row[0]) for row in rows})))


def lines(result: CleanedLines) -> pd.DataFrame:
    frame = result.transactions.to_pandas()
    return frame.sort_values(list(frame.columns), ignore_index=True)


@pytest.mark.parametrize("option", options("engine"))
def test_every_engine_composes_and_builds(option: str) -> None:
    config = composed(f"engine={option}")
    check_settings(config)
    assert hasattr(build_engine(config), "connect")


@pytest.mark.spark
@pytest.mark.parametrize("recipe", options("cleaning"))
@few_examples
@given(rows=several_logs)
def test_cleaning_keeps_the_same_lines_and_books(recipe: str, rows: list[Row], spark: BaseBackend) -> None:
    here, there = cleaned(DUCKDB, recipe, rows), cleaned(spark, recipe, rows)
    if isinstance(here, str) or isinstance(there, str):
        assert here == there
        return
    pd.testing.assert_frame_equal(here.ledger, there.ledger, check_exact=True)
    pd.testing.assert_frame_equal(lines(here), lines(there), check_dtype=False, rtol=0, atol=1e-9)


@pytest.mark.spark
@few_examples
@given(rows=several_logs)
def test_every_feature_is_equal(rows: list[Row], spark: BaseBackend) -> None:
    sets = build_plan(composed(f"features=[{','.join(options('features'))}]")).features
    here, there = cleaned(DUCKDB, "usual", rows), cleaned(spark, "usual", rows)
    if isinstance(here, str) or isinstance(there, str):
        assert here == there
        return
    pd.testing.assert_frame_equal(
        build_feature_table(sets, here.transactions, AS_OF, customers=known(DUCKDB, rows)).frame,
        build_feature_table(sets, there.transactions, AS_OF, customers=known(spark, rows)).frame,
        rtol=0,
        atol=1e-9,
    )
