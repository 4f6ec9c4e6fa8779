"""A segment keeps its number for as long as its customers stay together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file
from segmentlab.modelling.matching import SAME_SEGMENT_OVERLAP, apply_numbers, match_segments, read_numbers
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.segmenter import Segmenter
from tests.examples import draw_examples

labels = st.lists(st.integers(-1, 4), min_size=1, max_size=60)


def by_customer(segments: list[int], first: int = 0) -> pd.Series:
    return pd.Series(segments, index=[f"c{first + place}" for place in range(len(segments))])


@given(labels, st.permutations(range(5)))
def test_the_same_segments_keep_their_numbers_whatever_they_are_called(segments, called) -> None:
    before = by_customer(segments)
    now = before.map(lambda segment: called[segment] if segment != NOISE else NOISE)
    numbers = read_numbers(match_segments(now, before, next_free=5))
    assert now.map(lambda segment: numbers.get(segment, NOISE)).equals(before)


@given(labels, labels, st.integers(5, 9), st.integers(0, 30))
def test_no_number_is_borne_twice_and_none_is_used_again(now, before, next_free, shift) -> None:
    table = match_segments(by_customer(now, shift), by_customer(before), next_free)
    numbers = read_numbers(table)
    assert set(numbers) == set(now) - {NOISE}
    assert len(set(numbers.values())) == len(numbers)
    fresh = sorted(number for number in numbers.values() if number >= next_free)
    assert fresh == list(range(next_free, next_free + len(fresh)))
    assert {number for number in numbers.values() if number < next_free} <= set(before) - {NOISE}
    kept = table[table["segment"].notna() & table["before"].notna()]
    assert (kept["overlap"] >= SAME_SEGMENT_OVERLAP).all()
    assert set(table["before"].dropna()) == set(before) - {NOISE}


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ([0] * 6 + [1] * 4, [3] * 10, {0: 3, 1: 7}),  # the larger half of a split keeps the number
        ([0] * 10, [1] * 6 + [3] * 4, {0: 1}),  # what was merged is called as its larger part was
        ([0] * 5 + [1] * 5, [2] * 4 + [5] * 6, {0: 2, 1: 5}),
        ([0, 0, 0, 1, 1, 1], [NOISE] * 6, {0: 7, 1: 8}),  # noise hands no number down
    ],
)  # fmt: skip
def test_splits_and_merges(now, before, expected) -> None:
    assert read_numbers(match_segments(by_customer(now), by_customer(before), next_free=7)) == expected


def test_all_overlaps_count_together_and_not_the_first_best() -> None:
    """Segment 0 overlaps most with 1, but then nothing would be left for segment 1."""
    now = by_customer([0] * 11 + [1] * 6)
    before = by_customer([1] * 6 + [2] * 5 + [1] * 6)
    assert read_numbers(match_segments(now, before, next_free=3)) == {0: 2, 1: 1}


def test_strangers_get_numbers_that_were_never_used() -> None:
    table = match_segments(by_customer([0, 1]), by_customer([0, 1], first=10), next_free=4)
    assert read_numbers(table) == {0: 4, 1: 5}
    assert table["shared"].sum() == 0
    assert list(table.loc[table["segment"].isna(), "before"]) == [0, 1]


def test_a_segment_that_nobody_is_in_any_more_is_told_as_gone() -> None:
    table = match_segments(by_customer([0, 0]), by_customer([1, 1]), next_free=4, in_use=[NOISE, 1, 2])
    assert read_numbers(table) == {0: 1}
    assert list(table.loc[table["segment"].isna(), "before"]) == [2]


@draw_examples(10)
@given(numbers=st.permutations(range(6)).map(lambda order: {0: order[0], 1: order[1]}))
def test_a_scorer_answers_with_its_new_numbers_also_when_it_is_read_back(numbers, tmp_path_factory) -> None:
    features = pd.DataFrame({"rfm_monetary": [1.0, 2.0, 3.0, 90.0, 95.0]}, index=list("abcde"))
    model = Segmenter(StandardScaler(), FunctionTransformer(), KMeans(n_clusters=2, random_state=0))
    learnt = model.fit(features, value=features["rfm_monetary"]).scorer_
    called = replace(learnt, names={NOISE: "Noise", 0: "Loyal", 1: "Rare"})
    own, mapped = called.assign(features), apply_numbers(called, numbers)
    file = tmp_path_factory.mktemp("mapped") / "scorer.skops"
    file.write_bytes(dump_scorer(mapped))
    for one in (mapped, load_scorer_file(file, compute_digest(file.read_bytes()))):
        answer = one.assign(features)
        assert np.array_equal(answer["segment"], own["segment"].map(numbers))
        pd.testing.assert_frame_equal(answer[["name", "confidence"]], own[["name", "confidence"]])
    assert mapped.given == called.given == {NOISE: "Noise"}
