"""Names follow what segments are like: planted types get theirs, and no name comes twice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import ConfigError
from segmentlab.features.feature_set import Column
from segmentlab.flow import StepTimer, describe, segment
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.segments.habits import describe_habits
from segmentlab.segments.naming import name_segments, tell_names_apart
from segmentlab.segments.portrait import portray_segments
from segmentlab.segments.signals import Signals, compute_fact_signals, compute_feature_signals
from segmentlab.segments.vocabulary import Point
from segmentlab.transactions.engines.duckdb import DuckDB
from tests.configs import composed, options
from tests.examples import draw_examples
from tests.segments.described import AS_OF, customers, facts_of, labelled, vocabulary

WORDS = vocabulary()
# What the planted types are called by whoever sees only what their customers did.
TYPES = {
    "champions": "Champions",
    "loyal": "Loyal",
    "lapsed": "At risk",
    "newcomers": "New",
    "one-time": "One-time",
}


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_types_get_their_names(seed: int, tmp_path: Path) -> None:
    config = composed(
        "data=synthetic", "data.customers=2000", f"data.seed={seed}", f"data.folder={tmp_path}",
        "evaluate.holdout_days=0", f"seed={seed}",
    )  # fmt: skip
    plan = build_plan(config)
    described = describe(plan, build_source(config).read(DuckDB().connect()), StepTimer())
    truth = described.about.truth
    assert truth is not None
    truth = truth.reindex(described.features.frame.index)

    codes = truth.astype("category").cat.codes.astype("int64")
    portrait = portray_segments(described.features, described.people, codes, {}, plan.names, seed=0)
    assert (codes.map(portrait.called) == truth.map(TYPES)).all(), "told the truth, every name is right"

    found = segment(plan, described, StepTimer()).customers
    right = found["name"].to_numpy() == truth.map(TYPES).to_numpy()
    assert right.mean() > 0.9, "and what a model finds is named as most of its customers are"


def test_a_name_does_not_depend_on_the_number() -> None:
    table = customers()
    facts, labels = facts_of(table), labelled(table, [0, 1, 2])
    turned = labels.map({0: 7, 1: 5, 2: 6})

    def named(own: pd.Series) -> set[tuple[str, ...]]:
        growth = describe_habits(facts, own, AS_OF)["growth"]
        said = name_segments(compute_fact_signals(facts, own, AS_OF, growth), own.value_counts(), {}, WORDS)
        return set(said.itertuples(index=False, name=None))

    assert named(labels) == named(turned)


def test_given_names_stay_and_noise_has_nothing_to_do() -> None:
    table = customers()
    facts, labels = facts_of(table), labelled(table, [-1, 0, 1])
    growth = describe_habits(facts, labels, AS_OF)["growth"]
    given_names = {-1: "Noise", 0: "Outliers"}
    said = name_segments(
        compute_fact_signals(facts, labels, AS_OF, growth), labels.value_counts(), given_names, WORDS
    )
    assert said["name"].iloc[:2].tolist() == ["Noise", "Outliers"]
    assert said.loc[-1, "actions"] == ""
    assert "before the model saw them" in said.loc[0, "reason"]
    assert said["reason"].str.endswith(".").all()


def test_without_purchases_features_give_the_names() -> None:
    columns = (
        Column("demographics_age", "age", "years"),
        Column("demographics_annual_income", "income", "thousand dollars"),
        Column("demographics_gender_female", "1 where gender is female", "0 or 1"),
    )
    ages, incomes, women = np.repeat([20.0, 70.0], 10), np.tile([90.0, 10.0], 10), np.repeat([1.0, 0.0], 10)
    frame = pd.DataFrame(dict(zip((c.name for c in columns), (ages, incomes, women), strict=True)))
    labels = pd.Series(np.repeat([0, 1], 10))
    said = name_segments(compute_feature_signals(frame, columns, labels), labels.value_counts(), {}, WORDS)
    assert said["name"].tolist() == ["Young, women", "Older, men"]
    assert "age of 20 years" in said.loc[0, "reason"]


@pytest.mark.parametrize("language", options("names"))
def test_every_language_has_a_name_a_reason_and_actions_for_everything(language: str) -> None:
    words = vocabulary(language)
    for dimension, said in words.dimensions.items():
        point = Point(dimension, 3.0, 0.4)
        assert words.reason(point)
        assert "short" not in said or words.short(point)
    for rule in words.rules.values():
        assert rule["actions"]
        assert set(rule["when"]) <= set(words.dimensions)
    for place in (0.0, 0.5, 1.0):
        assert words.level(Point("set_odd_one", 1.0, place, "odd one", "pieces"))
        assert words.level(Point("set_odd_one", 1.0, place, "odd one", "0 or 1"))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"when": {}}, "expected when and actions"),
        ({"when": {"value": [1, 0]}, "actions": []}, "expected a lower and an upper bound"),
        ({"when": {"value": [1]}, "actions": []}, "expected a lower and an upper bound"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(rule: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(WORDS, rules={"Odd": rule})


TEXTS = st.sampled_from(["a", "b", "c"])


@draw_examples(30)
@given(
    names=st.lists(TEXTS, min_size=1, max_size=60),
    numbers=st.data(),
)
def test_no_name_comes_twice(names: list[str], numbers: st.DataObject) -> None:
    count = len(names)
    rows = numbers.draw(st.lists(st.tuples(TEXTS, TEXTS), min_size=count, max_size=count))
    details = pd.DataFrame(rows, columns=["one", "other"])
    values = details.map(ord).astype("float64")
    apart = tell_names_apart(pd.Series(names), details, values, fixed=())
    assert apart.is_unique
    assert all(name == own or name.startswith(f"{own} (") for name, own in zip(apart, names, strict=True))


@draw_examples(30)
@given(labels=st.lists(st.integers(-1, 60), min_size=120, max_size=120))
def test_any_segmentation_gets_names(labels: list[int]) -> None:
    table = customers()
    own = pd.Series(labels, index=table.frame.index)
    facts = facts_of(table)
    signals: list[Signals] = [
        compute_fact_signals(facts, own, AS_OF, describe_habits(facts, own, AS_OF)["growth"]),
        compute_feature_signals(table.frame, table.columns, own),
    ]
    for known in signals:
        said = name_segments(known, own.value_counts(), {-1: "Noise"}, WORDS)
        assert said["name"].is_unique
        assert list(said.index) == sorted(set(labels))
        assert (said["name"].str.len() > 0).all()
