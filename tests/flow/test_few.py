"""Few customers at a time: which recipes can't, and plans that outlive the lines that they were made over."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from segmentlab.errors import ConfigError
from segmentlab.features import FeatureRecipe, Rfm
from segmentlab.features.demographics import Demographics
from segmentlab.flow.few import refuse_shared_needs
from segmentlab.flow.place import Recipe
from segmentlab.transactions import ExactDuplicate, NetCancellations, Overlap, SmallTable, WrittenQuery

RECIPE = Recipe({}, FeatureRecipe(Rfm.columns, {"rfm": Rfm()}), "a digest", date(2011, 12, 10))


def test_rules_within_a_customer_are_no_trouble() -> None:
    refuse_shared_needs(replace(RECIPE, cleaning={"twice": ExactDuplicate(), "netted": NetCancellations()}))


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (replace(RECIPE, cleaning={"overlap": Overlap()}), "rule overlap compares lines of different"),
        (replace(RECIPE, trained_as_of=None), "knows no purchases"),
        (
            replace(RECIPE, features=FeatureRecipe((), {"who": Demographics("who", {}, {})})),
            "features who come from",
        ),
    ],
)
def test_what_needs_others_is_refused_in_words(recipe: Recipe, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        refuse_shared_needs(recipe)


def test_a_plan_made_over_other_lines_answers_of_those_that_are_there() -> None:
    """DuckDB leaves out of a plan what the lines of that moment can't need, an empty table all of it."""
    few = SmallTable(pa.schema({"who": pa.string(), "money": pa.float64()}))
    lines = few.lines
    asked = WrittenQuery(few, lines.filter(lines.money > 0).group_by("who").agg(sum=lines.money.sum()))
    assert asked.ask().empty
    for money in (1.0, -5.0, 1e9, 0.0):
        few.fill(pa.table({"who": ["anna", "bert"], "money": [money, 2.0]}))
        told = dict(asked.ask().itertuples(index=False))
        assert told == {"bert": 2.0} | ({"anna": money} if money > 0 else {})
    few.close()
