"""The laws of every model, in every preparation and projection: each file in conf/ is held to them."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from segmentlab.build import build_plan
from segmentlab.errors import DataError
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.tracking.scorer_file import digest_of, dump_scorer, load_scorer_file
from tests.configs import composed, options
from tests.planted import customers

CHOICES = list(itertools.product(options("prepare"), options("projection"), options("model")))
FEATURES, MONEY, TRUTH = customers()

every = pytest.mark.parametrize(("prepare", "projection", "model"), CHOICES)


def fitted(prepare: str, projection: str, model: str, rows: slice = slice(None), seed: int = 0) -> Segmenter:
    plan = build_plan(
        composed(f"prepare={prepare}", f"projection={projection}", f"model={model}", f"seed={seed}")
    )
    return Segmenter(plan.preparation, plan.projection, plan.model).fit(FEATURES.iloc[rows], MONEY)


@every
def test_fitted_customers_get_their_own_segment_back(prepare: str, projection: str, model: str) -> None:
    segmenter = fitted(prepare, projection, model)
    np.testing.assert_array_equal(segmenter.scorer_.predict(FEATURES), segmenter.labels_)


@every
def test_a_new_customer_gets_a_fitted_segment(prepare: str, projection: str, model: str) -> None:
    segmenter = fitted(prepare, projection, model)
    answer = segmenter.scorer_.assign(FEATURES * 1.7 + 3)
    assert set(answer["segment"]) <= {*segmenter.labels_, -1}
    assert answer["confidence"].between(0, 1).all()


@every
def test_the_same_seed_gives_the_same_labels(prepare: str, projection: str, model: str) -> None:
    first, second = (fitted(prepare, projection, model, seed=7) for _ in range(2))
    np.testing.assert_array_equal(first.labels_, second.labels_)


@every
def test_saved_and_loaded_it_answers_the_same(
    prepare: str, projection: str, model: str, tmp_path: Path
) -> None:
    segmenter = fitted(prepare, projection, model)
    path = tmp_path / "scorer.skops"
    path.write_bytes(dump_scorer(segmenter.scorer_))
    loaded = load_scorer_file(path, digest_of(path.read_bytes()))
    assert loaded.assign(FEATURES).equals(segmenter.scorer_.assign(FEATURES))


@every
def test_missing_values_are_refused_by_name(prepare: str, projection: str, model: str) -> None:
    segmenter = fitted(prepare, projection, model)
    with pytest.raises(DataError, match="'rfm_frequency' of customer 'c0000' is nan"):
        segmenter.scorer_.predict(FEATURES.assign(rfm_frequency=np.nan))


@every
def test_numbers_follow_value(prepare: str, projection: str, model: str) -> None:
    labels = fitted(prepare, projection, model).labels_
    real = labels >= 0
    assert MONEY[real].groupby(labels[real]).mean().is_monotonic_decreasing
