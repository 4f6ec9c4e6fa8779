"""Where customers stand: a scoring tells the states that the run told, and an older model tells none."""

from dataclasses import replace

import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.flow import LeastHistory, StepTimer, describe, fit_segments
from segmentlab.flow.place import place_customers
from segmentlab.flow.result import FittedSegments
from segmentlab.flow.segmentation import _note_unnamed
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.report.record import make_recipe
from segmentlab.segments import NO_STATE
from segmentlab.transactions import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from tests.configs import composed

EVERYBODY = LeastHistory(orders=1, days=0, otherwise="mark")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, FittedSegments]:
    """Segments of the generated shop, in which some bring back what they bought."""
    folder = tmp_path_factory.mktemp("shop")
    config = composed(
        "data=synthetic", "data.customers=400", f"data.folder={folder}", "evaluate.holdout_days=0"
    )
    dataset = build_source(config).read(DuckDB().connect())
    assert isinstance(dataset, Dataset)
    plan = build_plan(config)
    return dataset, fit_segments(plan, describe(plan, dataset, StepTimer()), StepTimer())


def test_a_scoring_tells_the_states_of_the_run(fitted: tuple[Dataset, FittedSegments]) -> None:
    """Money that came back is taken off in both, or who is among the best would be another in each."""
    dataset, run = fitted
    scorer, recipe = run.segmenter.scorer_, make_recipe(run)
    scored = place_customers(recipe, scorer, dataset, None, EVERYBODY, StepTimer()).customers
    own = run.customers
    assert own["returned"].sum() > 0
    assert list(own)[:5] == ["customer_id", "segment", "name", "confidence", "state"]
    pd.testing.assert_frame_equal(scored[["customer_id", "state"]], own[["customer_id", "state"]])
    assert scored["state"].nunique() > 4
    for older in (replace(recipe, laws=None, names=None), replace(recipe, names=None)):
        told = place_customers(older, scorer, dataset, None, EVERYBODY, StepTimer()).customers
        assert "state" not in told
        pd.testing.assert_series_equal(told["name"], scored["name"])


def test_who_was_not_looked_at_has_no_state(fitted: tuple[Dataset, FittedSegments]) -> None:
    """Of very many customers a sample is placed, and shares are of it; the run says so."""
    _, run = fitted
    standing = run.described.standing
    assert standing is not None
    assert run.described.sales is not None
    half = replace(standing, customers=standing.customers.iloc[::2], of_all=False)
    described = replace(run.described, sales=replace(run.described.sales, standing=half))
    states = replace(run, described=described).customers["state"]
    assert (states[1::2] == NO_STATE).all()
    assert (states[::2] != NO_STATE).any()
    labels = pd.Series(run.segmenter.labels_, index=described.features.frame.index)
    rules = run.plan.names.conditions
    seen = half.share_true(rules, labels)
    assert seen.equals(
        half.find_true(rules).groupby(labels.iloc[::2].to_numpy()).mean().rename_axis("segment")
    )
    assert list(_note_unnamed(described)) == ["States are known of the 200 customers that were looked at."]


def test_where_nobody_came_back_nobody_is_lost() -> None:
    """One order each: nobody can tell when anybody comes again, so nobody is called by it."""
    lines = pd.DataFrame({"customer_id": [f"c{number:02d}" for number in range(30)], "invoice_id": range(30)})
    lines["timestamp"] = pd.date_range("2011-01-03", periods=30)
    lines["line_total"] = [5.0 + number % 7 for number in range(30)]
    found = sl.segment(lines, evaluate="quick", n_clusters=2, leave_out=["rfm_frequency"])
    assert set(found.customers["state"]) == {"One-time"}
    (own,) = found.profile["truth"].dropna()
    assert own == 1
    (other,) = set(found.profile["name"]) - {"One-time"}
    assert "value" in other, "a name is given once, and no other is true"


def test_a_name_that_somebody_brought_along_is_held_to_its_words() -> None:
    """A segment called New of whom most came long ago shuts the gate; one that claims nothing does not."""
    shop = sl.make_shop(customers=200)
    people = sorted(set(shop["customer_id"].dropna()))
    mine = pd.Series(["New" if number % 2 else "Group A" for number in range(len(people))], index=people)
    found = sl.segment(shop, labels=mine, evaluate="quick")
    told = [check for check in found.checks if check.code == "SEG013"]
    assert len(told) == 1
    assert told[0].severity == "error"
    assert told[0].evidence.startswith("'New' is true of ")
