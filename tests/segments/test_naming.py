"""Names follow what segments are like: planted types get theirs, and no name comes twice."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import ConfigError
from segmentlab.evaluation import LEAST_NAME_TRUTH
from segmentlab.features.feature_set import Column
from segmentlab.flow import StepTimer, describe, segment
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.modelling import NOISE
from segmentlab.segments.naming import choose_names, name_segments, tell_names_apart
from segmentlab.segments.portrait import portray_segments
from segmentlab.segments.signals import Signals, compute_fact_signals, compute_feature_signals
from segmentlab.segments.vocabulary import Point
from segmentlab.transactions.engines.duckdb import DuckDB
from tests.configs import composed, options
from tests.examples import draw_examples
from tests.segments.described import AS_OF, customers, facts_of, labelled, vocabulary

WORDS = vocabulary()
# What the planted types are called by whoever sees only what their customers did.
TYPES = {"champions": "Champions", "loyal": "Loyal", "lapsed": "Lost", "one-time": "One-time"}


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
    assert described.standing is not None
    shares = described.standing.share_true(plan.names.conditions, codes)
    portrait = portray_segments(described.features, described.people, codes, {}, plan.names, 0, shares)
    called = dict(zip(truth, codes.map(portrait.called), strict=True))
    assert {kind: called[kind] for kind in TYPES} == TYPES, "told the truth, every name is right"
    assert "New" not in called.values(), "most newcomers first came longer ago than the usual second gap"

    found = segment(plan, described, StepTimer())
    truths = found.portrait.names["truth"].dropna()
    assert len(truths) >= 4, "and what a model finds is named as most of its customers are"
    states = plan.names.conditions.names
    for number, share in truths.items():
        name = found.portrait.called[int(number)]
        own = described.standing.find_true(plan.names.conditions)[name][found.labels == number]
        assert name in states
        assert own.mean() == pytest.approx(share)
        assert share >= LEAST_NAME_TRUTH


def test_a_name_does_not_depend_on_the_number() -> None:
    table = customers()
    facts, labels = facts_of(table), labelled(table, [0, 1, 2])
    turned = labels.map({0: 7, 1: 5, 2: 6})

    def named(own: pd.Series) -> set[tuple[str, ...]]:
        said = name_segments(compute_fact_signals(facts, own, AS_OF), own.value_counts(), {}, WORDS)
        return set(said.drop(columns="truth").itertuples(index=False, name=None))

    assert named(labels) == named(turned)


def test_given_names_stay_and_noise_has_nothing_to_do() -> None:
    table = customers()
    facts, labels = facts_of(table), labelled(table, [-1, 0, 1])
    given_names = {-1: "Noise", 0: "Outliers"}
    said = name_segments(
        compute_fact_signals(facts, labels, AS_OF), labels.value_counts(), given_names, WORDS
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
        assert words.short(point)
        assert "levels" not in said or words.reason(point)
    for name, rule in words.rules.items():
        assert rule["actions"]
        assert words.explain(name, 0.9).count(", ") >= len(rule["when"]) - 2
    for place in (0.0, 0.5, 1.0):
        assert words.level(Point("set_odd_one", 1.0, place, "odd one", "pieces"))
        assert words.level(Point("set_odd_one", 1.0, place, "odd one", "0 or 1"))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"when": {}}, "names.rules.Odd has when; expected when and actions"),
        ({"when": {"value": [0, 1]}, "actions": []}, "names.rules.Odd.when.value: no such quantity"),
        ({"when": {"gap": [1, None]}, "actions": []}, "names.quantities.gap.least is missing"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(rule: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(WORDS, rules={"Odd": rule})


def give_shares(rows: Mapping[int, Mapping[str, float]]) -> pd.DataFrame:
    """Of how many each name is true, by segment; those that are not said of nobody."""
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=list(WORDS.rules)).fillna(0.0)


def test_a_name_goes_to_the_segment_of_which_it_is_truest() -> None:
    """The other one takes its next true name; what is true of fewer than four in five is no name."""
    shares = give_shares(
        {
            0: {"Champions": 0.85, "Loyal": 0.97},
            1: {"Champions": 0.95, "Loyal": 0.99},
            2: {"Loyal": 0.9},
            3: {"One-time": 0.79},
            NOISE: {"Lost": 1.0},
        }
    )
    sizes = pd.Series(10, index=shares.index)
    assert choose_names(shares, sizes, {NOISE: "Noise"}) == {1: "Champions", 0: "Loyal"}
    assert choose_names(shares, sizes, {2: "Champions"}) == {1: "Loyal"}


def test_of_names_that_are_as_true_the_larger_segment_gets_it() -> None:
    shares = give_shares({0: {"One-time": 1.0}, 1: {"One-time": 1.0, "Overdue": 0.9}})
    assert choose_names(shares, pd.Series({0: 5, 1: 9}), {}) == {1: "One-time"}
    assert choose_names(shares, pd.Series({0: 9, 1: 5}), {}) == {0: "One-time", 1: "Overdue"}


def test_a_name_and_its_truth_stand_together() -> None:
    """Who has no name is described, and told which names are true of some."""
    table = customers()
    labels = labelled(table, [0, 1, 2])
    shares = give_shares({0: {"Champions": 0.9}, 1: {"Loyal": 0.5, "Promising": 0.25}, 2: {"Loyal": 0.1}})
    signals = compute_fact_signals(facts_of(table), labels, AS_OF)
    said = name_segments(signals, labels.value_counts(), {2: "Loyal"}, WORDS, shares)
    assert said["name"].tolist()[::2] == ["Champions", "Loyal"]
    assert said["name"][1] == said["description"][1]
    assert said["truth"].fillna(-1.0).tolist() == [0.9, -1.0, 0.1]
    assert said["reason"][0].startswith("True of 90.0% of them: 4 orders or more")
    assert "(Loyal 50%, Promising 25%)" in said["reason"][1]
    assert said["actions"][1] == WORDS.by_state


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


@draw_examples(12)
@given(labels=st.lists(st.integers(-1, 60), min_size=120, max_size=120), seed=st.integers(0, 99))
def test_any_segmentation_gets_names(labels: list[int], seed: int) -> None:
    table = customers()
    own = pd.Series(labels, index=table.frame.index)
    facts = facts_of(table)
    signals: list[Signals] = [
        compute_fact_signals(facts, own, AS_OF),
        compute_feature_signals(table.frame, table.columns, own),
    ]
    found = sorted(set(labels))
    chance = np.random.default_rng(seed).choice([0.0, 0.5, 0.9, 1.0], (len(found), len(WORDS.rules)))
    shares = pd.DataFrame(chance, index=found, columns=list(WORDS.rules))
    for known, told in itertools.product(signals, (None, shares)):
        said = name_segments(known, own.value_counts(), {-1: "Noise"}, WORDS, told)
        assert said["name"].is_unique
        assert said["description"][said.index != -1].is_unique
        assert (said["truth"].dropna() >= LEAST_NAME_TRUTH).all()
        assert list(said.index) == sorted(set(labels))
        assert (said["name"].str.len() > 0).all()
